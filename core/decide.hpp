// The deciders: pure functions from the state of a workflow id, a command and a context to an
// answer and the events that make it true. Nothing here reads a clock, draws a number or touches a
// store.
#pragma once

#include <variant>
#include <vector>

#include "core/command.hpp"
#include "core/event.hpp"
#include "core/workflow_state.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/start.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// What a decision may look at besides the state and the command.
struct Context {
  Timestamp now;
  const Retention& retention;  ///< of the namespace, as it is now

  /// For starts: the run id to use if the caller brought none.
  RunId fresh_run_id = {};
  /// For starts that bring a run id: it names a run of this namespace already.
  bool run_id_in_use = false;
  /// For commands that name another run than the current one: that run, if the workflow id has it.
  const RunHead* other_run = nullptr;
  /// For commands about the current run: it is closed, and its record is gone.
  bool current_is_reclaimed = false;
};

/// What a command gets: a start's own answer, or the run that it was about.
using Answer = std::variant<StartResult, RunInfo>;

/// An answer and what must be made durable before it may be given. A refusal has no events.
struct Decision {
  Result<Answer> answer;
  std::vector<Event> events;
};

/// Source: specification sections 1.1 to 1.4 and 2; design section 8 for expected_run_id,
/// caller-supplied run ids and error_when_already_started.
/// Order: request-id dedup, expected_run_id, policies, run id in use.
Decision decide_start(const WorkflowState& state, const StartCommand& command,
                      const Context& context);

/// Complete, fail, report_canceled, terminate. Source: specification sections 3.7 and 4.2.
Decision decide_close(const WorkflowState& state, const CloseCommand& command,
                      const Context& context);

/// Source: specification sections 3.7 and 4.2.
Decision decide_request_cancel(const WorkflowState& state, const RequestCancelCommand& command,
                               const Context& context);

/// Source: specification section 4.2, Delete.
Decision decide_remove(const WorkflowState& state, const RemoveCommand& command,
                       const Context& context);

/// The decider of whichever command it is.
Decision decide(const WorkflowState& state, const Command& command, const Context& context);

/// Folds an event into the state. `event_bytes` is the size of the event in the run's history.
void evolve(WorkflowState& state, const Event& event, std::size_t event_bytes);

}  // namespace onerun::core
