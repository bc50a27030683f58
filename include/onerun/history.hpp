// What happened to a run, event by event; and signals, which are how others add to it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "onerun/event/execution.hpp"
#include "onerun/event/signal.hpp"
#include "onerun/event/type.hpp"
#include "onerun/event/workflow_task.hpp"
#include "onerun/ids.hpp"
#include "onerun/payload.hpp"
#include "onerun/time.hpp"

namespace onerun {

/// A message to a run. Source: specification section 4.2, Signal.
struct Signal {
  std::string name;  ///< what it is about; at most limits::kIdBytes
  Payloads input = {};
  /// Makes the signal safe to repeat: a run keeps each id once. Empty: it may come twice.
  RequestId request_id = {};
  std::string identity = {};  ///< who sends it; for people
  PayloadMap header = {};     ///< as in StartRequest
};

/// What happened, by the kind of event. One struct a kind; headers under onerun/event/ have them.
using EventAttributes =
    std::variant<event::RunStarted, event::RunCompleted, event::RunFailed, event::RunTimedOut,
                 event::WorkflowTaskFailed, event::RunCancelRequested, event::RunCanceled,
                 event::RunSignaled, event::RunTerminated, event::RunContinuedAsNew,
                 event::RunOptionsUpdated, event::RunPaused, event::RunUnpaused>;

/// One event.
struct HistoryEvent {
  std::uint64_t event_id = 0;  ///< its place in the history, from 1
  Timestamp time = {};
  EventAttributes attributes = {};

  EventType type() const {
    return std::visit([](const auto& one) { return one.kType; }, attributes);
  }

  /// The attributes, if the event is of that kind (`event.as<event::RunSignaled>()`); else null.
  template <class Attributes>
  const Attributes* as() const {
    return std::get_if<Attributes>(&attributes);
  }

  friend bool operator==(const HistoryEvent&, const HistoryEvent&) = default;
};

/// A part of a history.
struct HistoryPage {
  RunId run_id = {};  ///< of the run; further pages should ask for it by this id
  std::vector<HistoryEvent> events = {};
  std::uint64_t next_event_id = 1;  ///< to go on from
  bool is_last = false;             ///< the run is closed, and this is its end
  RunId new_execution_run_id = {};  ///< of a closed run: the next one of its chain, or empty

  friend bool operator==(const HistoryPage&, const HistoryPage&) = default;
};

}  // namespace onerun
