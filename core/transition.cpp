#include "core/transition.hpp"

#include "core/decide.hpp"
#include "core/fault.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"

namespace onerun::core {
namespace {

bool is_current(const WorkflowState& state, const RunId& run_id) {
  return state.current && state.current->run_id == run_id;
}

bool is_open_current(const WorkflowState& state, const RunId& run_id) {
  return is_current(state, run_id) && is_open(state.current->status);
}

/// Says what is wrong with an event in this state; empty if nothing is.
struct InvariantCheck {
  const WorkflowState& state;

  std::string_view operator()(const RunStarted& event) const {
    if (event.run_id.empty()) return "a run without an id";
    if (state.current && is_open(state.current->status)) return "a second open run";
    return {};
  }
  std::string_view operator()(const RunClosed& event) const {
    if (!is_open_current(state, event.run_id)) return "a close of a run that is not open";
    if (!is_closed(event.status)) return "a close with an open status";
    return {};
  }
  std::string_view operator()(const CancelRequested& event) const {
    return is_open_current(state, event.run_id) ? ""
                                                : "a cancel request for a run that is not open";
  }
  std::string_view operator()(const RequestIdAttached& event) const {
    return is_open_current(state, event.run_id) ? "" : "an attached id for a run that is not open";
  }
  std::string_view operator()(const RunRemoved& event) const {
    return is_closed(event.status) || is_open_current(state, event.run_id)
               ? ""
               : "the removal of an open run that is not current";
  }
};

/// Adds the writes of one event, and keeps the counts.
struct EventToWrites {
  NamespaceNumber name_space;
  const WorkflowId& workflow_id;
  const std::string& encoded;
  Transition& out;

  void operator()(const RunStarted& event) const {
    out.writes.put(Family::kRun, keys::run(name_space, event.run_id), encoded);
    out.counts.open += 1;
  }
  void operator()(const RunClosed& event) const {
    out.writes.append(Family::kRun, keys::run(name_space, event.run_id), encoded);
    out.writes.put(Family::kDue, due_key(event.run_id, event.status, event.time),
                   workflow_id.text());
    out.counts.open -= 1;
    out.counts.closed += 1;
  }
  void operator()(const CancelRequested& event) const { append(event.run_id); }
  void operator()(const RequestIdAttached& event) const { append(event.run_id); }
  void operator()(const RunRemoved& event) const {
    std::string key = keys::run(name_space, event.run_id);
    if (is_open(event.status)) {
      out.writes.erase(Family::kRun, key);
      out.counts.open -= 1;
      return;
    }
    Transition::Removal& removal = out.removal.emplace(Transition::Removal{.key = std::move(key)});
    removal.writes.erase(Family::kRun, removal.key);
    removal.writes.erase(Family::kDue, due_key(event.run_id, event.status, event.close_time));
    removal.counts.closed -= 1;
  }

  void append(const RunId& run_id) const {
    out.writes.append(Family::kRun, keys::run(name_space, run_id), encoded);
  }
  std::string due_key(const RunId& run_id, RunStatus status, Timestamp close_time) const {
    return keys::due(name_space, {keys::DueStage::kRun, status, close_time, run_id});
  }
};

}  // namespace

Result<Transition> apply(NamespaceNumber name_space, const WorkflowId& workflow_id,
                         WorkflowState& state, const std::vector<Event>& events) {
  Transition out;
  bool head_changed = false;
  for (const Event& event : events) {
    if (const auto broken = std::visit(InvariantCheck{state}, event); !broken.empty()) {
      return Status(StatusCode::kInternal,
                    "a decision breaks an invariant: " + std::string(broken));
    }
    const std::string encoded = std::holds_alternative<RunRemoved>(event)
                                    ? std::string()
                                    : encode_event(workflow_id, event);
    std::visit(EventToWrites{name_space, workflow_id, encoded, out}, event);
    head_changed |= std::holds_alternative<RunStarted>(event) || is_current(state, run_of(event));
    evolve(state, event, encoded.size());
  }
  if (!head_changed || (ONERUN_FAULT(kTearCommit) && events.size() > 1)) return out;

  const std::string key = keys::head(name_space, workflow_id);
  if (state.current) {
    out.writes.put(Family::kHead, key, encode_head(*state.current));
  } else {
    out.writes.erase(Family::kHead, key);
  }
  return out;
}

}  // namespace onerun::core
