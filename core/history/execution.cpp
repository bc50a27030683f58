#include "core/history/execution.hpp"

#include <algorithm>
#include <utility>

#include "core/history/fold.hpp"

namespace onerun::core {
namespace {

/// Of the chain. Source: specification section 5.
std::optional<Timestamp> execution_deadline_of(Timestamp time, const event::RunStarted& event) {
  if (event.initiator != Initiator::kUnspecified) return event.execution_deadline;
  if (event.execution_timeout == Duration::zero()) return std::nullopt;
  return event.clock_at_start.value_or(time) + event.execution_timeout;
}

void close(RunHead& run, RunStatus status, Timestamp time, const RunId& new_execution_run_id) {
  run.status = status;
  run.pause_request_id = {};
  run.pause_event_id = 0;
  run.close_time = time;
  run.new_execution_run_id = new_execution_run_id;
}

void close(RunRecord& run, CloseInfo info) {
  run.pause.reset();
  run.close = std::move(info);
}

}  // namespace

void fold_event(RunHead& run, Timestamp time, const event::RunStarted& event) {
  run.status = RunStatus::kRunning;
  run.start_time = time;
  run.start_request_id = event.request_id;
  run.previous_run_id = event.previous_run_id;
  run.first_execution_run_id = event.first_execution_run_id;
  run.continued_execution_run_id = event.continued_execution_run_id;
  run.lineage_run_id = event.lineage_run_id;
  run.initiator = event.initiator;
  run.attempt = event.attempt;
  run.clock_at_start = event.clock_at_start;
  run.backoff = event.backoff;
  run.execution_deadline = execution_deadline_of(time, event);
  run.run_deadline = run_deadline_of(time, event);
  run.has_retry_policy = event.retry_policy.has_value();
  run.has_cron_schedule = !event.cron_schedule.empty();
  run.chain_request_ids = event.chain_request_ids;
}

void fold_event(RunHead& run, Timestamp time, const event::RunCompleted& event) {
  close(run, RunStatus::kCompleted, time, event.new_execution_run_id);
}

void fold_event(RunHead& run, Timestamp time, const event::RunFailed& event) {
  close(run, RunStatus::kFailed, time, event.new_execution_run_id);
}

void fold_event(RunHead& run, Timestamp time, const event::RunTimedOut& event) {
  close(run, RunStatus::kTimedOut, time, event.new_execution_run_id);
}

void fold_event(RunHead& run, Timestamp time, const event::RunCanceled&) {
  close(run, RunStatus::kCanceled, time, {});
}

void fold_event(RunHead& run, Timestamp time, const event::RunTerminated&) {
  close(run, RunStatus::kTerminated, time, {});
}

void fold_event(RunHead& run, Timestamp time, const event::RunContinuedAsNew& event) {
  close(run, RunStatus::kContinuedAsNew, time, event.new_execution_run_id);
}

void fold_event(RunHead& run, Timestamp, const event::RunCancelRequested&) {
  run.cancel_event_id = run.history_length;
}

void fold_event(RunHead& run, Timestamp, const event::RunOptionsUpdated& event) {
  run.attached.push_back({event.attached_request_id, run.history_length});
}

void fold_event(RunHead& run, Timestamp, const event::RunPaused& event) {
  run.status = RunStatus::kPaused;
  run.pause_request_id = event.request_id;
  run.pause_event_id = run.history_length;
}

void fold_event(RunHead& run, Timestamp, const event::RunUnpaused&) {
  run.status = RunStatus::kRunning;
  run.pause_request_id = {};
  run.pause_event_id = 0;
}

void fold_details(RunRecord& run, Timestamp time, event::RunStarted&& event) {
  run.original_start_time = time;
  run.started = std::move(event);
}

void fold_details(RunRecord& run, Timestamp, event::RunCompleted&& event) {
  close(run, {.result = std::move(event.result), .identity = std::move(event.identity)});
}

void fold_details(RunRecord& run, Timestamp, event::RunFailed&& event) {
  close(run, {.failure = std::move(event.failure),
              .identity = std::move(event.identity),
              .retry_state = event.retry_state});
}

void fold_details(RunRecord& run, Timestamp, event::RunTimedOut&& event) {
  close(run, {.retry_state = event.retry_state});
}

void fold_details(RunRecord& run, Timestamp, event::RunCanceled&& event) {
  close(run, {.result = std::move(event.details), .identity = std::move(event.identity)});
}

void fold_details(RunRecord& run, Timestamp, event::RunTerminated&& event) {
  close(run, {.result = std::move(event.details),
              .reason = std::move(event.reason),
              .identity = std::move(event.identity)});
}

void fold_details(RunRecord& run, Timestamp, event::RunContinuedAsNew&& event) {
  close(run, {.identity = std::move(event.identity)});
}

void fold_details(RunRecord& run, Timestamp, event::RunCancelRequested&& event) {
  run.cancel_reason = std::move(event.reason);
}

void fold_details(RunRecord&, Timestamp, event::RunOptionsUpdated&&) {}

void fold_details(RunRecord& run, Timestamp time, event::RunPaused&& event) {
  run.pause = PauseInfo{time, std::move(event.reason), std::move(event.identity),
                        std::move(event.request_id)};
}

void fold_details(RunRecord& run, Timestamp, event::RunUnpaused&&) { run.pause.reset(); }

std::optional<Timestamp> run_deadline(Timestamp execution_time, Duration run_timeout,
                                      const std::optional<Timestamp>& execution_deadline) {
  if (run_timeout == Duration::zero()) return execution_deadline;
  const Timestamp own = execution_time + run_timeout;
  return execution_deadline ? std::min(own, *execution_deadline) : own;
}

std::optional<Timestamp> run_deadline_of(Timestamp time, const event::RunStarted& event) {
  const Timestamp execution_time = event.clock_at_start.value_or(time) + event.backoff;
  return run_deadline(execution_time, event.run_timeout, execution_deadline_of(time, event));
}

EventAttributes close_event(RunStatus status, CloseInfo close, RunId new_execution_run_id) {
  switch (status) {
    case RunStatus::kCompleted:
      return event::RunCompleted{std::move(close.result), std::move(close.identity),
                                 std::move(new_execution_run_id)};
    case RunStatus::kFailed:
      return event::RunFailed{std::move(close.failure), std::move(close.identity),
                              std::move(new_execution_run_id), close.retry_state};
    case RunStatus::kTimedOut:
      return event::RunTimedOut{std::move(new_execution_run_id), close.retry_state};
    case RunStatus::kCanceled:
      return event::RunCanceled{std::move(close.result), std::move(close.identity)};
    case RunStatus::kContinuedAsNew:
      return event::RunContinuedAsNew{std::move(close.identity), std::move(new_execution_run_id)};
    case RunStatus::kTerminated:
      return event::RunTerminated{std::move(close.result), std::move(close.reason),
                                  std::move(close.identity)};
    default: break;
  }
  return event::RunStarted();  // no event ends a run so: `misfit` refuses a second start
}

}  // namespace onerun::core
