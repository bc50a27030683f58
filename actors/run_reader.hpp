// Reads runs from the store. What it sees is durable, so no actor and no queue is in the way, and
// whoever was answered finds its own change.
#pragma once

#include <optional>

#include "core/records.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/run.hpp"
#include "onerun/status.hpp"
#include "store/store.hpp"

namespace onerun::actors {

/// Threads: any.
class RunReader {
 public:
  explicit RunReader(const store::Store& store) : store_(store) {}

  /// The head of a workflow id; `nullopt` if it has none. It may have expired.
  Result<std::optional<core::RunHead>> head(core::NamespaceNumber name_space,
                                            const WorkflowId& workflow_id) const;

  /// A run of a workflow id; `nullopt` if it has no such run. It may have expired.
  Result<std::optional<core::RunRecord>> run(core::NamespaceNumber name_space,
                                             const WorkflowId& workflow_id,
                                             const RunId& run_id) const;

  /// Whether any workflow id of the namespace has a run of that id.
  Result<bool> exists(core::NamespaceNumber name_space, const RunId& run_id) const;

  /// The description of a run, as of one instant between call and return.
  /// Errors: not_found with Missing, also if the run has expired; data_loss.
  Result<RunDescription> describe(core::NamespaceNumber name_space, const Retention& retention,
                                  const RunRef& ref, Timestamp now) const;

 private:
  struct Found {
    core::RunRecord run;
    bool is_current;
  };
  Result<std::optional<Found>> find(core::NamespaceNumber name_space, const RunRef& ref) const;
  Result<std::optional<Found>> find_current(core::NamespaceNumber name_space,
                                            const WorkflowId& workflow_id) const;

  const store::Store& store_;
};

}  // namespace onerun::actors
