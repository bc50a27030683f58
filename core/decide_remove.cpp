// Removing a run before its retention ends. An open one counts as terminated with it.
#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/decide.hpp"

namespace onerun::core {

Decision decide_remove(const WorkflowState& state, const RemoveCommand& command,
                       const Context& context) {
  Status expected = check_current(state, command.run, context);
  if (!expected.ok()) return refuse(std::move(expected));
  if (auto dropped = drop_queued(state, command.run)) return std::move(*dropped);
  const RunHead* run = find_run(state, command.run, context);
  if (run == nullptr) return refuse(no_such_run(command.run));

  RunHead last = *run;
  if (is_open(run->status)) {
    last.status = RunStatus::kTerminated;
    last.close_time = event_time(*run, context.now);
  }
  Decision decision = answer_only(info_of(last));
  decision.events.emplace_back(
      RunRemoved{run->run_id, run->status, last.close_time, run->start_time, run->previous_run_id});
  return decision;
}

}  // namespace onerun::core
