// The end of a run as the application reports it: complete, fail, report_canceled, terminate.
#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/end_of_run.hpp"
#include "core/fault.hpp"

namespace onerun::core {

Decision decide_close(const WorkflowState& state, const CloseCommand& command,
                      const Context& context) {
  Status expected = check_current(state, command.run, context);
  if (!expected.ok()) return refuse(std::move(expected));
  // A chain check addresses the current run, whatever run id came with it (section 3.7).
  const bool checks_chain = !command.first_execution_run_id.empty();
  const RunRef ref{command.run.workflow_id, checks_chain ? RunId() : command.run.run_id};

  if (command.status == RunStatus::kTerminated) {
    if (auto dropped = drop_queued(state, ref)) return std::move(*dropped);
  }
  const RunHead* run = find_run(state, ref, context);
  if (run == nullptr) return refuse(no_such_run(ref));
  // The deliberate fault closes only what nothing follows: of a closed run no more has been read.
  const bool closes_again =
      ONERUN_FAULT(kCloseTwice) && !run->has_retry_policy && !run->has_cron_schedule;
  if (is_closed(run->status) && !closes_again) {
    return refuse(already_closed(ref.workflow_id, *run));
  }
  if (checks_chain && !run->belongs_to(command.first_execution_run_id)) {
    return refuse(other_chain(ref.workflow_id, command.first_execution_run_id));
  }
  if (run->status == RunStatus::kPaused && command.status != RunStatus::kTerminated) {
    return refuse(is_paused(ref.workflow_id, *run));
  }
  Status history = check_last_event(ref.workflow_id, *run, command.expected_last_event_id);
  if (!history.ok()) return refuse(std::move(history));

  Closing closed{
      .time = event_time(*run, context.now), .status = command.status, .close = command.close};
  if (command.status == RunStatus::kCompleted) {
    return complete_run(*run, std::move(closed), context);
  }
  if (command.status != RunStatus::kFailed) return close_run(*run, std::move(closed));
  // A failure without a word is one that may be tried again.
  const Failure failure = command.close.failure.value_or(Failure());
  return close_or_retry(*run, std::move(closed), &failure, context);
}

}  // namespace onerun::core
