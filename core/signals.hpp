// Whether a run takes a signal: what `signal` and a start with a signal have in common.
#pragma once

#include "core/decide.hpp"

namespace onerun::core {

/// True if the run that a command addresses has had a signal with that request id. Requires that
/// the facts have the request ids, or the state those of the current run.
bool has_signal(const RequestId& request_id, const WorkflowState& state, const Facts& facts);

/// ok, or resource_exhausted: the history of the run is as long as it may be with so many bytes
/// more.
Status room_in_history(const RunHead& run, std::uint64_t bytes);

/// ok, or resource_exhausted: the run has as many signals, or as long a history, as it may have. It
/// stays open. Source: specification section 7.
Status room_for(const Signal& signal, const RunHead& run);

/// The event that adds the signal to a history under that request id.
event::RunSignaled signaled(const Signal& signal, const RequestId& request_id);

}  // namespace onerun::core
