// The policies of a start, the statuses of a run, and the rules that answer a start.
// Numbers are those of Temporal's API, so that a wire protocol can carry them unchanged.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string_view>

#include "onerun/export.hpp"

namespace onerun {

/// What may follow a *closed* run. Source: specification section 1.2.
enum class ReusePolicy : std::uint8_t {
  kUnspecified = 0,               ///< kAllowDuplicate
  kAllowDuplicate = 1,            ///< any closed run may be followed by a new one
  kAllowDuplicateFailedOnly = 2,  ///< only a failed, canceled, terminated or timed-out one
  kRejectDuplicate = 3,           ///< none, until its retention ends
  kTerminateIfRunning = 4,        ///< old name of kAllowDuplicate with kTerminateExisting
};

/// What happens when the current run is *open*. Source: specification section 1.2.
enum class ConflictPolicy : std::uint8_t {
  kUnspecified = 0,        ///< kFail
  kFail = 1,               ///< refuse with AlreadyStarted
  kUseExisting = 2,        ///< answer with the open run
  kTerminateExisting = 3,  ///< terminate it and start a new run, in one commit
  // What Temporal does not have is numbered from 100. Source: design section 8, difference 5.
  /// Ask it to cancel; the new run begins in the commit that closes it and its chain, before starts
  /// that were enqueued. Dropped after `queue_timeout`, which is required.
  kCancelExisting = 100,
  /// The new run begins in the commit that closes it and its chain, in the order of the requests.
  kEnqueue = 101,
};

/// Status of a run. kRunning and kPaused are open, all others closed for ever.
enum class RunStatus : std::uint8_t {
  kUnspecified = 0,
  kRunning = 1,
  kCompleted = 2,
  kFailed = 3,
  kCanceled = 4,
  kTerminated = 5,
  kContinuedAsNew = 6,
  kTimedOut = 7,
  kPaused = 8,
};

/// Which rule answered a start.
enum class StartRule : std::uint8_t {
  kStarted = 1,                       ///< a new run; there was none, or the closed one allowed it
  kTerminatedExistingAndStarted = 2,  ///< a new run; the open one was terminated with it
  kUsedExisting = 3,                  ///< the open run answers for the request
  kDeduplicated = 4,                  ///< this request id had started that run before
  kDeduplicatedAttached = 5,          ///< this request id had been attached to that run before
  kRejectedRunning = 6,               ///< refused: a run is open
  kRejectedCompleted = 7,             ///< refused: the last run did not fail
  kRejectedDuplicate = 8,             ///< refused: the id was used before
  kEnqueued = 9,                      ///< a run will begin when the open one has closed
  kCancelRequestedAndEnqueued = 10,   ///< so it will, and the open one was asked to cancel
};

/// True if a run with this status may still do something.
constexpr bool is_open(RunStatus status) {
  return status == RunStatus::kRunning || status == RunStatus::kPaused;
}

/// True for the statuses that a run ends with.
constexpr bool is_closed(RunStatus status) {
  return status != RunStatus::kUnspecified && !is_open(status);
}

/// Name of the value in lower case with underscores (`allow_duplicate`), or "unknown".
ONERUN_EXPORT std::string_view to_string(ReusePolicy policy);
ONERUN_EXPORT std::string_view to_string(ConflictPolicy policy);
ONERUN_EXPORT std::string_view to_string(RunStatus status);
ONERUN_EXPORT std::string_view to_string(StartRule rule);

/// Reads a name that `to_string` gives; `nullopt` if there is no such value.
ONERUN_EXPORT std::optional<ReusePolicy> reuse_policy_from(std::string_view name);
ONERUN_EXPORT std::optional<ConflictPolicy> conflict_policy_from(std::string_view name);
ONERUN_EXPORT std::optional<RunStatus> run_status_from(std::string_view name);

ONERUN_EXPORT std::ostream& operator<<(std::ostream& out, ReusePolicy policy);
ONERUN_EXPORT std::ostream& operator<<(std::ostream& out, ConflictPolicy policy);
ONERUN_EXPORT std::ostream& operator<<(std::ostream& out, RunStatus status);
ONERUN_EXPORT std::ostream& operator<<(std::ostream& out, StartRule rule);

}  // namespace onerun
