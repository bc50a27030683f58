// What happens to a workflow id. Events are what a decision produces, what the store keeps, and
// what folds into the state.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/history/event.hpp"
#include "core/workflow_state.hpp"
#include "onerun/ids.hpp"
#include "onerun/run.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// An event is added to the history of a run. RunStarted makes the run the current one.
struct RunEvent {
  RunEvent(RunId run, Event added) : run_id(std::move(run)), event(std::move(added)) {}

  RunId run_id;
  Event event;
};

/// A run began from a point of another and is the current one.
struct RunReset {
  RunId run_id;
  std::shared_ptr<const std::string> history;  ///< all of it, encoded
  std::shared_ptr<const RunHead> head;         ///< the state that the history folds into
  std::set<RequestId> signal_request_ids;
};

/// A reset has copied the run. Stands behind the close of the run, and is not one of its events.
struct ResetNoted {
  RunId run_id;
  ResetNote note;
};

/// A start waits for the end of the open run.
struct StartQueued {
  RunId run_id;
  QueuedNote note;
  QueuedStart queued;
  std::size_t place;  ///< in the queue, from 0
};

/// A start waits no longer, and its run does not begin.
struct StartDropped {
  RunId run_id;
  std::optional<Timestamp> deadline;  ///< that it had
};

/// The run is gone with its history. Not part of any history.
struct RunRemoved {
  RunId run_id;
  RunStatus status;      ///< before it was removed
  Timestamp close_time;  ///< then, or now
  Timestamp start_time;
  RunId previous_run_id;          ///< the run before it, or empty
  bool may_have_batches = false;  ///< as that function says of the run
};

/// A start has used the rate of the workflow id.
struct RateUsed {
  RateFreeAt free_at;
};

using IdEvent =
    std::variant<RunEvent, RunReset, ResetNoted, StartQueued, StartDropped, RunRemoved, RateUsed>;

/// The attributes of an event of a run, if it is of that kind; else null.
template <class Attributes>
const Attributes* event_of(const IdEvent& event) {
  const auto* added = std::get_if<RunEvent>(&event);
  return added == nullptr ? nullptr : std::get_if<Attributes>(&added->event.attributes);
}

/// The event that closes a run, if it is one; else null.
const RunEvent* as_close(const IdEvent& event);

/// True if a run begins with the event; with one of the events.
bool begins_run(const IdEvent& event);
bool begins_run(const std::vector<IdEvent>& events);

/// True if one of the events takes a run id: a run begins, or will.
bool takes_run_id(const std::vector<IdEvent>& events);

/// The run that an event is about; null if it is about the workflow id as a whole.
const RunId* run_of(const IdEvent& event);

/// Folds an event into the state of the workflow id. `event_bytes`: the size of the event in the
/// history of its run.
void fold(WorkflowState& state, const IdEvent& event, std::size_t event_bytes);

}  // namespace onerun::core
