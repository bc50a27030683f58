// The values of the store besides histories: how heads, links and namespaces are written and read.
// docs/format.md is the contract, with worked examples.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/history/run_record.hpp"
#include "core/workflow_state.hpp"
#include "onerun/errors.hpp"
#include "onerun/namespace_config.hpp"
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

/// Requires a state that is worth a head: with a current run, or with a last one.
std::string encode_head(const WorkflowState& state);
std::string encode_run_head(const RunHead& run);
std::string encode_namespace(const NamespaceRecord& record);
std::string encode_counts(const RunCounts& counts);
std::string encode_link(const Link& link);

// The readers return data_loss with a Corruption that names the reason; the caller, who knows where
// the bytes came from, adds family and key with `locate`.

Result<WorkflowState> decode_head(std::string_view bytes);
Result<RunHead> decode_run_head(std::string_view bytes);
Result<NamespaceRecord> decode_namespace(std::string_view bytes);
Result<RunCounts> decode_counts(std::string_view bytes);
Result<Link> decode_link(std::string_view bytes);

/// data_loss: a record that can't be right.
Status corrupt(std::string_view reason);

/// The same error with the place where the bytes came from.
Status locate(const Status& error, std::string_view family, std::string_view key);

}  // namespace onerun::core
