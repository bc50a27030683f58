// What a run is made of, how it is addressed, and how it is described.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "onerun/ids.hpp"
#include "onerun/policy.hpp"
#include "onerun/time.hpp"

namespace onerun {

/// Opaque bytes and the name of their encoding. onerun never looks inside and never logs them.
struct Payload {
  std::string data = {};          ///< at most limits::kPayloadBytes
  std::string content_type = {};  ///< such as `application/json`; at most limits::kContentTypeBytes

  friend bool operator==(const Payload&, const Payload&) = default;
};

/// Why a run failed, in the application's words.
struct Failure {
  std::string message = {};  ///< at most limits::kReasonBytes
  std::string type = {};     ///< a name to sort failures by; at most limits::kIdBytes
  Payload details = {};

  friend bool operator==(const Failure&, const Failure&) = default;
};

/// Short texts that travel with a run: for people (memo) or for finding it (tags).
using TextMap = std::map<std::string, std::string>;

/// Addresses a run. An empty run id means the current run, that is the latest one, open or closed.
/// Source: specification section 4.1.
struct RunRef {
  WorkflowId workflow_id;
  RunId run_id = {};
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
  Payload details = {};
  std::string identity = {};
  RunId first_execution_run_id = {};  ///< as in CancelOptions
};

/// The identity of a run and where it stands.
struct RunInfo {
  RunId run_id = {};
  RunId first_execution_run_id = {};     ///< the run that began the chain
  RunId original_execution_run_id = {};  ///< this run, or the run that a reset copied
  RunStatus status = RunStatus::kUnspecified;
  Timestamp start_time = {};
  std::optional<Timestamp> close_time = {};  ///< set if and only if the status is closed
  bool cancel_requested = false;

  friend bool operator==(const RunInfo&, const RunInfo&) = default;
};

/// How a run ended.
struct CloseInfo {
  Payload result = {};                  ///< kCompleted: the result; kCanceled, kTerminated: details
  std::optional<Failure> failure = {};  ///< kFailed
  std::string reason = {};              ///< kTerminated
  std::string identity = {};            ///< who closed it

  friend bool operator==(const CloseInfo&, const CloseInfo&) = default;
};

/// A request id that this run answers for.
struct RequestIdInfo {
  RequestId request_id = {};
  bool started = true;         ///< false: attached later with `attach_request_id`
  std::uint64_t event_id = 1;  ///< the event of the history that brought it

  friend bool operator==(const RequestIdInfo&, const RequestIdInfo&) = default;
};

/// All that onerun knows of a run. Source: specification section 4.2, Describe.
struct RunDescription {
  WorkflowId workflow_id = {};
  RunInfo run = {};
  bool is_current = false;  ///< the workflow id names this run now
  std::string workflow_type = {};
  Payload input = {};
  TextMap memo = {};
  TextMap tags = {};
  std::string identity = {};  ///< who started it
  std::vector<RequestIdInfo> request_ids = {};
  Timestamp execution_time = {};                    ///< when it could first do something
  std::optional<Duration> execution_duration = {};  ///< close time - execution time, once closed
  std::optional<Timestamp> expires_at = {};         ///< end of its retention under today's policy
  RunId previous_run_id = {};           ///< the run that was current before it, or empty
  std::string cancel_reason = {};       ///< of the first cancel request
  std::optional<CloseInfo> close = {};  ///< once closed
  std::uint64_t history_length = 0;     ///< events
  std::uint64_t history_size_bytes = 0;
};

}  // namespace onerun
