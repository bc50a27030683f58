// The end of an engine: asked for, or with the process.
#include <chrono>
#include <mutex>
#include <string>
#include <thread>

#include "actors/logging.hpp"
#include "runtime/engine.hpp"
#include "runtime/engine_parts.hpp"
#include "runtime/without_exceptions.hpp"

namespace onerun::runtime {

using actors::log_line;

namespace {

/// How long a process that exits on a thread of a runtime waits for the host's log sink.
constexpr auto kLogPatience = std::chrono::seconds(1);

}  // namespace

bool Engine::is_on_own_thread() {
  return detail::on_runtime_thread() || Deliveries::is_delivering() || LogQueue::is_writing();
}

Status Engine::shutdown(Duration deadline) {
  if (!is_of_this_process()) return actors::shut_down();
  if (is_on_own_thread()) {
    return Status(StatusCode::kFailedPrecondition,
                  "a runtime can't be shut down on one of its own threads");
  }
  return end(deadline);
}

/// One for which there is no memory may be asked for again.
Status Engine::end(Duration deadline) {
  return without_exceptions<Status>([&] {
    Status result = shut_down_parts(deadline);
    log_->stop();  // without the lock: the host's sink is still called
    return result;
  });
}

Status Engine::shut_down_parts(Duration deadline) {
  const std::lock_guard lock(shutdown_mutex_);
  if (shutdown_result_) return *shutdown_result_;
  Status result;
  admission_.close();
  waiters_.close(actors::shut_down());
  watchers_.close(actors::shut_down());
  if (parts_ != nullptr) {
    drain(deadline, result);
    const Status stopped = stop_parts();
    if (result.ok()) result = stopped;
  }
  metrics_.withdraw_gauges();
  shutdown_result_ = result;
  return result;
}

/// Waits for what is under way; at the deadline the log answers what is left without writing it.
void Engine::drain(Duration deadline, Status& result) {
  if (threads_ == Threads::kNone) work_until_idle();
  if (admission_.wait_empty(detail::deadline_after(deadline))) return;
  result = Status(StatusCode::kDeadlineExceeded,
                  "requests were still under way at the deadline of the shutdown");
  is_ending_.store(true);
  parts_->log.fence(result);
  log_line(*log_, LogLevel::kWarning,
           std::string(result.message()) + ": " + std::to_string(admission_.requests()));
  admission_.wait_empty(Steady::time_point::max());
}

void Engine::end_with_process() noexcept {
  static_cast<void>(without_exceptions<Status>([this] {
    if (detail::on_runtime_thread() || Deliveries::is_delivering()) {
      abandon();
      return Status();
    }
    Status result = shut_down_parts(options_.shutdown_deadline);
    // In a sink: the sink may keep off the other threads that it is called on.
    if (is_on_own_thread()) {
      log_->leave(kLogPatience);
    } else {
      log_->stop();
    }
    return result;
  }));
}

/// A shutdown that is under way on another thread waits for this one, if this is a thread of this
/// runtime; its parts stay until then. If it is a thread of another runtime, the shutdown ends.
void Engine::abandon() {
  std::unique_lock lock(shutdown_mutex_, std::try_to_lock);
  const bool is_mine = detail::is_thread_of(*log_) || deliveries_.is_thread_of_this();
  if (!lock.owns_lock() && !is_mine) lock.lock();
  if (parts_ == nullptr) return;
  admission_.close();
  is_ending_.store(true);
  const Status stopped = parts_->log.end(
      Status(StatusCode::kUnavailable, "the process exits on a thread of the runtime"));
  if (!stopped.ok()) log_line(*log_, LogLevel::kError, "at exit: " + stopped.to_string());
  if (lock.owns_lock()) {
    shutdown_result_ = stopped;
    stop_house(house_.get_id() != std::this_thread::get_id());
  }
  log_->leave(kLogPatience);  // the sink may wait for an answer of this thread's
}

void Engine::stop_house(bool joins) {
  {
    const std::lock_guard lock(house_mutex_);
    house_stopping_ = true;
    house_wakes_.notify_all();
  }
  if (joins && house_.joinable()) house_.join();
}

/// Returns why something acknowledged may not be as durable as it should be, if that is so.
Status Engine::stop_parts() {
  stop_house(true);
  deliveries_.stop();
  parts_->actors->stop();
  if (threads_ == Threads::kNone) {
    work_until_idle();
    parts_->log.sync_rest();
  }
  parts_->commit_thread.reset();
  flush_metrics();
  const bool all_is_durable = options_.durability == Durability::kSync || is_ending_.load();
  Status durable = all_is_durable ? Status() : parts_->log.fenced();
  Status closed = parts_->store->close();
  parts_.reset();
  return durable.ok() ? closed : durable;
}

}  // namespace onerun::runtime
