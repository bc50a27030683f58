// What happened to a run. Events are what a decision produces, what the store keeps, and what folds
// into the state. Kinds that Temporal knows have Temporal's numbers (specification section 10).
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "onerun/ids.hpp"
#include "onerun/run.hpp"
#include "onerun/start.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// Kind of an event in a run's history.
enum class EventType : std::uint16_t {
  kStarted = 1,
  kCompleted = 2,
  kFailed = 3,
  kTimedOut = 4,
  kCancelRequested = 20,
  kCanceled = 21,
  kTerminated = 27,
  kContinuedAsNew = 28,
  kOptionsUpdated = 55,
};

/// A run began and is the current one. Borrows the request: it must outlive the event.
struct RunStarted {
  RunId run_id;
  Timestamp time;
  RunId previous_run_id;
  const StartRequest* request;
};

/// A run ended.
struct RunClosed {
  RunId run_id;
  Timestamp time;
  RunStatus status;
  CloseInfo close;
};

/// Somebody asked for the run to be canceled.
struct CancelRequested {
  RunId run_id;
  Timestamp time;
  std::string reason;
  std::string identity;
};

/// The run answers for one more request id.
struct RequestIdAttached {
  RunId run_id;
  Timestamp time;
  RequestId request_id;
};

/// The run is gone with its history. Not part of any history.
struct RunRemoved {
  RunId run_id;
  RunStatus status;      ///< before it was removed
  Timestamp close_time;  ///< if that was a closed one
};

using Event = std::variant<RunStarted, RunClosed, CancelRequested, RequestIdAttached, RunRemoved>;

/// The run that an event is about.
inline const RunId& run_of(const Event& event) {
  return std::visit([](const auto& e) -> const RunId& { return e.run_id; }, event);
}

}  // namespace onerun::core
