// Which decider answers which command.
#include "core/decide.hpp"

#include "core/begin_run.hpp"
#include "core/fault.hpp"

namespace onerun::core {
namespace {

struct Decider {
  const WorkflowState& state;
  const Facts& facts;

  Decision operator()(const StartCommand& c) const { return decide_start(state, c, facts); }
  Decision operator()(const CloseCommand& c) const { return decide_close(state, c, facts); }
  Decision operator()(const RequestCancelCommand& c) const {
    return decide_request_cancel(state, c, facts);
  }
  Decision operator()(const RemoveCommand& c) const { return decide_remove(state, c, facts); }
  Decision operator()(const ContinueCommand& c) const { return decide_continue(state, c, facts); }
  Decision operator()(const SignalCommand& c) const { return decide_signal(state, c, facts); }
  Decision operator()(const TimeOutCommand& c) const { return decide_time_out(state, c, facts); }
  Decision operator()(const PauseCommand& c) const { return decide_pause(state, c, facts); }
  Decision operator()(const ResetCommand& c) const { return decide_reset(state, c, facts); }
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

Decision decide(const WorkflowState& state, const Command& command, const Facts& facts) {
  Decision decision = std::visit(Decider{state, facts}, command);
  advance_queue(state, facts, decision);
  if (ONERUN_FAULT(kLoseSuccessor)) std::erase_if(decision.events, continues_chain);
  note_cancel(decision);
  decision.effects = effects_of(state, decision.events);
  return decision;
}

}  // namespace onerun::core
