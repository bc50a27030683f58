// Pausing an open run, and letting it go on.
#include <utility>

#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/decide.hpp"
#include "core/fault.hpp"
#include "core/signals.hpp"

namespace onerun::core {

Decision decide_pause(const WorkflowState& state, const PauseCommand& command, const Facts& facts) {
  const auto open = open_run(state, command.run, {}, facts);
  if (!open.ok()) return refuse(open.status());
  const RunHead& run = **open;
  const bool is_as_asked = (run.status == RunStatus::kPaused) == command.pauses;
  if (is_as_asked) {
    const bool is_another = command.pauses && run.pause_request_id != command.options.request_id;
    if (is_another) return refuse(is_paused(command.run.workflow_id, run));
    return answer_only(info_of(run));
  }

  Status room = command.pauses ? room_in_history(run, command.options.reason.size()) : Status();
  if (!room.ok()) return refuse(std::move(room));
  RunHead changed = run;
  changed.status = command.pauses ? RunStatus::kPaused : RunStatus::kRunning;
  Decision decision = answer_only(info_of(changed));
  if (ONERUN_FAULT(kForgetPause)) return decision;
  const auto& [reason, identity, request_id] = command.options;
  Event event{.time = event_time(run, facts.now)};
  if (command.pauses) {
    event.attributes = event::RunPaused{reason, identity, request_id};
  } else {
    event.attributes = event::RunUnpaused{reason, identity, request_id};
  }
  decision.events.emplace_back(RunEvent{run.run_id, std::move(event)});
  return decision;
}

}  // namespace onerun::core
