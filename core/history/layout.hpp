// Where the events of a history lie in the store: beside their run, in its value in the family run;
// from some length on in batches, in the family event. Source: docs/format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/history/event.hpp"
#include "core/workflow_state.hpp"
#include "core/write_set.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// An event lies beside its run if it is the first of its history, or if the history is not longer
/// with it. docs/design/history.md says why this many bytes.
inline constexpr std::uint64_t kBesideRunBytes = 4096;

/// True if an event of that many bytes, which comes next in the history of the run, lies beside it.
bool lies_beside_run(const RunHead& run, std::size_t event_bytes);

/// False if all events of the run lie beside it.
bool may_have_batches(const RunHead& run);

/// Writes an event that is not the first of its history. `run`: before the event; `bytes`: the
/// event, encoded.
void add_event(WriteSet& writes, NamespaceNumber name_space, const RunHead& run, const Event& event,
               std::string_view bytes);

/// Writes a whole history: events, and notes behind them. `history` has no BatchesNote.
/// data_loss, with a Corruption, if it can't be read; then the writes must be dropped.
Status put_history(WriteSet& writes, NamespaceNumber name_space, const RunId& run_id,
                   std::string_view history);

/// Erases a history. `may_have_batches`: as that function says of the run.
void erase_history(WriteSet& writes, NamespaceNumber name_space, const RunId& run_id,
                   bool may_have_batches);

}  // namespace onerun::core
