// Events of a run as a whole: how it begins, what is asked of it, and how it ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "onerun/chain.hpp"
#include "onerun/event/type.hpp"
#include "onerun/ids.hpp"
#include "onerun/payload.hpp"
#include "onerun/policy.hpp"
#include "onerun/search_attributes.hpp"
#include "onerun/time.hpp"

namespace onerun {

/// A request id that an earlier run of the chain answered for. The chain answers for the request id
/// until the retention of that run ends. Source: design section 8, difference 1.
struct ChainRequestId {
  RequestId request_id = {};
  RunId run_id = {};
  bool started = true;  ///< the request began the chain; false: it was attached to the run
  RunStatus status = RunStatus::kUnspecified;  ///< of that run
  Timestamp close_time = {};                   ///< of that run
  RunId first_execution_run_id = {};  ///< of that run's chain; empty: the chain of this run

  friend bool operator==(const ChainRequestId&, const ChainRequestId&) = default;
};

/// The run that started the first run of a chain as its child. Source: specification section 4.2.
struct ParentLink {
  NamespaceName name_space = {};  ///< empty: that of the child
  WorkflowId workflow_id;
  RunId run_id;
  std::uint64_t initiated_event_id = 0;  ///< the event of the parent's history that asked for it
  /// The first in the line of parents. Both empty: the parent is.
  WorkflowId root_workflow_id = {};
  RunId root_run_id = {};

  friend bool operator==(const ParentLink&, const ParentLink&) = default;
};

namespace event {

/// A run began. The first event of every history. Empty run ids stand for the run itself.
struct RunStarted {
  static constexpr EventType kType = EventType::kRunStarted;

  WorkflowId workflow_id = {};
  RequestId request_id = {};  ///< empty: the text of the run id
  std::string workflow_type = {};
  std::string task_queue = {};
  Payloads input = {};
  PayloadMap memo = {};
  SearchAttributes search_attributes = {};
  PayloadMap header = {};
  std::string identity = {};
  Duration execution_timeout = {};  ///< of the chain; zero: none
  Duration run_timeout = {};        ///< zero: none
  Duration workflow_task_timeout = {};
  std::optional<RetryPolicy> retry_policy = {};
  std::string cron_schedule = {};
  RunId previous_run_id = {};  ///< the run that was current before; empty: there was none
  /// The clock of the request, where it was behind the time of the event: durations count from it.
  std::optional<Timestamp> clock_at_start = {};
  RunId first_execution_run_id = {};
  RunId continued_execution_run_id = {};  ///< the run of the chain before it; empty: none
  RunId lineage_run_id = {};              ///< empty: the first run of the chain
  Initiator initiator = Initiator::kUnspecified;
  std::uint32_t attempt = 1;
  Duration backoff = {};  ///< from the start until the run may do something
  /// Of a run that follows another, or has a schedule; else `execution_timeout` tells.
  std::optional<Timestamp> execution_deadline = {};
  std::optional<Failure> continued_failure = {};  ///< of the run before it
  Payloads last_completion_result = {};
  std::optional<ParentLink> parent = {};  ///< of the chain; none: no run started it as its child
  std::vector<ChainRequestId> chain_request_ids = {};

  friend bool operator==(const RunStarted&, const RunStarted&) = default;
};

struct RunCompleted {
  static constexpr EventType kType = EventType::kRunCompleted;

  Payloads result = {};
  std::string identity = {};
  RunId new_execution_run_id = {};  ///< the next run of the schedule; empty: none

  friend bool operator==(const RunCompleted&, const RunCompleted&) = default;
};

struct RunFailed {
  static constexpr EventType kType = EventType::kRunFailed;

  std::optional<Failure> failure = {};
  std::string identity = {};
  RunId new_execution_run_id = {};  ///< the retry, or the next run of the schedule; empty: none
  RetryState retry_state = RetryState::kRetryPolicyNotSet;

  friend bool operator==(const RunFailed&, const RunFailed&) = default;
};

struct RunTimedOut {
  static constexpr EventType kType = EventType::kRunTimedOut;

  RunId new_execution_run_id = {};  ///< as in RunFailed
  RetryState retry_state = RetryState::kRetryPolicyNotSet;

  friend bool operator==(const RunTimedOut&, const RunTimedOut&) = default;
};

struct RunCanceled {
  static constexpr EventType kType = EventType::kRunCanceled;

  Payloads details = {};
  std::string identity = {};

  friend bool operator==(const RunCanceled&, const RunCanceled&) = default;
};

struct RunTerminated {
  static constexpr EventType kType = EventType::kRunTerminated;

  Payloads details = {};
  std::string reason = {};
  std::string identity = {};

  friend bool operator==(const RunTerminated&, const RunTerminated&) = default;
};

struct RunContinuedAsNew {
  static constexpr EventType kType = EventType::kRunContinuedAsNew;

  std::string identity = {};
  RunId new_execution_run_id = {};

  friend bool operator==(const RunContinuedAsNew&, const RunContinuedAsNew&) = default;
};

struct RunCancelRequested {
  static constexpr EventType kType = EventType::kRunCancelRequested;

  std::string reason = {};
  std::string identity = {};

  friend bool operator==(const RunCancelRequested&, const RunCancelRequested&) = default;
};

/// The run answers for one more request id.
struct RunOptionsUpdated {
  static constexpr EventType kType = EventType::kRunOptionsUpdated;

  RequestId attached_request_id = {};

  friend bool operator==(const RunOptionsUpdated&, const RunOptionsUpdated&) = default;
};

struct RunPaused {
  static constexpr EventType kType = EventType::kRunPaused;

  std::string reason = {};
  std::string identity = {};
  RequestId request_id = {};

  friend bool operator==(const RunPaused&, const RunPaused&) = default;
};

struct RunUnpaused {
  static constexpr EventType kType = EventType::kRunUnpaused;

  std::string reason = {};
  std::string identity = {};
  RequestId request_id = {};

  friend bool operator==(const RunUnpaused&, const RunUnpaused&) = default;
};

}  // namespace event
}  // namespace onerun
