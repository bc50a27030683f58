// Which decider answers which command.
#include "core/decide.hpp"

#include "core/begin_run.hpp"
#include "core/fault.hpp"

namespace onerun::core {
namespace {

struct Decider {
  const WorkflowState& state;
  const Context& context;

  Decision operator()(const StartCommand& c) const { return decide_start(state, c, context); }
  Decision operator()(const CloseCommand& c) const { return decide_close(state, c, context); }
  Decision operator()(const RequestCancelCommand& c) const {
    return decide_request_cancel(state, c, context);
  }
  Decision operator()(const RemoveCommand& c) const { return decide_remove(state, c, context); }
  Decision operator()(const ContinueCommand& c) const { return decide_continue(state, c, context); }
  Decision operator()(const SignalCommand& c) const { return decide_signal(state, c, context); }
  Decision operator()(const TimeOutCommand& c) const { return decide_time_out(state, c, context); }
  Decision operator()(const PauseCommand& c) const { return decide_pause(state, c, context); }
  Decision operator()(const ResetCommand& c) const { return decide_reset(state, c, context); }
};

/// The answer may be about a run that is asked to cancel as it begins.
void note_cancel(Decision& decision) {
  if (decision.events.empty() || !decision.answer.ok()) return;
  const IdEvent& last = decision.events.back();
  auto* info = std::get_if<RunInfo>(&*decision.answer);
  const bool cancels = event_of<event::RunCancelRequested>(last) != nullptr;
  if (cancels && info != nullptr && info->run_id == *run_of(last)) info->cancel_requested = true;
}

/// True for the beginning of a run that follows one of its chain.
[[maybe_unused]] bool continues_chain(const IdEvent& event) {
  const auto* started = event_of<event::RunStarted>(event);
  return started != nullptr && started->initiator != Initiator::kUnspecified;
}

}  // namespace

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

Decision decide(const WorkflowState& state, const Command& command, const Context& context) {
  Decision decision = std::visit(Decider{state, context}, command);
  advance_queue(state, context, decision);
  if (ONERUN_FAULT(kLoseSuccessor)) std::erase_if(decision.events, continues_chain);
  note_cancel(decision);
  return decision;
}

}  // namespace onerun::core
