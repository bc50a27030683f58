// Which run a command means, and what to say when there is none.
// Source: specification sections 3.7 and 4.1.
#pragma once

#include "core/decide.hpp"

namespace onerun::core {

/// The run that `ref` means: the current one for an empty run id. Null if the workflow id has no
/// such run, its retention has ended, or it has not begun.
const RunHead* find_run(const WorkflowState& state, const RunRef& ref, const Facts& facts);

/// The run that a command is about. `chain`: if it is not empty, the command addresses the current
/// run by the chain that it belongs to, whatever run id the command has. Errors, in this order:
/// failed_precondition, another run is current than the command expects; not_found, the workflow id
/// has no such run.
Result<const RunHead*> existing_run(const WorkflowState& state, const RunRef& ref,
                                    const RunId& chain, const Facts& facts);

/// The same run, if it is open. Errors: those of `existing_run`; not_found, it is closed already;
/// not_found, it does not belong to `chain`.
Result<const RunHead*> open_run(const WorkflowState& state, const RunRef& ref, const RunId& chain,
                                const Facts& facts);

/// not_found: the workflow id has no run, or not that one.
Status no_such_run(const RunRef& ref);

/// not_found: the run is closed already.
Status already_closed(const WorkflowId& workflow_id, const RunHead& run);

/// ok, or failed_precondition: another event than the expected one is the last of the run's
/// history. Expects none if that is 0. Source: specification section 4.1.
Status check_last_event(const WorkflowId& workflow_id, const RunHead& run, std::uint64_t expected);

/// failed_precondition: the run is paused.
Status is_paused(const WorkflowId& workflow_id, const RunHead& run);

/// not_found: the current run belongs to another chain than the one that was named.
Status other_chain(const WorkflowId& workflow_id, const RunId& first_execution_run_id);

/// The current run, unless it counts as absent by now.
const RunHead* current_run(const WorkflowState& state, const Retention& retention, Timestamp now);
inline const RunHead* current_run(const WorkflowState& state, const Facts& facts) {
  return current_run(state, facts.config.retention, facts.now);
}

/// ok, or failed_precondition: another run than the expected one is current.
Status check_current(const WorkflowId& workflow_id, const RunId& expected, const RunHead* current);

/// The same for a command about a run. ok if it expects none.
Status check_current(const WorkflowState& state, const RunRef& ref, const Facts& facts);

/// A decision that changes nothing.
inline Decision refuse(Status status) { return Decision{std::move(status)}; }
inline Decision answer_only(Answer answer) { return Decision{std::move(answer)}; }

}  // namespace onerun::core
