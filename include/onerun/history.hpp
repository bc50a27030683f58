// What happened to a run, event by event; and signals, which are how others add to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onerun/export.hpp"
#include "onerun/ids.hpp"
#include "onerun/payload.hpp"
#include "onerun/time.hpp"

namespace onerun {

/// A message to a run. Source: specification section 4.2, Signal.
struct Signal {
  std::string name;  ///< what it is about; at most limits::kIdBytes
  Payload input = {};
  /// Makes the signal safe to repeat: a run keeps each id once. Empty: it may come twice.
  RequestId request_id = {};
  std::string identity = {};  ///< who sends it; for people
};

/// Kind of an event. Numbers are those of Temporal's history events, which tell a reset by a task
/// of a worker that failed.
/// Source: specification section 10.
enum class EventType : std::uint16_t {
  kStarted = 1,
  kCompleted = 2,
  kFailed = 3,
  kTimedOut = 4,
  kReset = 9,  ///< what is before it was copied
  kCancelRequested = 20,
  kCanceled = 21,
  kSignaled = 26,
  kTerminated = 27,
  kContinuedAsNew = 28,
  kOptionsUpdated = 55,
  kPaused = 58,
  kUnpaused = 59,
};

/// Name of the value in lower case with underscores (`cancel_requested`), or "unknown".
ONERUN_EXPORT std::string_view to_string(EventType type);

/// One event. Members that its type does not have are empty.
struct HistoryEvent {
  std::uint64_t event_id = 0;  ///< its place in the history, from 1
  EventType type = EventType::kStarted;
  Timestamp time = {};
  std::string name = {};      ///< kStarted: workflow type; kSignaled: of the signal
  Payload payload = {};       ///< kStarted, kSignaled: input; a close: result or details
  RequestId request_id = {};  ///< kStarted, kSignaled, kOptionsUpdated, kReset, kPaused, kUnpaused
  std::string reason = {};    ///< kCancelRequested, kTerminated, kReset, kPaused, kUnpaused
  std::string identity = {};
  std::optional<Failure> failure = {};  ///< kFailed
  RunId new_execution_run_id = {};      ///< a close: the run that follows in the chain
  RunId base_run_id = {};               ///< kReset: the run that was copied

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
