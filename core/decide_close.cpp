// The end of a run as the application reports it: complete, fail, report_canceled, terminate.
#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/end_of_run.hpp"
#include "core/fault.hpp"

namespace onerun::core {

Decision decide_close(const WorkflowState& state, const CloseCommand& command, const Facts& facts) {
  const bool terminates = command.status == RunStatus::kTerminated;
  if (terminates) {
    if (auto dropped = drop_queued(state, command.run, command.first_execution_run_id, facts)) {
      return std::move(*dropped);
    }
  }
  const auto& find = ONERUN_FAULT(kCloseTwice) && terminates ? existing_run : open_run;
  const auto open = find(state, command.run, command.first_execution_run_id, facts);
  if (!open.ok()) return refuse(open.status());
  const RunHead& run = **open;
  const WorkflowId& workflow_id = command.run.workflow_id;
  if (run.status == RunStatus::kPaused && !terminates) return refuse(is_paused(workflow_id, run));
  Status history = check_last_event(workflow_id, run, command.expected_last_event_id);
  if (!history.ok()) return refuse(std::move(history));

  Closing closed{
      .time = event_time(run, facts.now), .status = command.status, .close = command.close};
  if (command.status == RunStatus::kCompleted) return complete_run(run, std::move(closed), facts);
  if (command.status != RunStatus::kFailed) return close_run(run, std::move(closed));
  // A failure without a word is one that may be tried again.
  const Failure failure = command.close.failure.value_or(Failure());
  return close_or_retry(run, std::move(closed), &failure, facts);
}

}  // namespace onerun::core
