// How runs follow each other in a chain: continue-as-new, retry, and what they are given.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onerun/export.hpp"
#include "onerun/ids.hpp"
#include "onerun/payload.hpp"
#include "onerun/search_attributes.hpp"
#include "onerun/time.hpp"

namespace onerun {

/// What made a run the successor of another. Numbers are those of Temporal's API.
enum class Initiator : std::uint8_t {
  kUnspecified = 0,   ///< nothing: a start began it, and with it a chain
  kWorkflow = 1,      ///< continue-as-new
  kRetry = 2,         ///< the run before it failed or timed out
  kCronSchedule = 3,  ///< the run before it ended and its schedule goes on; or it is the first one
};

/// Whether a run that failed or timed out is followed by a retry, and if not, why.
/// Source: specification section 3.3. Numbers are those of Temporal's API.
enum class RetryState : std::uint8_t {
  kUnspecified = 0,             ///< the run did neither
  kInProgress = 1,              ///< it is
  kNonRetryableFailure = 2,     ///< the failure, or the policy, says no
  kTimeout = 3,                 ///< the chain's execution timeout would be over, or is
  kMaximumAttemptsReached = 4,  ///< the policy allows no more
  kRetryPolicyNotSet = 5,       ///< the run has no retry policy
};

/// When and how often a run that failed, or whose run timeout is over, is followed by another with
/// the same input. Source: specification section 3.3.
struct RetryPolicy {
  /// Time to the first retry. 1 ms to limits::kMaxDuration.
  Duration initial_interval = std::chrono::seconds(1);
  /// Each interval is the one before it times this. At least 1.
  double backoff_coefficient = 2.0;
  /// No interval is longer. Zero: 100 times the initial one.
  Duration maximum_interval = Duration::zero();
  /// Runs in all, the first one included. 0: no bound.
  std::uint32_t maximum_attempts = 0;
  /// Failures of these types are not retried; `TemporalTimeout:StartToClose` stands for the run
  /// timeout. At most limits::kNonRetryableTypes.
  std::vector<std::string> non_retryable_types = {};

  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

/// The next run of a chain, as continue-as-new asks for it. Source: specification section 3.2.
struct ContinueRequest {
  std::string workflow_type = {};  ///< empty: as the run that ends
  std::string task_queue = {};     ///< empty: as the run that ends
  Payloads input = {};
  PayloadMap memo = {};
  SearchAttributes search_attributes = {};
  PayloadMap header = {};
  std::string identity = {};                          ///< who asks; for people
  Duration run_timeout = Duration::zero();            ///< zero: as the run that ends
  Duration workflow_task_timeout = Duration::zero();  ///< zero: as the run that ends
  /// Time until the next run may do something. Loops faster than limits::kMinRunInterval are
  /// slowed down to it.
  Duration backoff = Duration::zero();
  std::optional<RetryPolicy> retry_policy = {};
  std::string cron_schedule = {};  ///< of the chain from then on; the next run does not wait for it
  std::uint64_t expected_last_event_id = 0;  ///< as in CloseOptions, of the run that ends
};

/// Which later events of the runs that it goes back behind a reset adds to the new run again.
/// Numbers are those of Temporal's API.
enum class Reapply : std::uint8_t {
  kUnspecified = 0,  ///< kAllEligible
  kSignals = 1,
  kNone = 2,
  kAllEligible = 3,  ///< signals: nothing else that exists here is eligible
};

/// Begins a run anew from a point in the history of another. Source: specification section 3.6.
struct ResetRequest {
  /// The last event of the history that the new run keeps. 1: only the start. Not a close.
  std::uint64_t event_id = 1;
  /// Makes the reset safe to repeat: the same request id gets the run that it began. Required.
  RequestId request_id = {};
  std::string reason = {};
  std::string identity = {};
  Reapply reapply = Reapply::kUnspecified;
  bool exclude_signals = false;  ///< leaves them out, whatever `reapply` says
};

/// Name of the value in lower case with underscores (`cron_schedule`), or "unknown".
ONERUN_EXPORT std::string_view to_string(Initiator initiator);
ONERUN_EXPORT std::string_view to_string(RetryState state);
ONERUN_EXPORT std::string_view to_string(Reapply reapply);

ONERUN_EXPORT std::ostream& operator<<(std::ostream& out, Initiator initiator);
ONERUN_EXPORT std::ostream& operator<<(std::ostream& out, RetryState state);

}  // namespace onerun
