#include "core/decide/effects.hpp"

#include <optional>

#include "core/fault.hpp"
#include "core/history/execution.hpp"
#include "core/history/fold.hpp"

namespace onerun::core {
namespace {

struct EffectsOfEvent {
  const WorkflowState& state;  ///< before all events
  std::vector<Effect>& effects;

  void operator()(const RunEvent& added) const {
    const Event& event = added.event;
    if (const auto* started = std::get_if<event::RunStarted>(&event.attributes)) {
      drop_queue_timer(added.run_id);
      set_timer(added.run_id, run_deadline_of(event.time, *started));
      if (!started->continued_execution_run_id.empty()) {
        effects.emplace_back(CountContinued{started->initiator});
      }
    }
    if (const RunStatus status = closed_by(event); is_closed(status)) end(added.run_id, status);
    wake_watchers(added.run_id);
  }

  void operator()(const RunReset& event) const {
    set_timer(event.run_id, event.head->run_deadline);
    wake_watchers(event.run_id);
  }

  void operator()(const ResetNoted& event) const { wake_watchers(event.run_id); }

  void operator()(const StartQueued& event) const {
    set_timer(event.run_id, event.queued.deadline);
    wake_watchers(event.run_id);
  }

  void operator()(const StartDropped& event) const {
    drop_timer(event.run_id, event.deadline);
    release(event.run_id);
    wake_watchers(event.run_id);
  }

  void operator()(const RunRemoved& event) const {
    if (is_open(event.status)) {
      end(event.run_id, RunStatus::kTerminated);
    } else {
      release(event.run_id);
    }
    wake_watchers(event.run_id);
  }

  void operator()(const RateUsed&) const {}

 private:
  /// The open run ends.
  void end(const RunId& run_id, RunStatus status) const {
    if (state.current && state.current->run_id == run_id) {
      drop_timer(run_id, state.current->run_deadline);
    }
    effects.emplace_back(CountClosed{status});
    release(run_id);
  }

  void set_timer(const RunId& run_id, const std::optional<Timestamp>& due) const {
    if (due) effects.emplace_back(SetTimer{run_id, *due});
  }
  void drop_timer(const RunId& run_id, const std::optional<Timestamp>& due) const {
    if (due) effects.emplace_back(DropTimer{run_id, *due});
  }
  void drop_queue_timer(const RunId& run_id) const {
    if (const auto place = find_queued(state, run_id)) {
      drop_timer(run_id, state.queue[*place].deadline);
    }
  }
  void release(const RunId& run_id) const {
    if (!ONERUN_FAULT(kLoseWaiter)) effects.emplace_back(ReleaseCloseWaiters{run_id});
  }
  void wake_watchers(const RunId& run_id) const {
    if (!ONERUN_FAULT(kLoseWatcher)) effects.emplace_back(WakeWatchers{run_id});
  }
};

}  // namespace

std::vector<Effect> effects_of(const WorkflowState& state, const std::vector<IdEvent>& events) {
  std::vector<Effect> effects;
  for (const IdEvent& event : events) std::visit(EffectsOfEvent{state, effects}, event);
  return effects;
}

}  // namespace onerun::core
