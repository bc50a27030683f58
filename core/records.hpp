// The values of the store: how heads, histories and namespaces are written and read.
// docs/format.md is the contract, with worked examples.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/event.hpp"
#include "core/workflow_state.hpp"
#include "onerun/errors.hpp"
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

  friend bool operator==(const NamespaceRecord&, const NamespaceRecord&) = default;
};

/// How many runs a namespace has on the store.
struct RunCounts {
  std::uint64_t open = 0;
  std::uint64_t closed = 0;

  friend bool operator==(const RunCounts&, const RunCounts&) = default;
};

/// A run as its history tells it.
struct RunRecord {
  WorkflowId workflow_id;
  RunHead head;
  std::string workflow_type;
  Payload input;
  TextMap memo;
  TextMap tags;
  std::string identity;
  std::string cancel_reason;
  CloseInfo close;  ///< once closed
};

std::string encode_head(const RunHead& head);
std::string encode_namespace(const NamespaceRecord& record);
std::string encode_counts(const RunCounts& counts);

/// An event as it stands in a history: its length, then its fields. Not for RunRemoved, which is
/// in no history. The first event of a run carries the workflow id.
std::string encode_event(const WorkflowId& workflow_id, const Event& event);

// The readers return data_loss with a Corruption that names the reason; the caller, who knows where
// the bytes came from, adds family and key with `locate`.

Result<RunHead> decode_head(std::string_view bytes);
Result<NamespaceRecord> decode_namespace(std::string_view bytes);
Result<RunCounts> decode_counts(std::string_view bytes);

/// Folds a history into a run. The run id is in the key, not in the history.
Result<RunRecord> decode_run(const RunId& run_id, std::string_view history);

/// data_loss: a record that can't be right.
Status corrupt(std::string_view reason);

/// The same error with the place where the bytes came from.
Status locate(const Status& error, std::string_view family, std::string_view key);

}  // namespace onerun::core
