#include "core/transition.hpp"

#include <algorithm>

#include "core/fault.hpp"
#include "core/history/codec.hpp"
#include "core/history/fold.hpp"
#include "core/history/layout.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/run_index.hpp"

namespace onerun::core {
namespace {

/// What a start writes, with an id of some length, fits: one allocation and not four.
constexpr std::size_t kUsualBytes = 320;

bool is_current(const WorkflowState& state, const RunId& run_id) {
  return state.current && state.current->run_id == run_id;
}

bool is_open_current(const WorkflowState& state, const RunId& run_id) {
  return is_current(state, run_id) && is_open(state.current->status);
}

/// Says what is wrong with an event in this state; empty if nothing is.
struct InvariantCheck {
  const WorkflowState& state;

  std::string_view operator()(const RunEvent& added) const {
    if (std::holds_alternative<event::RunStarted>(added.event.attributes)) {
      const std::string_view wrong = check_begin(added.run_id);
      return wrong.empty() ? misfit(RunHead{.run_id = added.run_id}, added.event) : wrong;
    }
    if (std::holds_alternative<event::WorkflowTaskFailed>(added.event.attributes)) {
      return "a reset without the history that it copies";
    }
    if (!is_open_current(state, added.run_id)) return "an event for a run that is not open";
    return misfit(*state.current, added.event);
  }
  std::string_view operator()(const RunReset& event) const { return check_begin(event.run_id); }
  std::string_view operator()(const ResetNoted& event) const {
    return is_open_current(state, event.run_id) && event.run_id != event.note.reset_run_id
               ? "a copied run that is open"
               : "";
  }
  std::string_view operator()(const StartQueued& event) const {
    if (event.run_id.empty()) return "a run without an id";
    return state.current && is_open(state.current->status) ? "" : "a wait for no open run";
  }
  std::string_view operator()(const StartDropped& event) const {
    return find_queued(state, event.run_id) ? "" : "a start that does not wait";
  }
  std::string_view operator()(const RunRemoved& event) const {
    return is_closed(event.status) || is_open_current(state, event.run_id)
               ? ""
               : "the removal of an open run that is not current";
  }
  std::string_view operator()(const RateUsed&) const { return {}; }

 private:
  std::string_view check_begin(const RunId& run_id) const {
    if (run_id.empty()) return "a run without an id";
    if (state.current && is_open(state.current->status)) return "a second open run";
    return {};
  }
};

/// Adds the writes of one event, and keeps the counts.
struct EventToWrites {
  const WorkflowState& state;  ///< before the event
  NamespaceNumber name_space;
  const WorkflowId& workflow_id;
  const std::string& encoded;
  bool closes;  ///< a run, in one of the events
  Transition& out;
  Status& broken;  ///< why the event can't be written

  void operator()(const RunEvent& added) const {
    if (std::holds_alternative<event::RunStarted>(added.event.attributes)) return start(added);
    add_event(out.writes, name_space, *state.current, added.event, encoded);
    const RunStatus status = closed_by(added.event);
    if (is_closed(status)) close(added.run_id, status, added.event.time);
  }
  void start(const RunEvent& started) const {
    if (const auto place = find_queued(state, started.run_id)) {
      erase_queue_timer(started.run_id, state.queue[*place].deadline);
    }
    out.writes.put(Family::kRun, keys::run(name_space, started.run_id), encoded);
    begin({started.event.time, started.run_id});
  }
  void close(const RunId& run_id, RunStatus status, Timestamp time) const {
    out.writes.put(Family::kDue, due_key(run_id, status, time), workflow_id.text());
    run_index::closed(out.writes, name_space, {state.current->start_time, run_id}, status, time);
    erase_timer();
    out.counts.open -= 1;
    out.counts.closed += 1;
  }
  void operator()(const RunReset& event) const {
    broken = put_history(out.writes, name_space, event.run_id, *event.history);
    begin({event.head->start_time, event.run_id});
  }
  void begin(const run_index::Place& place) const {
    run_index::opened(out.writes, name_space, place);
    out.counts.open += 1;
    if (state.current) out.replaced = state.current;
  }
  /// The run that was copied has closed in this commit, or before: then it may be gone by now.
  void operator()(const ResetNoted& event) const {
    std::string key = keys::run(name_space, event.run_id);
    const bool is_closed_now = out.replaced && out.replaced->run_id == event.run_id && closes;
    if (is_closed_now) return out.writes.append(Family::kRun, key, encoded);
    Transition::Guarded& guarded =
        out.guarded.emplace(Transition::Guarded{.key = std::move(key), .run_id = event.run_id});
    guarded.writes.append(Family::kRun, guarded.key, encoded);
  }
  void operator()(const StartQueued& event) const {
    out.writes.put(Family::kRun, keys::run(name_space, event.run_id), encoded);
    if (event.queued.deadline) {
      out.writes.put(Family::kTimer,
                     keys::timer(name_space, {*event.queued.deadline, event.run_id}),
                     workflow_id.text());
    }
  }
  void operator()(const StartDropped& event) const {
    out.writes.erase(Family::kRun, keys::run(name_space, event.run_id));
    erase_queue_timer(event.run_id, event.deadline);
  }
  void erase_queue_timer(const RunId& run_id, const std::optional<Timestamp>& deadline) const {
    if (!deadline) return;
    out.writes.erase(Family::kTimer, keys::timer(name_space, {*deadline, run_id}));
  }
  void operator()(const RunRemoved& event) const {
    std::string key = keys::run(name_space, event.run_id);
    if (is_open(event.status)) {
      erase_history(out.writes, name_space, event.run_id, event.may_have_batches);
      run_index::removed(out.writes, name_space, {event.start_time, event.run_id}, event.status);
      erase_timer();
      out.counts.open -= 1;
      return leave_way(event, out.writes);
    }
    Transition::Guarded& removal =
        out.guarded.emplace(Transition::Guarded{.key = std::move(key), .run_id = event.run_id});
    erase_history(removal.writes, name_space, event.run_id, event.may_have_batches);
    removal.writes.erase(Family::kDue, due_key(event.run_id, event.status, event.close_time));
    run_index::removed(removal.writes, name_space, {event.start_time, event.run_id}, event.status);
    removal.counts.closed -= 1;
    // What ends a head without a run must be there whatever becomes of the record.
    leave_way(event, is_current(state, event.run_id) ? out.writes : removal.writes);
  }

