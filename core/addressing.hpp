// Which run a command means, and what to say when there is none.
// Source: specification sections 3.7 and 4.1.
#pragma once

#include "core/decide.hpp"

namespace onerun::core {

/// The run that `ref` means: the current one for an empty run id. Null if the workflow id has no
/// such run, or its retention has ended.
const RunHead* find_run(const WorkflowState& state, const RunRef& ref, const Context& context);

/// not_found: the workflow id has no run, or not that one.
Status no_such_run(const RunRef& ref);

/// not_found: the run is closed already.
Status already_closed(const WorkflowId& workflow_id, const RunHead& run);

/// not_found: the current run belongs to another chain than the one that was named.
Status other_chain(const WorkflowId& workflow_id, const RunId& first_execution_run_id);

/// A decision that changes nothing.
inline Decision refuse(Status status) { return Decision{std::move(status), {}}; }
inline Decision answer_only(Answer answer) { return Decision{std::move(answer), {}}; }

}  // namespace onerun::core
