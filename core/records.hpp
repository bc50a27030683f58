// The values of the store: how heads, histories and namespaces are written and read.
// docs/format.md is the contract, with worked examples.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.hpp"
#include "core/workflow_state.hpp"
#include "onerun/errors.hpp"
#include "onerun/history.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/run.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// A namespace as the store keeps it.
struct NamespaceRecord {
  NamespaceName name;
  Uuid id{};
  NamespaceState state = NamespaceState::kRegistered;
  std::uint64_t config_version = 1;
  NamespaceConfig config = {};
  /// What closed before that may be gone by an earlier retention, whatever the present one says.
  std::optional<Timestamp> kept_since = {};

  friend bool operator==(const NamespaceRecord&, const NamespaceRecord&) = default;
};

/// What is left of a run that was removed while older runs of its workflow id may be retained.
struct Link {
  RunId previous_run_id;
  RunStatus status;
  Timestamp close_time;

  friend bool operator==(const Link&, const Link&) = default;
};

/// How many runs a namespace has on the store.
struct RunCounts {
  std::uint64_t open = 0;
  std::uint64_t closed = 0;

  friend bool operator==(const RunCounts&, const RunCounts&) = default;
};

/// A run as its history tells it.
struct RunRecord {
  StartRequest started;  ///< as far as it is kept: nothing of how it was decided
  RunHead head;
  std::optional<Failure> continued_failure;
  Payload last_completion_result;
  std::string cancel_reason;
  std::vector<RequestId> signal_request_ids;     ///< of the signals that have one, in order
  std::optional<PauseInfo> pause;                ///< while it is paused
  std::uint64_t begun_at_event = 1;              ///< the event that brought its request id
  RunId base_run_id;                             ///< the run that a reset copied to make it
  std::optional<Timestamp> original_start_time;  ///< of that run, when it first began
  RunId reset_run_id;                            ///< the last run that a reset of this one began
  std::optional<Timestamp> queue_deadline;       ///< of a queued start
  CloseInfo close;                               ///< once closed
};

/// Requires a state that is worth a head: with a current run, or with a last one.
std::string encode_head(const WorkflowState& state);
std::string encode_namespace(const NamespaceRecord& record);
std::string encode_counts(const RunCounts& counts);
std::string encode_link(const Link& link);

/// An event as it stands in a history: its length, then its fields. Not for RunRemoved, which is
/// in no history. The first event of a run carries the workflow id.
std::string encode_event(const WorkflowId& workflow_id, const Event& event);

/// The event that a reset adds to what it has copied.
std::string encode_reset_point(const ResetPoint& point);

// The readers return data_loss with a Corruption that names the reason; the caller, who knows where
// the bytes came from, adds family and key with `locate`.

Result<WorkflowState> decode_head(std::string_view bytes);
Result<NamespaceRecord> decode_namespace(std::string_view bytes);
Result<RunCounts> decode_counts(std::string_view bytes);
Result<Link> decode_link(std::string_view bytes);

/// Folds a history into a run. The run id is in the key, not in the history.
Result<RunRecord> decode_run(const RunId& run_id, std::string_view history);

/// A part of a history: from that event on, at most so many.
Result<HistoryPage> read_history(const RunId& run_id, std::string_view history,
                                 std::uint64_t first_event_id, std::size_t limit);

/// data_loss: a record that can't be right.
Status corrupt(std::string_view reason);

/// The same error with the place where the bytes came from.
Status locate(const Status& error, std::string_view family, std::string_view key);

}  // namespace onerun::core