  void operator()(const RateUsed&) const {}

  /// Runs before the one that goes may stay: what leads to them stays, too, until they are gone.
  void leave_way(const RunRemoved& event, WriteSet& writes) const {
    if (event.previous_run_id.empty()) return;
    const RunStatus status = is_open(event.status) ? RunStatus::kTerminated : event.status;
    leave_link(writes, name_space, workflow_id, event.run_id,
               {event.previous_run_id, status, event.close_time});
  }

  /// The deadline of the open run does not matter any more.
  void erase_timer() const {
    if (!state.current->run_deadline) return;
    out.writes.erase(Family::kTimer, keys::timer(name_space, {*state.current->run_deadline,
                                                              state.current->run_id}));
  }
  std::string due_key(const RunId& run_id, RunStatus status, Timestamp close_time) const {
    return keys::due(name_space, {keys::DueStage::kRun, status, close_time, run_id});
  }
};

/// The bytes that an event adds to the history of its run; empty if it adds none.
std::string encode_for_history(const IdEvent& event) {
  if (const auto* added = std::get_if<RunEvent>(&event)) return encode(added->event);
  if (const auto* noted = std::get_if<ResetNoted>(&event)) return encode(noted->note);
  if (const auto* queued = std::get_if<StartQueued>(&event)) return encode(queued->note);
  return {};
}

bool changes_head(const WorkflowState& state, const IdEvent& event) {
  const RunId* run_id = run_of(event);
  return begins_run(event) || std::holds_alternative<StartQueued>(event) ||
         std::holds_alternative<StartDropped>(event) || run_id == nullptr ||
         is_current(state, *run_id);
}

}  // namespace

void leave_link(WriteSet& writes, NamespaceNumber name_space, const WorkflowId& workflow_id,
                const RunId& run_id, const Link& link) {
  if (ONERUN_FAULT(kForgetLink)) return;
  // If its id is that of one before it that is gone, the link of that one leads on.
  if (link.previous_run_id != run_id) {
    writes.put(Family::kRun, keys::link(name_space, {run_id, workflow_id}), encode_link(link));
  }
  const keys::Due due{keys::DueStage::kLink, link.status, link.close_time, run_id, workflow_id};
  writes.put(Family::kDue, keys::due(name_space, due), workflow_id.text());
}

Result<Transition> apply(NamespaceNumber name_space, const WorkflowId& workflow_id,
                         WorkflowState& state, const std::vector<IdEvent>& events) {
  Transition out;
  out.writes.reserve(kUsualBytes);
  bool head_changed = false;
  const bool closes =
      std::ranges::any_of(events, [](const IdEvent& event) { return as_close(event) != nullptr; });
  for (const IdEvent& event : events) {
    if (const auto broken = std::visit(InvariantCheck{state}, event); !broken.empty()) {
      return Status(StatusCode::kInternal,
                    "a decision breaks an invariant: " + std::string(broken));
    }
    const std::string encoded = encode_for_history(event);
    Status broken;
    std::visit(EventToWrites{state, name_space, workflow_id, encoded, closes, out, broken}, event);
    if (!broken.ok()) return broken;
    head_changed |= changes_head(state, event);
    fold(state, event, encoded.size());
    if (begins_run(event) && state.current->run_deadline && !ONERUN_FAULT(kLoseTimer)) {
      out.writes.put(Family::kTimer,
                     keys::timer(name_space, {*state.current->run_deadline, state.current->run_id}),
                     workflow_id.text());
    }
  }
  if (!head_changed || (ONERUN_FAULT(kTearCommit) && events.size() > 1)) return out;

  const std::string key = keys::head(name_space, workflow_id);
  if (state.current || state.last) {
    out.writes.put(Family::kHead, key, encode_head(state));
  } else {
    out.writes.erase(Family::kHead, key);
  }
  return out;
}

}  // namespace onerun::core
