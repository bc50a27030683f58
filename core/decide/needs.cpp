#include "core/decide/needs.hpp"

#include <variant>

#include "core/begin_run.hpp"
#include "core/decide.hpp"

namespace onerun::core {
namespace {

/// True if the command addresses the current run by its chain, whatever run id it has.
bool names_chain(const Command& command) {
  if (const auto* close = std::get_if<CloseCommand>(&command)) {
    return !close->first_execution_run_id.empty();
  }
  const auto* cancel = std::get_if<RequestCancelCommand>(&command);
  return cancel != nullptr && !cancel->options.first_execution_run_id.empty();
}

/// The request id of the signal that the command brings; empty if it brings none.
RequestId signal_request_of(const Command& command) {
  if (const auto* signal = std::get_if<SignalCommand>(&command)) return signal->signal.request_id;
  const auto* start = std::get_if<StartCommand>(&command);
  if (start == nullptr || !start->signal) return {};
  return start->signal->request_id.empty() ? start->request_id : start->signal->request_id;
}

/// The run that the command addresses; empty: the current one.
RunId addressed_run(const WorkflowState& state, const Command& command,
                    const NeedsContext& context) {
  const RunRef* ref = run_of(command);
  if (ref == nullptr || names_chain(command)) return {};
  RunId run_id = ref->run_id;
  if (const auto* reset = std::get_if<ResetCommand>(&command)) {
    const RunId* begun = run_of_reset(state, *reset, context.now, context.retention);
    if (begun != nullptr) run_id = *begun;
  }
  const bool is_current = state.current && state.current->run_id == run_id;
  return is_current ? RunId() : run_id;
}

bool is_closed_and_stored(const WorkflowState& state, const NeedsContext& context) {
  return state.current && is_closed(state.current->status) && context.current_is_stored;
}

/// The run of which the request ids of signals must be known. Those of the current run are in
/// memory once they were asked for; a closed run may be gone, and its request ids with it.
RunId signals_needed(const WorkflowState& state, const Command& command, const RunId& other,
                     const NeedsContext& context) {
  if (signal_request_of(command).empty()) return {};
  if (!other.empty()) return other;
  if (!state.current) return {};
  const bool are_known = state.signal_request_ids && !is_closed_and_stored(state, context);
  return are_known ? RunId() : state.current->run_id;
}

}  // namespace

Needs needs(const WorkflowState& state, const Command& command, const NeedsContext& context) {
  Needs out;
  out.other_run = addressed_run(state, command, context);
  const RunId current = state.current ? state.current->run_id : RunId();
  const bool is_about_current = run_of(command) != nullptr && out.other_run.empty();
  if (is_about_current && is_closed_and_stored(state, context)) out.current_exists = current;
  if (may_continue_chain(state, command)) out.current_run = current;
  if (may_end_turn(state, command)) {
    const QueuedStart* next = next_in_queue(state, context.now);
    if (next != nullptr) out.queued_start = next->run_id;
  }
  if (std::holds_alternative<ResetCommand>(command)) {
    out.reset_base = out.other_run.empty() ? current : out.other_run;
    if (out.reset_base != current) out.reset_current = current;
  }
  out.signals_of = signals_needed(state, command, out.other_run, context);
  if (const auto* start = std::get_if<StartCommand>(&command)) out.brought_run_id = start->run_id;
  return out;
}

bool may_continue_chain(const WorkflowState& state, const Command& command) {
  if (!state.current || !is_open(state.current->status)) return false;
  if (std::holds_alternative<ContinueCommand>(command)) return true;
  const bool retries = state.current->has_retry_policy;
  const bool has_cron = state.current->has_cron_schedule;
  if (std::holds_alternative<TimeOutCommand>(command)) return retries || has_cron;
  const auto* close = std::get_if<CloseCommand>(&command);
  if (close == nullptr) return false;
  if (close->status == RunStatus::kFailed) return retries || has_cron;
  return close->status == RunStatus::kCompleted && has_cron;
}

bool may_end_turn(const WorkflowState& state, const Command& command) {
  return !state.queue.empty() && (std::holds_alternative<CloseCommand>(command) ||
                                  std::holds_alternative<TimeOutCommand>(command) ||
                                  std::holds_alternative<RemoveCommand>(command));
}

bool may_begin_run(const WorkflowState& state, const Command& command, const Known& known) {
  return std::holds_alternative<StartCommand>(command) || known.reset.has_value() ||
         may_continue_chain(state, command);
}

}  // namespace onerun::core
