// Events as decisions make them and as the store keeps them, and the notes that stand between
// events.
#pragma once

#include <optional>

#include "core/workflow_state.hpp"
#include "onerun/history.hpp"
#include "onerun/ids.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// An event before it has a place in a history.
struct Event {
  Timestamp time = {};
  EventAttributes attributes = {};

  friend bool operator==(const Event&, const Event&) = default;
};

inline EventType type_of(const Event& event) {
  return std::visit([](const auto& one) { return one.kType; }, event.attributes);
}

/// Stands behind the end of a run that a reset has copied. Not an event: it has no event id.
struct ResetNote {
  Timestamp time = {};
  RunId reset_run_id = {};  ///< the run that the reset began

  friend bool operator==(const ResetNote&, const ResetNote&) = default;
};

/// Stands behind the events that lie beside their run: the others lie in batches. Not an event.
/// It stands there again, with the head of the run, behind the end of the run.
struct BatchesNote {
  Timestamp time = {};                 ///< of the event that comes next, or that was the last
  std::optional<RunHead> closed = {};  ///< the run, once it has closed

  friend bool operator==(const BatchesNote&, const BatchesNote&) = default;
};

/// All there is of a start that waits in the queue of its workflow id. Not an event.
struct QueuedNote {
  Timestamp time = {};  ///< when it was asked for
  event::RunStarted started = {};
  std::optional<Timestamp> deadline = {};  ///< the start is dropped then

  friend bool operator==(const QueuedNote&, const QueuedNote&) = default;
};

}  // namespace onerun::core
