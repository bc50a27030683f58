// Removing a run before its retention ends. An open one counts as terminated with it.
#include <algorithm>

#include "core/addressing.hpp"
#include "core/decide.hpp"

namespace onerun::core {

Decision decide_remove(const WorkflowState& state, const RemoveCommand& command,
                       const Context& context) {
  const RunHead* run = find_run(state, command.run, context);
  if (run == nullptr) return refuse(no_such_run(command.run));

  RunHead last = *run;
  if (is_open(run->status)) {
    last.status = RunStatus::kTerminated;
    last.close_time = std::max(context.now, run->start_time);
  }
  Decision decision = answer_only(info_of(last));
  decision.events.emplace_back(RunRemoved{run->run_id, run->status, run->close_time});
  return decision;
}

}  // namespace onerun::core
