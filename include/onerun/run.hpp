// What a run is made of, how it is addressed, and how it is described.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "onerun/chain.hpp"
#include "onerun/event/execution.hpp"
#include "onerun/ids.hpp"
#include "onerun/payload.hpp"
#include "onerun/policy.hpp"
#include "onerun/time.hpp"

namespace onerun {

/// Addresses a run. An empty run id means the current run, that is the latest one, open or closed.
/// Source: specification section 4.1.
struct RunRef {
  WorkflowId workflow_id;
  RunId run_id = {};

  /// For changes: only if this is the current run; else failed_precondition with CurrentRunMoved.
  /// Empty: no such condition. Source: design section 8, difference 7.
  RunId expected_run_id = {};
};

/// What goes with complete, fail and report_canceled. All of it may be left out.
struct CloseOptions {
  std::string identity = {};
  /// Only if this is the last event of the run's history; else failed_precondition with
  /// HistoryMoved. 0: no such condition. Source: specification section 4.1.
  std::uint64_t expected_last_event_id = 0;
};

/// What goes with a cancel request. All of it may be left out.
struct CancelOptions {
  std::string reason = {};
  std::string identity = {};
  /// Address the current run if it belongs to this chain, whatever the run id says.
  /// Source: specification section 3.7.
  RunId first_execution_run_id = {};
};

/// What goes with a termination. All of it may be left out.
struct TerminateOptions {
  std::string reason = {};
  Payloads details = {};
  std::string identity = {};
  RunId first_execution_run_id = {};  ///< as in CancelOptions
};

/// What goes with a pause and with its end. All of it may be left out.
struct PauseOptions {
  std::string reason = {};
  std::string identity = {};
  RequestId request_id = {};  ///< makes a pause safe to repeat
};

/// The identity of a run and where it stands.
struct RunInfo {
  RunId run_id = {};
  RunId first_execution_run_id = {};     ///< the run that began the chain, by a start or a reset
  RunId original_execution_run_id = {};  ///< this run, or the run that a reset copied
  RunId lineage_run_id = {};             ///< the very first run, through all chains and resets
  RunStatus status = RunStatus::kUnspecified;
  Timestamp start_time = {};                 ///< never before the end of the run before it
  std::optional<Timestamp> close_time = {};  ///< if and only if closed; never before the start
  bool cancel_requested = false;

  RunId continued_execution_run_id = {};  ///< the run of the chain before it, or empty
  RunId new_execution_run_id = {};        ///< the run of the chain after it, once closed, or empty
  Initiator initiator = Initiator::kUnspecified;  ///< what made it follow the one before it
  std::uint32_t attempt = 1;                      ///< grows with each retry

  friend bool operator==(const RunInfo&, const RunInfo&) = default;
};

/// How a run ended.
struct CloseInfo {
  Payloads result = {};                 ///< kCompleted: the result; kCanceled, kTerminated: details
  std::optional<Failure> failure = {};  ///< kFailed
  std::string reason = {};              ///< kTerminated
  std::string identity = {};            ///< who closed it
  RetryState retry_state = RetryState::kUnspecified;  ///< kFailed, kTimedOut

  friend bool operator==(const CloseInfo&, const CloseInfo&) = default;
};

/// A request id that this run answers for.
struct RequestIdInfo {
  RequestId request_id = {};
  bool started = true;         ///< false: attached later with `attach_request_id`
  std::uint64_t event_id = 1;  ///< the event of the history that brought it

  friend bool operator==(const RequestIdInfo&, const RequestIdInfo&) = default;
};

/// A pause that has not ended.
struct PauseInfo {
  Timestamp time = {};
  std::string reason = {};
  std::string identity = {};
  RequestId request_id = {};

  friend bool operator==(const PauseInfo&, const PauseInfo&) = default;
};

/// All that onerun knows of a run. Source: specification section 4.2, Describe.
///
/// Of a start that waits in a queue the status is kUnspecified, start_time is when it was asked
/// for, and `queue_position` says where it stands.
struct RunDescription {
  WorkflowId workflow_id = {};
  RunInfo run = {};
  bool is_current = false;  ///< the workflow id names this run now
  std::string workflow_type = {};
  std::string task_queue = {};
  Payloads input = {};
  PayloadMap memo = {};
  SearchAttributes search_attributes = {};
  PayloadMap header = {};
  std::string identity = {};  ///< who started it
  std::vector<RequestIdInfo> request_ids = {};
  Timestamp execution_time = {};  ///< when it could first do something, by the clock at its start
  std::optional<Duration> execution_duration = {};  ///< close time - execution time, once closed
  std::optional<Timestamp> expires_at = {};         ///< end of its retention under today's policy
  RunId previous_run_id = {};           ///< the run that was current before it, or empty
  std::string cancel_reason = {};       ///< of the first cancel request
  Duration execution_timeout = {};      ///< of the chain; zero: none
  Duration run_timeout = {};            ///< as it was asked for; zero: none
  Duration workflow_task_timeout = {};  ///< as it was asked for; zero: none was
  std::optional<Timestamp> execution_deadline = {};  ///< when the chain times out
  std::optional<Timestamp> run_deadline = {};        ///< when the run times out
  std::optional<RetryPolicy> retry_policy = {};
  std::string cron_schedule = {};
  std::optional<Failure> continued_failure = {};  ///< of the run before it in the chain
  Payloads last_completion_result = {};  ///< of the last run of the cron schedule that completed
  std::optional<CloseInfo> close = {};   ///< once closed
  std::optional<PauseInfo> pause = {};   ///< while paused
  std::optional<ParentLink> parent = {};
  RunId base_run_id = {};              ///< the run that a reset copied to make this one, or empty
  Timestamp original_start_time = {};  ///< of the run that was copied; else the start time
  RunId reset_run_id = {};             ///< the last run that a reset of this one began, or empty
  std::uint64_t queue_position = 0;    ///< of a start that waits: from 1. Else 0
  std::uint64_t queued_starts = 0;     ///< of the current run: starts that wait for its end
  std::uint64_t history_length = 0;    ///< events
  std::uint64_t history_size_bytes = 0;
};

}  // namespace onerun
