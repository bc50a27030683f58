#include "core/event.hpp"

#include <algorithm>

#include "core/history/fold.hpp"

namespace onerun::core {
namespace {

struct IdFolder {
  WorkflowState& state;
  std::size_t event_bytes;

  void operator()(const RunEvent& added) const {
    if (std::holds_alternative<event::RunStarted>(added.event.attributes)) {
      begin(RunHead{.run_id = added.run_id}, {});
    }
    if (!is_current(added.run_id)) return;
    fold(*state.current, added.event, event_bytes);
    const auto* signaled = std::get_if<event::RunSignaled>(&added.event.attributes);
    if (signaled != nullptr && !signaled->request_id.empty() && state.signal_request_ids) {
      state.signal_request_ids->insert(signaled->request_id);
    }
  }

  void operator()(const RunReset& event) const { begin(*event.head, event.signal_request_ids); }

  void operator()(const ResetNoted&) const {}

  void operator()(const StartQueued& event) const {
    state.queue.insert(state.queue.begin() + static_cast<std::ptrdiff_t>(event.place),
                       event.queued);
  }

  void operator()(const StartDropped& event) const { unqueue(event.run_id); }

  void operator()(const RunRemoved& event) const {
    if (!is_current(event.run_id)) return;
    state.current.reset();
    state.signal_request_ids.reset();
    if (event.previous_run_id.empty()) {
      state.rate_free_at.reset();
    } else {
      state.last = LastRun{event.previous_run_id, event.close_time};
    }
  }

  void operator()(const RateUsed& event) const { state.rate_free_at = event.free_at; }

 private:
  bool is_current(const RunId& run_id) const {
    return state.current && state.current->run_id == run_id;
  }

  void begin(RunHead run, std::set<RequestId> signal_request_ids) const {
    unqueue(run.run_id);
    state.current = std::move(run);
    state.last.reset();
    state.signal_request_ids = std::move(signal_request_ids);
  }

  /// A workflow id without starts that wait keeps no memory for them: it may live for long.
  void unqueue(const RunId& run_id) const {
    const auto place = find_queued(state, run_id);
    if (!place) return;
    state.queue.erase(state.queue.begin() + static_cast<std::ptrdiff_t>(*place));
    if (state.queue.empty()) state.queue = std::vector<QueuedStart>();
  }
};

}  // namespace

const RunEvent* as_close(const IdEvent& event) {
  const auto* added = std::get_if<RunEvent>(&event);
  const bool closes = added != nullptr && is_closed(closed_by(added->event));
  return closes ? added : nullptr;
}

bool begins_run(const IdEvent& event) {
  return event_of<event::RunStarted>(event) != nullptr || std::holds_alternative<RunReset>(event);
}

bool begins_run(const std::vector<IdEvent>& events) {
  return std::ranges::any_of(events, [](const IdEvent& event) { return begins_run(event); });
}

bool takes_run_id(const std::vector<IdEvent>& events) {
  return begins_run(events) || std::ranges::any_of(events, [](const IdEvent& event) {
           return std::holds_alternative<StartQueued>(event);
         });
}

const RunId* run_of(const IdEvent& event) {
  return std::visit(
      []<class OneEvent>(const OneEvent& one) -> const RunId* {
        if constexpr (std::is_same_v<OneEvent, RateUsed>) {
          return nullptr;
        } else {
          return &one.run_id;
        }
      },
      event);
}

void fold(WorkflowState& state, const IdEvent& event, std::size_t event_bytes) {
  std::visit(IdFolder{state, event_bytes}, event);
}

}  // namespace onerun::core
