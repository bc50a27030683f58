// Signals: messages that an open run keeps, each request id once.
#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/decide.hpp"
#include "core/fault.hpp"
#include "core/signals.hpp"

namespace onerun::core {

Decision decide_signal(const WorkflowState& state, const SignalCommand& command,
                       const Context& context) {
  const RunHead* run = find_run(state, command.run, context);
  // A repeat of what was taken is a success, also once the run is closed.
  if (run != nullptr && has_signal(command.signal.request_id, context)) {
    return answer_only(info_of(*run));
  }
  Status expected = check_current(state, command.run, context);
  if (!expected.ok()) return refuse(std::move(expected));
  if (run == nullptr) return refuse(no_such_run(command.run));
  if (is_closed(run->status)) return refuse(already_closed(command.run.workflow_id, *run));
  Status room = room_for(command.signal, *run);
  if (!room.ok()) return refuse(std::move(room));

  Decision decision = answer_only(info_of(*run));
  if (ONERUN_FAULT(kLoseSignal)) return decision;
  decision.events.emplace_back(RunEvent{
      run->run_id,
      {event_time(*run, context.now), signaled(command.signal, command.signal.request_id)}});
  return decision;
}

}  // namespace onerun::core
