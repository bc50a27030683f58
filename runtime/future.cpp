// The parts of futures that are not templates: where an answer and the one who waits for it meet.
#include "onerun/future.hpp"

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "actors/host_failure.hpp"
#include "actors/logging.hpp"
#include "runtime/log.hpp"

namespace onerun::detail {
namespace {

/// The log of the runtime that this thread works for; nullptr on a thread of the host's.
thread_local LogSink* log_of_thread = nullptr;

/// For what callbacks throw on threads of the host's. Never destroyed: a callback may still run
/// while the process ends.
LogSink& standard_error() {
  static const auto& sink = *new std::shared_ptr<LogSink>(runtime::default_log());
  return *sink;
}

/// Called in a catch block. Without memory for the line nothing is said.
void report_thrown() noexcept {
  try {
    LogSink& log = log_of_thread != nullptr ? *log_of_thread : standard_error();
    actors::log_line(log, LogLevel::kError, "a callback has thrown: " + actors::what_was_thrown());
  } catch (...) {
  }
}

}  // namespace

bool on_runtime_thread() noexcept { return log_of_thread != nullptr; }
bool is_thread_of(const LogSink& log) noexcept { return log_of_thread == &log; }

RuntimeThreadScope::RuntimeThreadScope(LogSink& log) noexcept
    : outer_(std::exchange(log_of_thread, &log)) {}

RuntimeThreadScope::~RuntimeThreadScope() { log_of_thread = outer_; }

/// What of the host's code is running on a thread, and what waits there.
class HostCode::OfThread {
 public:
  void run(HostCode& code) noexcept {
    if (depth_ == kMostNested) return add(code);
    ++depth_;
    call(code);
    while (depth_ == kMostNested && first_ != nullptr) call(take());
    --depth_;
  }

 private:
  static void call(HostCode& code) noexcept {
    try {
      code.call();
    } catch (...) {
      report_thrown();
    }
  }

  void add(HostCode& code) {
    (first_ == nullptr ? first_ : last_->next_) = &code;
    last_ = &code;
  }

  HostCode& take() { return *std::exchange(first_, first_->next_); }

  int depth_ = 0;
  HostCode* first_ = nullptr;
  HostCode* last_ = nullptr;
};

void HostCode::run() noexcept {
  thread_local OfThread of_thread;
  of_thread.run(*this);
}

void BlockingWait::run() noexcept {
  const std::lock_guard lock(mutex_);
  done_ = true;
  arrived_.notify_one();
}

void BlockingWait::wait() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return done_; });
}

bool BlockingWait::wait_until(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return arrived_.wait_until(lock, deadline, [this] { return done_; });
}

bool Meeting::attach(Continuation* continuation) {
  std::uintptr_t empty = 0;
  return word_.compare_exchange_strong(empty, reinterpret_cast<std::uintptr_t>(continuation),
                                       std::memory_order_acq_rel, std::memory_order_acquire);
}

bool Meeting::detach(Continuation* continuation) {
  auto attached = reinterpret_cast<std::uintptr_t>(continuation);
  return word_.compare_exchange_strong(attached, 0, std::memory_order_acq_rel,
                                       std::memory_order_acquire);
}

void Meeting::answer() noexcept {
  const std::uintptr_t before = word_.exchange(kAnswered, std::memory_order_acq_rel);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the word is a pointer, or one of two marks
  if (before != 0) reinterpret_cast<Continuation*>(before)->run();
}

}  // namespace onerun::detail
