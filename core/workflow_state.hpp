// What decisions about a workflow id rest on.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "onerun/event/execution.hpp"
#include "onerun/ids.hpp"
#include "onerun/policy.hpp"
#include "onerun/run.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// Number of a namespace on the store. Never used twice.
using NamespaceNumber = std::uint32_t;

/// A request id that was attached to a run after its start.
struct AttachedRequestId {
  RequestId request_id;
  std::uint64_t event_id;  ///< the event that attached it

  friend bool operator==(const AttachedRequestId&, const AttachedRequestId&) = default;
};

/// Leaves out the oldest that began no chain, and then the oldest but one of those that did, until
/// there are not more than limits::kChainRequestIds.
void keep_latest(std::vector<ChainRequestId>& ids);

/// A run without its payloads: what decisions need, and what the head family keeps of the current
/// run. Empty ids stand for the usual case, so that they cost no bytes.
struct RunHead {
  RunId run_id = {};
  RunStatus status = RunStatus::kUnspecified;
  Timestamp start_time{};
  Timestamp close_time{};                ///< once closed
  RunId first_execution_run_id = {};     ///< empty: the run itself
  RunId original_execution_run_id = {};  ///< empty: the run itself
  RequestId start_request_id = {};       ///< empty: the text of the run id
  std::vector<AttachedRequestId> attached = {};
  std::uint64_t cancel_event_id = 0;      ///< the last event that asked to cancel it, or 0
  RunId previous_run_id = {};             ///< the run that was current before this one, or empty
  RunId continued_execution_run_id = {};  ///< the run of the chain before it, or empty
  RunId new_execution_run_id = {};        ///< the run of the chain after it, once closed, or empty
  Initiator initiator = Initiator::kUnspecified;
  std::uint32_t attempt = 1;
  /// The clock of the request that began it, where that was behind `start_time`: the start of a run
  /// is never before the end of the run before it, and durations count from the clock.
  std::optional<Timestamp> clock_at_start = {};
  Duration backoff{};  ///< from the start until it may do something
  std::optional<Timestamp> execution_deadline = {};
  std::optional<Timestamp> run_deadline = {};  ///< not after the execution deadline
  bool has_retry_policy = false;               ///< it is in the run's history
  bool has_cron_schedule = false;              ///< so is this
  std::vector<ChainRequestId> chain_request_ids = {};
  std::uint64_t signals = 0;
  RunId lineage_run_id = {};         ///< empty: the first run of the chain
  RequestId pause_request_id = {};   ///< of the request that paused it, while it is paused
  std::uint64_t pause_event_id = 0;  ///< the event that paused it, while it is paused; else 0
  std::uint64_t begun_at_event = 1;  ///< the event that brought its request id
  std::uint64_t history_length = 0;
  std::uint64_t history_size_bytes = 0;

  friend bool operator==(const RunHead&, const RunHead&) = default;

  bool cancel_requested() const { return cancel_event_id > 0; }
  const RunId& first_run() const {
    return first_execution_run_id.empty() ? run_id : first_execution_run_id;
  }
  /// The instant that the durations of the run count from.
  Timestamp counted_from() const { return clock_at_start.value_or(start_time); }
  Timestamp execution_time() const { return counted_from() + backoff; }
  const RunId& lineage_run() const { return lineage_run_id.empty() ? first_run() : lineage_run_id; }
  /// True if a start or a reset began it, and with it a chain.
  bool begins_chain() const { return first_execution_run_id.empty(); }
  /// True if the run belongs to what that run began; the first run of a chain after a reset, and
  /// the very first one, both stand for it. Source: design section 8, difference 2.
  bool belongs_to(const RunId& first) const {
    return first == first_run() || first == lineage_run();
  }
  const RunId& original_run() const {
    return original_execution_run_id.empty() ? run_id : original_execution_run_id;
  }
  RequestId start_request() const {
    return start_request_id.empty() ? RequestId(run_id.text()) : start_request_id;
  }
};

RunInfo info_of(const RunHead& run);

/// A start that waits for the end of the open run.
struct QueuedStart {
  RunId run_id = {};                       ///< of the run that it will begin
  RequestId request_id = {};               ///< empty: the text of the run id
  bool cancels = false;                    ///< the run before it has been asked to cancel
  std::optional<Timestamp> deadline = {};  ///< it is dropped then

  friend bool operator==(const QueuedStart&, const QueuedStart&) = default;

  RequestId request() const { return request_id.empty() ? RequestId(run_id.text()) : request_id; }
};

/// The run that was current before one that is gone, while older runs may be retained.
struct LastRun {
  RunId run_id = {};
  Timestamp gone_close_time = {};  ///< when the one that is gone had closed

  friend bool operator==(const LastRun&, const LastRun&) = default;
};

/// When a start would find the rate of a workflow id used by nothing. It is exact: what comes back
/// at `starts` in a period does so every period / starts, which need not be whole milliseconds.
struct RateFreeAt {
  Timestamp time = {};
  std::uint32_t part = 0;  ///< of a millisecond later: so many of the `starts` parts of one

  friend bool operator==(const RateFreeAt&, const RateFreeAt&) = default;
};

/// A workflow id: its current run, if it has one. The run may be closed, and may have expired. The
/// head family keeps it.
struct WorkflowState {
  std::optional<RunHead> current = {};
  std::optional<LastRun> last = {};     ///< only without a current run
  std::vector<QueuedStart> queue = {};  ///< only with an open run; in the order of their turns
  std::optional<RateFreeAt> rate_free_at = {};  ///< none: no rate applied
  /// Request ids of the signals of the current run, once somebody has asked for them: a head would
  /// become too long with them.
  std::optional<std::set<RequestId>> signal_request_ids = {};

  friend bool operator==(const WorkflowState&, const WorkflowState&) = default;

  /// The run that was current before a run that begins now; empty if there is none.
  RunId previous_run_id() const {
    if (current) return current->run_id;
    return last ? last->run_id : RunId();
  }
};

/// The place of a queued start, from 0; nothing if it is not queued.
std::optional<std::size_t> find_queued(const WorkflowState& state, const RunId& run_id);

}  // namespace onerun::core
