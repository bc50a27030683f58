// Continue-as-new: the run ends, and the next one of its chain begins with what it is given.
#include <algorithm>

#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/end_of_run.hpp"

namespace onerun::core {
namespace {

/// A loop that continues faster than the shortest interval waits for the rest of it; one that
/// continues before its execution time, for that, too. On a clock that was set back since the run
/// began, nothing of either is known to have passed, and the execution time is no time of it.
Duration paced(const ContinueRequest& next, const RunHead& run, Timestamp now) {
  const Duration lifetime =
      now < run.counted_from() ? Duration::zero() : now - run.execution_time();
  return std::max(next.backoff, limits::kMinRunInterval - lifetime);
}

event::RunStarted next_of(const ContinueCommand& command, const event::RunStarted& ending) {
  const ContinueRequest& next = command.next;
  const bool same_type = next.workflow_type.empty();
  const bool same_queue = next.task_queue.empty();
  const bool same_timeout = next.run_timeout == Duration::zero();
  const bool same_task_timeout = next.workflow_task_timeout == Duration::zero();
  return {.workflow_id = command.run.workflow_id,
          .workflow_type = same_type ? ending.workflow_type : next.workflow_type,
          .task_queue = same_queue ? ending.task_queue : next.task_queue,
          .input = next.input,
          .memo = next.memo,
          .search_attributes = next.search_attributes,
          .header = next.header,
          .identity = next.identity,
          .execution_timeout = ending.execution_timeout,
          .run_timeout = same_timeout ? ending.run_timeout : next.run_timeout,
          .workflow_task_timeout =
              same_task_timeout ? ending.workflow_task_timeout : next.workflow_task_timeout,
          .retry_policy = next.retry_policy,
          .cron_schedule = next.cron_schedule,
          .initiator = Initiator::kWorkflow,
          .parent = ending.parent};
}

}  // namespace

Decision decide_continue(const WorkflowState& state, const ContinueCommand& command,
                         const Facts& facts) {
  const auto open = open_run(state, command.run, {}, facts);
  if (!open.ok()) return refuse(open.status());
  const RunHead& run = **open;
  const WorkflowId& workflow_id = command.run.workflow_id;
  if (run.status == RunStatus::kPaused) return refuse(is_paused(workflow_id, run));
  Status history = check_last_event(workflow_id, run, command.next.expected_last_event_id);
  if (!history.ok()) return refuse(std::move(history));

  Closing closed{.time = event_time(run, facts.now),
                 .status = RunStatus::kContinuedAsNew,
                 .close = {.identity = command.next.identity}};
  event::RunStarted next = next_of(command, facts.known.current_run->started);
  next.backoff = paced(command.next, run, facts.now);
  return close_and_continue(run, std::move(closed), std::move(next), facts);
}

}  // namespace onerun::core
