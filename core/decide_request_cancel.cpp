// Asking for a run to be canceled. Safe to repeat without ids: the second time changes nothing.
#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/decide.hpp"
#include "core/fault.hpp"

namespace onerun::core {

Decision decide_request_cancel(const WorkflowState& state, const RequestCancelCommand& command,
                               const Facts& facts) {
  const RunId& chain = command.options.first_execution_run_id;
  if (auto dropped = drop_queued(state, command.run, chain, facts)) return std::move(*dropped);
  const auto existing = existing_run(state, command.run, chain, facts);
  if (!existing.ok()) return refuse(existing.status());
  const RunHead& run = **existing;
  if (is_closed(run.status)) return answer_only(info_of(run));
  if (!chain.empty() && !run.belongs_to(chain)) {
    return refuse(other_chain(command.run.workflow_id, chain));
  }
  if (run.cancel_requested()) return answer_only(info_of(run));

  RunInfo requested = info_of(run);
  requested.cancel_requested = true;
  Decision decision = answer_only(std::move(requested));
  if (ONERUN_FAULT(kIgnoreCancelRequest)) return decision;
  decision.events.emplace_back(
      RunEvent{run.run_id,
               {event_time(run, facts.now),
                event::RunCancelRequested{command.options.reason, command.options.identity}}});
  return decision;
}

}  // namespace onerun::core
