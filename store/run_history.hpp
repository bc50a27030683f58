// Histories as they lie in a store: beside their run, and in batches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/history/run_record.hpp"
#include "onerun/history.hpp"
#include "store/store.hpp"
#include "store/stored.hpp"

namespace onerun::store {

// All return data_loss, with family and key, for what can't be read.

/// Adds to the record of a run, decoded from its value, what lies in batches: its head, if it is
/// open, and the parts that answers show. Returns false if batches or head are not there, or are
/// those of a run that has closed: the run has changed meanwhile.
Result<bool> complete(const Store& store, core::NamespaceNumber name_space, core::RunRecord& run);

/// Adds the request ids of the signals that lie in batches.
Status read_signal_requests(const Store& store, core::NamespaceNumber name_space,
                            core::RunRecord& run);

/// Events of a run from `first_event_id` on, at most `limit`. Costs what is read, wherever in the
/// history it lies. `nullopt`: the run was removed meanwhile.
Result<std::optional<HistoryPage>> read_history(const Store& store,
                                                core::NamespaceNumber name_space,
                                                const StoredRun& stored,
                                                std::uint64_t first_event_id, std::size_t limit);

/// The whole history as bytes: events, and the notes behind them. `nullopt`: the run was removed
/// meanwhile.
Result<std::optional<std::string>> whole_history(const Store& store,
                                                 core::NamespaceNumber name_space,
                                                 const StoredRun& stored);

}  // namespace onerun::store
