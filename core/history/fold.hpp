// The one fold: how an event changes the state of its run. The live run, recovery, reset, the audit
// and the page reader all come to a state in this way and in no other.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/history/event.hpp"
#include "core/history/run_record.hpp"
#include "core/workflow_state.hpp"

namespace onerun::core {

/// Says why the event can't come next in the history of the run; empty if it can.
std::string_view misfit(const RunHead& run, const Event& event);

/// Folds the next event into the state of its run. `event_bytes`: its size in the history. Requires
/// `misfit(run, event).empty()`. Only `run.run_id` is set before the first event.
void fold(RunHead& run, const Event& event, std::size_t event_bytes);

/// The same for the whole record of a run. What a reset makes of the run timeout is in the record
/// alone: the live workflow id takes over the head of a folded record (RunReset).
void fold(RunRecord& run, Event event, std::size_t event_bytes);

/// Sets what answers show of an event that the head of the run counts already. For kinds that
/// change nothing but the head it does nothing.
void fold_details(RunRecord& run, Event event);

/// The status of a run that the event closes; kUnspecified if it closes none.
RunStatus closed_by(const Event& event);

/// The event that ends a run with that closed status. Members of `close` that the kind does not
/// have are left out. For an open status: an event that `misfit` refuses.
EventAttributes close_event(RunStatus status, CloseInfo close, RunId new_execution_run_id);

}  // namespace onerun::core
