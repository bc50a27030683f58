// Reads runs from the store. What it sees is durable, so no actor and no queue is in the way, and
// whoever was answered finds its own change.
#pragma once

#include <optional>
#include <vector>

#include "core/records.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/run.hpp"
#include "onerun/status.hpp"
#include "store/store.hpp"
#include "store/stored.hpp"

namespace onerun::actors {

/// Threads: any. What reads a run returns aborted if its workflow id changes faster than it can be
/// read.
class RunReader {
 public:
  explicit RunReader(const store::Store& store) : store_(store) {}

  /// A workflow id as its head tells it; empty if it has none. Its run may have expired.
  Result<core::WorkflowState> state(core::NamespaceNumber name_space,
                                    const WorkflowId& workflow_id) const;

  /// A run of a workflow id, or a start of it that waits; `nullopt` if it has no such run. It may
  /// have expired.
  Result<std::optional<core::RunRecord>> run(core::NamespaceNumber name_space,
                                             const WorkflowId& workflow_id,
                                             const RunId& run_id) const;

  /// The same, with the request ids of all its signals.
  Result<std::optional<core::RunRecord>> run_with_signals(core::NamespaceNumber name_space,
                                                          const WorkflowId& workflow_id,
                                                          const RunId& run_id) const;

  /// A run as its whole history tells it; as `run`.
  struct RunHistory {
    core::RunHead head;
    std::string history;  ///< as `core::decode_run` reads it
  };
  Result<std::optional<RunHistory>> run_history(core::NamespaceNumber name_space,
                                                const WorkflowId& workflow_id,
                                                const RunId& run_id) const;

  /// Whether any workflow id of the namespace has a run of that id.
  Result<bool> exists(core::NamespaceNumber name_space, const RunId& run_id) const;

  /// The retained runs of a workflow id, newest first, at most `limit`, from the one before
  /// `before` on. Errors: not_found if that is not there; data_loss.
  Result<std::vector<RunInfo>> runs(core::NamespaceNumber name_space, const Retention& retention,
                                    const RunRef& before, Timestamp now, std::size_t limit) const;

  /// The retained runs of a chain, oldest first, at most `limit` to each side of the run.
  /// Errors: as `describe`.
  Result<std::vector<RunInfo>> chain(core::NamespaceNumber name_space, const Retention& retention,
                                     const RunRef& ref, Timestamp now, std::size_t limit) const;

  /// A part of the history of a run. Errors: as `describe`.
  Result<HistoryPage> history(core::NamespaceNumber name_space, const Retention& retention,
                              const RunRef& ref, Timestamp now, std::uint64_t first_event_id,
                              std::size_t limit) const;

  /// The description of a run, as of one instant between call and return.
  /// Errors: not_found with Missing, also if the run has expired; data_loss.
  Result<RunDescription> describe(core::NamespaceNumber name_space, const Retention& retention,
                                  const RunRef& ref, Timestamp now) const;

 private:
  struct Found {
    store::StoredRun stored;
    bool is_current;
    std::uint64_t queue_position = 0;  ///< of a start that waits
    std::uint64_t queued_starts = 0;   ///< of the current run
  };
  Result<std::optional<store::StoredRun>> stored_run(core::NamespaceNumber name_space,
                                                     const WorkflowId& workflow_id,
                                                     const RunId& run_id) const;
  Result<Found> find_retained(core::NamespaceNumber name_space, const Retention& retention,
                              const RunRef& ref, Timestamp now) const;
  Result<std::optional<Found>> find(core::NamespaceNumber name_space, const RunRef& ref) const;
  static std::optional<Found> take_as_of(const core::WorkflowState& id, store::StoredRun& stored);

  const store::Store& store_;
};

}  // namespace onerun::actors
