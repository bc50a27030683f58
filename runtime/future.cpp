// The parts of futures that are not templates: where an answer and the one who waits for it meet.
#include "onerun/future.hpp"

namespace onerun::detail {
namespace {

thread_local bool runtime_thread = false;

}  // namespace

bool on_runtime_thread() noexcept { return runtime_thread; }

RuntimeThreadScope::RuntimeThreadScope() noexcept : outer_(runtime_thread) {
  runtime_thread = true;
}

RuntimeThreadScope::~RuntimeThreadScope() { runtime_thread = outer_; }

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
