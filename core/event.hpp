// What happened to a run. Events are what a decision produces, what the store keeps, and what folds
// into the state.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/workflow_state.hpp"
#include "onerun/history.hpp"
#include "onerun/ids.hpp"
#include "onerun/run.hpp"
#include "onerun/start.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// What a run has from the run before it in its chain; or what the first run of a cron schedule
/// waits for: then there is none before it.
struct Succession {
  RunId first_execution_run_id = {};
  RunId continued_execution_run_id = {};
  RunId lineage_run_id = {};  ///< empty: the first run of the chain
  Initiator initiator = Initiator::kUnspecified;
  std::uint32_t attempt = 1;
  Duration backoff{};
  std::optional<Timestamp> execution_deadline = {};
  std::optional<Failure> continued_failure = {};
  Payload last_completion_result = {};
  std::vector<ChainRequestId> chain_request_ids = {};
};

/// A run began and is the current one. Borrows the request: it must outlive the event.
struct RunStarted {
  RunId run_id;
  Timestamp time;
  RunId previous_run_id;
  const StartRequest* request;
  std::shared_ptr<const Succession> succession = {};  ///< null: a start began it, and its chain
  std::shared_ptr<const StartRequest> owned = {};     ///< the request, if nobody else keeps it
  std::optional<RateFreeAt> rate_free_at = {};        ///< of the workflow id, from now on
  std::optional<Timestamp> clock_at_start = {};       ///< as in RunHead
};

/// A run ended.
struct RunClosed {
  RunId run_id;
  Timestamp time;
  RunStatus status;
  CloseInfo close;
  RunId new_execution_run_id = {};  ///< the run that follows it in its chain
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

/// The run has got a signal.
struct RunSignaled {
  RunId run_id;
  Timestamp time;
  Signal signal;
};

/// The run does not go on until it is unpaused.
struct RunPaused {
  RunId run_id;
  Timestamp time;
  PauseOptions options;
};

/// It goes on.
struct RunUnpaused {
  RunId run_id;
  Timestamp time;
  PauseOptions options;
};

/// What a reset says in the history of the run that it begins, behind what was copied.
struct ResetPoint {
  Timestamp time;
  RunId base_run_id = {};
  RunId previous_run_id = {};
  RunId original_execution_run_id = {};
  RunId lineage_run_id = {};
  std::optional<Timestamp> execution_deadline = {};
  ResetRequest request = {};
  std::vector<ChainRequestId> chain_request_ids = {};
  std::vector<RequestId> dropped_signals = {};   ///< request ids of those that are not there again
  std::optional<Timestamp> clock_at_start = {};  ///< as in RunHead
};

/// A run began from a point of another and is the current one.
struct RunReset {
  RunId run_id;
  std::shared_ptr<const std::string> history;  ///< all of it, encoded
  std::shared_ptr<const RunHead> head;         ///< what that comes to
  std::set<RequestId> signal_request_ids;
  std::optional<RateFreeAt> rate_free_at;
};

/// A reset has copied the run. Stands behind its close and counts as none of its events.
struct ResetNoted {
  RunId run_id;
  Timestamp time;
  RunId reset_run_id;
};

/// A start waits for the end of the open run. Borrows the request: it must outlive the event.
struct StartQueued {
  RunId run_id;
  Timestamp time;
  const StartRequest* request;
  QueuedStart queued;
  std::size_t place;  ///< in the queue, from 0
  std::optional<RateFreeAt> rate_free_at;
};

/// It waits no longer, and no run begins.
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
  RunId previous_run_id;  ///< the run before it, or empty
};

using Event =
    std::variant<RunStarted, RunClosed, CancelRequested, RequestIdAttached, RunSignaled, RunPaused,
                 RunUnpaused, RunReset, ResetNoted, StartQueued, StartDropped, RunRemoved>;

/// True if a run begins with the event; with one of the events.
bool begins_run(const Event& event);
bool begins_run(const std::vector<Event>& events);

/// True if one of the events takes a run id: a run begins, or will.
bool takes_run_id(const std::vector<Event>& events);

/// The run that an event begins, without its history.
RunHead head_of(const RunStarted& event);

/// When a run that begins will have taken too long. Source: specification section 5.
std::optional<Timestamp> run_deadline_of(const RunStarted& event);

/// The run that an event is about.
inline const RunId& run_of(const Event& event) {
  return std::visit([](const auto& e) -> const RunId& { return e.run_id; }, event);
}

}  // namespace onerun::core
