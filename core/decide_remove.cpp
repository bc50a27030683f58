// Removing a run before its retention ends. An open one counts as terminated with it.
#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/decide.hpp"
#include "core/history/layout.hpp"

namespace onerun::core {

Decision decide_remove(const WorkflowState& state, const RemoveCommand& command,
                       const Facts& facts) {
  if (auto dropped = drop_queued(state, command.run, {}, facts)) return std::move(*dropped);
  const auto existing = existing_run(state, command.run, {}, facts);
  if (!existing.ok()) return refuse(existing.status());
  const RunHead& run = **existing;

  RunHead last = run;
  if (is_open(run.status)) {
    last.status = RunStatus::kTerminated;
    last.close_time = event_time(run, facts.now);
  }
  Decision decision = answer_only(info_of(last));
  decision.events.emplace_back(RunRemoved{run.run_id, run.status, last.close_time, run.start_time,
                                          run.previous_run_id, may_have_batches(run)});
  return decision;
}

}  // namespace onerun::core
