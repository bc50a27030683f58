// Records read from a store and decoded: one function for each kind. What can't be read is
// data_loss that names family and key.
#pragma once

#include <optional>
#include <string>

#include "core/keys.hpp"
#include "core/records.hpp"
#include "store/store.hpp"

namespace onerun::store {

/// A run, and its value in the store: its history, or what of it lies beside the run.
struct StoredRun {
  core::RunRecord run;
  std::string value;
};

/// The run of that id, of whichever workflow id, or a start that waits; empty if there is none. The
/// request ids of signals that lie in batches are left out; `read_signal_requests` adds them.
Result<std::optional<StoredRun>> read_run(const Store& store, core::NamespaceNumber name_space,
                                          const RunId& run_id);

/// A workflow id as its head tells it; an empty one if it has none.
Result<core::WorkflowState> read_state(const Store& store, core::NamespaceNumber name_space,
                                       const WorkflowId& workflow_id);

/// What a run has left; empty if it has left nothing.
Result<std::optional<core::Link>> read_link(const Store& store, core::NamespaceNumber name_space,
                                            const core::keys::Link& link);

}  // namespace onerun::store
