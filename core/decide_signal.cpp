// Signals: messages that an open run keeps, each request id once.
#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/decide.hpp"
#include "core/fault.hpp"
#include "core/signals.hpp"

namespace onerun::core {

Decision decide_signal(const WorkflowState& state, const SignalCommand& command,
                       const Facts& facts) {
  const RunHead* known = find_run(state, command.run, facts);
  // A repeat of what was taken is a success, also once the run is closed.
  if (known != nullptr && has_signal(command.signal.request_id, state, facts)) {
    return answer_only(info_of(*known));
  }
  const auto open = open_run(state, command.run, {}, facts);
  if (!open.ok()) return refuse(open.status());
  const RunHead& run = **open;
  Status room = room_for(command.signal, run);
  if (!room.ok()) return refuse(std::move(room));

  Decision decision = answer_only(info_of(run));
  if (ONERUN_FAULT(kLoseSignal)) return decision;
  decision.events.emplace_back(
      RunEvent{run.run_id,
               {event_time(run, facts.now), signaled(command.signal, command.signal.request_id)}});
  return decision;
}

}  // namespace onerun::core
