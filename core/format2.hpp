// What formats 1 and 2 of the store had otherwise than today's. Only an upgrade reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/keys.hpp"
#include "core/workflow_state.hpp"
#include "onerun/status.hpp"

namespace onerun::core::format2 {

/// Keys of meta that have another name today.
inline constexpr std::string_view kEpoch = "epoch";
inline constexpr std::string_view kCommit = "commit";

/// Reads the number of a namespace out of the key of its counts. `nullopt` if it is none.
std::optional<NamespaceNumber> namespace_from_counts_key(std::string_view key);

/// The key of a run.
std::string run_key(NamespaceNumber name_space, const RunId& run_id);

/// Reads a key of the timer family, behind its namespace. `nullopt` if it is none.
std::optional<keys::Timer> timer_from(std::string_view rest);

/// Today's key for one of the families head, run and due.
std::string in_partition(std::string_view key);

/// Reads a head. The event ids of a cancel request, of a pause, and of what began the run are not
/// known: 1, 0 and 1 stand for them. data_loss, with a Corruption that names the reason.
Result<WorkflowState> decode_head(std::string_view bytes);

/// A history as it is written today. Payloads had a content type in place of metadata: JSON becomes
/// `json/plain`, all else `binary/plain`, with the content type beside it. Texts of a memo become
/// JSON, tags become keywords. data_loss, with a Corruption that names the reason.
Result<std::string> upgrade_history(std::string_view history);

}  // namespace onerun::core::format2
