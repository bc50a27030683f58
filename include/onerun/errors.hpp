// The typed details that a Status may carry, for errors that callers act on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "onerun/ids.hpp"
#include "onerun/policy.hpp"
#include "onerun/time.hpp"

namespace onerun {

/// invalid_argument: what was wrong with which field. Nothing was changed.
struct InvalidField {
  std::string field;                        ///< name of the field, as in the request's struct
  std::string value;                        ///< the value, shortened for print
  std::string limit;                        ///< what is allowed
  std::optional<std::uint64_t> size;        ///< for sizes and counts: what the value has
  std::optional<std::uint64_t> limit_size;  ///< for sizes and counts: the most it may have
};

/// invalid_argument: where a filter can't be read, and what could stand there instead.
struct InvalidFilter {
  std::size_t column;    ///< in characters of UTF-8; the first is 1
  std::string found;     ///< what stands there, shortened for print; empty at the end of the text
  std::string expected;  ///< what could stand there
};

/// already_exists: a policy refused the start. Source: specification section 1.4, design section 8.
struct AlreadyStarted {
  RunId run_id;                  ///< the current run of the workflow id
  RunId first_execution_run_id;  ///< head of that run's chain
  RequestId start_request_id;    ///< request id that started it
  RunStatus status;              ///< its status now
  StartRule rule;                ///< which rule refused
};

/// already_exists: the run id that the caller brought names another run of the namespace.
struct RunIdInUse {
  RunId run_id;
};

/// not_found: which kind of thing was not there.
struct Missing {
  enum class What : std::uint8_t { kNamespace, kWorkflow, kRun };
  What what;
};

/// not_found: the run exists and is closed, so that it can't do this any more.
struct AlreadyClosed {
  RunId run_id;
  RunStatus status;
  Timestamp close_time;
};

/// failed_precondition: `expected_run_id` is not the current run (any more).
struct CurrentRunMoved {
  RunId expected;
  RunId current;     ///< empty if the workflow id has no run
  RunStatus status;  ///< kUnspecified if the workflow id has no run
};

/// failed_precondition: `expected_last_event_id` is not the last event of the run's history.
struct HistoryMoved {
  RunId run_id;
  std::uint64_t expected;
  std::uint64_t last_event_id;  ///< of the run's history now
};

/// failed_precondition: this machine does not know the time zone of a stored cron schedule (any
/// more), and so not when its next run is due. Source: specification section 3.4.
struct UnknownTimeZone {
  RunId run_id;  ///< that has the schedule, or will have it when its turn in the queue comes
  std::string time_zone;
};

/// failed_precondition: the run is paused.
struct IsPaused {
  RunId run_id;
};

/// resource_exhausted: the namespace's `start_interval` has not passed since the last run began, or
/// its `start_rate` is used up for this workflow id.
struct TooSoon {
  RunId run_id;        ///< the run that began last; empty if it is gone
  Timestamp retry_at;  ///< from then on a start may be accepted
};

/// State of a namespace. Source: specification section 6.1.
enum class NamespaceState : std::uint8_t {
  kRegistered = 1,
  kDeprecated = 2,  ///< starts are refused, all else works
  kDeleted = 3,     ///< only describe and list work, until the clean-up has finished
};

/// failed_precondition: the state of the namespace does not allow this.
struct NamespaceInvalidState {
  NamespaceName name;
  NamespaceState state;
};

/// resource_exhausted: a bound of this runtime was reached. Nothing was changed; come back later.
struct Exhausted {
  /// Name of the option that sets the bound; or one of limits.hpp: `attached_request_ids`,
  /// `queued_starts`, `signals`, `history_events`, `history_bytes`, `reset_runs`, `reset_bytes`.
  std::string resource;
  std::uint64_t in_use;     ///< in use when the request came
  std::uint64_t requested;  ///< what the request needed on top
  std::uint64_t limit;
};

/// unavailable: the request may or may not have been done. Ask again with the same request id.
struct OutcomeUnknown {};

/// unavailable: the runtime has fenced itself after a fault and must be opened again.
/// The request was not done, unless OutcomeUnknown says otherwise.
struct Fenced {
  std::string reason;
};

/// failed_precondition: the runtime was shut down.
struct ShutDown {};

/// data_loss: stored bytes that can't be right, or are missing.
struct Corruption {
  std::string family;  ///< family of the store, or name of the file
  std::string key;     ///< key in hexadecimal, of a range its first; empty for a file
  std::string reason;
};

using ErrorDetail =
    std::variant<std::monostate, InvalidField, InvalidFilter, AlreadyStarted, RunIdInUse, Missing,
                 AlreadyClosed, CurrentRunMoved, NamespaceInvalidState, Exhausted, OutcomeUnknown,
                 Fenced, ShutDown, Corruption, TooSoon, IsPaused, HistoryMoved, UnknownTimeZone>;

}  // namespace onerun
