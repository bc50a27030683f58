// The deciders: pure functions from the state of a workflow id, a command and facts to an answer,
// the events that make it true, and its effects. Nothing here reads a clock, draws a number or
// touches a store.
#pragma once

#include <set>
#include <variant>
#include <vector>

#include "core/command.hpp"
#include "core/decide/effects.hpp"
#include "core/decide/facts.hpp"
#include "core/event.hpp"
#include "core/records.hpp"
#include "core/time_zone.hpp"
#include "core/workflow_state.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/start.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// What a command gets: a start's own answer, or the run that it was about.
using Answer = std::variant<StartResult, RunInfo>;

/// An answer, the events that must be durable before it may be given, and what is carried out once
/// they are. A refusal has no events, and without events there are no effects.
struct Decision {
  Result<Answer> answer;
  std::vector<IdEvent> events = {};
  std::vector<Effect> effects = {};
};

/// Source: specification sections 1.1 to 1.4 and 2; design section 8 for expected_run_id,
/// caller-supplied run ids and error_when_already_started.
/// Order: request-id dedup, expected_run_id, policies, interval, run id in use.
Decision decide_start(const WorkflowState& state, const StartCommand& command, const Facts& facts);

/// Complete, fail, report_canceled, terminate. Source: specification sections 3.7 and 4.2.
Decision decide_close(const WorkflowState& state, const CloseCommand& command, const Facts& facts);

/// Source: specification sections 3.7 and 4.2.
Decision decide_request_cancel(const WorkflowState& state, const RequestCancelCommand& command,
                               const Facts& facts);

/// Source: specification section 4.2, Delete.
Decision decide_remove(const WorkflowState& state, const RemoveCommand& command,
                       const Facts& facts);

/// Source: specification section 4.2, Pause / Unpause.
Decision decide_pause(const WorkflowState& state, const PauseCommand& command, const Facts& facts);

/// Source: specification section 3.6; design section 8, differences 1 and 2.
Decision decide_reset(const WorkflowState& state, const ResetCommand& command, const Facts& facts);

/// The run that the same reset has begun before, if it is not the current one; null if none has.
const RunId* run_of_reset(const WorkflowState& state, const ResetCommand& command, Timestamp now,
                          const Retention& retention);

/// Source: specification section 4.2, Signal.
Decision decide_signal(const WorkflowState& state, const SignalCommand& command,
                       const Facts& facts);

/// Continue-as-new. Source: specification section 3.2.
Decision decide_continue(const WorkflowState& state, const ContinueCommand& command,
                         const Facts& facts);

/// The end of a run timeout or of an execution timeout, or of a wait in the queue.
/// Source: specification section 5.
Decision decide_time_out(const WorkflowState& state, const TimeOutCommand& command,
                         const Facts& facts);

/// The decider of whichever command it is. It alone fills in Decision::effects.
Decision decide(const WorkflowState& state, const Command& command, const Facts& facts);

}  // namespace onerun::core
