// Asking for a run to be canceled. Safe to repeat without ids: the second time changes nothing.
#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/decide.hpp"
#include "core/fault.hpp"

namespace onerun::core {

Decision decide_request_cancel(const WorkflowState& state, const RequestCancelCommand& command,
                               const Context& context) {
  Status expected = check_current(state, command.run, context);
  if (!expected.ok()) return refuse(std::move(expected));
  const bool checks_chain = !command.options.first_execution_run_id.empty();
  const RunRef ref{command.run.workflow_id, checks_chain ? RunId() : command.run.run_id};

  if (auto dropped = drop_queued(state, ref)) return std::move(*dropped);
  const RunHead* run = find_run(state, ref, context);
  if (run == nullptr) return refuse(no_such_run(ref));
  if (is_closed(run->status)) return answer_only(info_of(*run));
  if (checks_chain && !run->belongs_to(command.options.first_execution_run_id)) {
    return refuse(other_chain(ref.workflow_id, command.options.first_execution_run_id));
  }
  if (run->cancel_requested) return answer_only(info_of(*run));

  RunHead requested = *run;
  requested.cancel_requested = true;
  Decision decision = answer_only(info_of(requested));
  if (ONERUN_FAULT(kIgnoreCancelRequest)) return decision;
  decision.events.emplace_back(
      RunEvent{run->run_id,
               {event_time(*run, context.now),
                event::RunCancelRequested{command.options.reason, command.options.identity}}});
  return decision;
}

}  // namespace onerun::core
