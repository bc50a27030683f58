// The end of a run's time: its run timeout, or the execution timeout of its chain.
#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/end_of_run.hpp"
#include "core/text.hpp"

namespace onerun::core {
namespace {

Status not_yet(const WorkflowId& workflow_id, const RunHead& run) {
  return Status(StatusCode::kFailedPrecondition,
                "run \"" + printable(run.run_id.text()) + "\" of workflow id \"" +
                    printable(workflow_id.text()) + "\" has time left");
}

}  // namespace

Decision decide_time_out(const WorkflowState& state, const TimeOutCommand& command,
                         const Facts& facts) {
  if (const auto place = find_queued(state, command.run.run_id)) {
    if (!may_wait(state.queue[*place], facts.now))
      return *drop_queued(state, command.run, {}, facts);
    return refuse(not_yet(command.run.workflow_id, RunHead{.run_id = command.run.run_id}));
  }
  const auto open = open_run(state, command.run, {}, facts);
  if (!open.ok()) return refuse(open.status());
  const RunHead& run = **open;
  if (!run.run_deadline || facts.now < *run.run_deadline) {
    return refuse(not_yet(command.run.workflow_id, run));
  }

  Closing closed{.time = event_time(run, facts.now), .status = RunStatus::kTimedOut, .close = {}};
  if (run.execution_deadline && facts.now >= *run.execution_deadline) {
    closed.close.retry_state = RetryState::kTimeout;
    return close_run(run, std::move(closed));
  }
  return close_or_retry(run, std::move(closed), nullptr, facts);
}

}  // namespace onerun::core
