#include "runtime/log_queue.hpp"

#include <new>
#include <system_error>
#include <utility>

#include "actors/host_failure.hpp"
#include "onerun/detail/meeting.hpp"

namespace onerun::runtime {
namespace {

/// The queue whose lines this thread hands over.
thread_local const LogQueue* writing = nullptr;

template <class Id>
std::optional<Id> copy(const Id* id) {
  return id == nullptr ? std::nullopt : std::optional<Id>(*id);
}

template <class Id>
const Id* address(const std::optional<Id>& id) {
  return id ? &*id : nullptr;
}

}  // namespace

LogQueue::Line::Line(const LogRecord& record)
    : level(record.level),
      message(record.message),
      name_space(copy(record.name_space)),
      workflow_id(copy(record.workflow_id)),
      run_id(copy(record.run_id)) {}

LogQueue::LogQueue(std::shared_ptr<LogSink> host, bool has_thread)
    : host_(std::move(host)), has_thread_(has_thread) {}

bool LogQueue::is_writing() { return writing != nullptr; }

void LogQueue::write(const LogRecord& record) noexcept {
  std::optional<Line> line;
  try {
    line.emplace(record);
  } catch (const std::bad_alloc&) {
  }
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  try {
    if (line && waiting_.dropped == 0 && waiting_.lines.size() < kMostLines) {
      waiting_.lines.push_back(std::move(*line));
    } else {
      ++waiting_.dropped;
    }
  } catch (const std::bad_alloc&) {
    ++waiting_.dropped;
  }
  start_thread();
  ready_.notify_one();
}

/// Requires the lock. Without a thread, `hand_over` comes.
void LogQueue::start_thread() {
  if (!has_thread_ || thread_.joinable()) return;
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
}

/// Requires the lock, and that no other thread hands over: so lines keep their order.
LogQueue::Batch LogQueue::take() {
  is_telling_ = !waiting_.empty();
  return std::exchange(waiting_, {});
}

LogQueue::Batch LogQueue::wait_and_take() {
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [this] { return !is_telling_ && (!waiting_.empty() || stopping_); });
  return take();
}

/// What was taken is handed over.
void LogQueue::told() {
  const std::lock_guard lock(mutex_);
  is_telling_ = false;
  ready_.notify_all();
  told_.notify_all();
}

void LogQueue::work() {
  for (Batch batch = wait_and_take(); !batch.empty(); batch = wait_and_take()) {
    tell(batch);
    told();
  }
}

bool LogQueue::hand_over() {
  if (writing == this) return false;
  const detail::RuntimeThreadScope can_not_wait(*this);
  Batch batch;
  {
    const std::lock_guard lock(mutex_);
    if (thread_.joinable() || is_telling_) return false;
    batch = take();
  }
  if (batch.empty()) return false;
  tell(batch);
  told();
  return true;
}

void LogQueue::wait_empty() {
  std::unique_lock lock(mutex_);
  while (is_telling_ || !waiting_.empty()) {
    if (is_telling_ || thread_.joinable()) {
      told_.wait(lock);
    } else {
      lock.unlock();
      hand_over();
      lock.lock();
    }
  }
}

void LogQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  if (writing == this) return;
  const std::lock_guard joining(joining_);
  std::thread own;
  {
    const std::lock_guard lock(mutex_);
    own = std::move(thread_);
  }
  if (own.joinable()) own.join();
  wait_empty();
}

void LogQueue::leave(std::chrono::milliseconds patience) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  if (writing == this) return;
  hand_over();
  std::unique_lock lock(mutex_);
  told_.wait_for(lock, patience, [this] { return waiting_.empty() && !is_telling_; });
}

void LogQueue::tell(const Batch& batch) noexcept {
  const LogQueue* const outer = std::exchange(writing, this);
  for (const Line& line : batch.lines) {
    try {
      tell_of_missing();
      tell(line);
    } catch (...) {
      ++missing_;
      reason_ = actors::what_was_thrown();
    }
  }
  missing_ += batch.dropped;
  tell_of_missing();
  writing = outer;
}

void LogQueue::tell(const Line& line) {
  if (!host_->enabled(line.level)) return;
  host_->write({.level = line.level,
                .message = line.message,
                .name_space = address(line.name_space),
                .workflow_id = address(line.workflow_id),
                .run_id = address(line.run_id)});
}

/// What can't be said now is said with the next line.
void LogQueue::tell_of_missing() noexcept {
  if (missing_ == 0) return;
  try {
    const std::string why =
        reason_.empty() ? "the log sink was too slow" : "the log sink has thrown: " + reason_;
    const std::string message = std::to_string(missing_) + " lines are missing here: " + why;
    tell(Line({.level = LogLevel::kWarning, .message = message}));
    missing_ = 0;
    reason_.clear();
  } catch (...) {
    // The sink still throws.
  }
}

}  // namespace onerun::runtime
