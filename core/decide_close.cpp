// The end of a run: complete, fail, report_canceled, terminate.
#include <algorithm>

#include "core/addressing.hpp"
#include "core/decide.hpp"
#include "core/fault.hpp"

namespace onerun::core {

Decision decide_close(const WorkflowState& state, const CloseCommand& command,
                      const Context& context) {
  // A chain check addresses the current run, whatever run id came with it (section 3.7).
  const bool checks_chain = !command.first_execution_run_id.empty();
  const RunRef ref{command.run.workflow_id, checks_chain ? RunId() : command.run.run_id};

  const RunHead* run = find_run(state, ref, context);
  if (run == nullptr) return refuse(no_such_run(ref));
  if (is_closed(run->status) && !ONERUN_FAULT(kCloseTwice)) {
    return refuse(already_closed(ref.workflow_id, *run));
  }
  if (checks_chain && run->first_run() != command.first_execution_run_id) {
    return refuse(other_chain(ref.workflow_id, command.first_execution_run_id));
  }

  RunHead closed = *run;
  closed.status = command.status;
  closed.close_time = std::max(context.now, run->start_time);
  Decision decision = answer_only(info_of(closed));
  decision.events.emplace_back(
      RunClosed{closed.run_id, closed.close_time, closed.status, command.close});
  return decision;
}

}  // namespace onerun::core
