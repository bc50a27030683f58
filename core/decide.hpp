// The deciders: pure functions from the state of a workflow id, a command and a context to an
// answer and the events that make it true. Nothing here reads a clock, draws a number or touches a
// store.
#pragma once

#include <set>
#include <variant>
#include <vector>

#include "core/command.hpp"
#include "core/event.hpp"
#include "core/records.hpp"
#include "core/time_zone.hpp"
#include "core/workflow_state.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/start.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// What a reset goes out from.
struct ResetSource {
  std::string history;  ///< of the run that is copied
  /// Those of the runs that followed it by continue-as-new, in order, as far as they are there.
  /// One more than limits::kResetRuns, or more than limits::kResetBytes, if there are so many.
  std::vector<std::string> later = {};
  std::size_t later_bytes = 0;
  /// Request ids of the signals of the current run, if that is another one.
  std::vector<RequestId> current_signals = {};
};

/// What a decision may look at besides the state and the command.
struct Context {
  Timestamp now;
  const Retention& retention;  ///< of the namespace, as it is now
  Duration start_interval{};   ///< so is this; zero: none
  StartRate start_rate{};      ///< and this

  /// For a run that begins: its id, if the caller brought none.
  RunId fresh_run_id = {};
  /// For starts that bring a run id: it names a run of this namespace already.
  bool run_id_in_use = false;
  /// For commands that name another run than the current one: that run, if the workflow id has it.
  const RunHead* other_run = nullptr;
  /// For commands about the current run: it is closed, and its record is gone.
  bool current_is_reclaimed = false;
  /// For commands that may continue the chain of the current run: that run as its history tells it.
  const RunRecord* record = nullptr;
  /// For signals with a request id: those that the run has had.
  const std::set<RequestId>* signal_request_ids = nullptr;
  /// For starts with a cron schedule, and what continues them. Null: UTC is the only zone.
  const TimeZones* zones = nullptr;
  /// For commands that may end the open run: the start whose turn it is then.
  const RunRecord* queued = nullptr;
  /// For resets: what they copy.
  const ResetSource* reset = nullptr;
};

/// What a command gets: a start's own answer, or the run that it was about.
using Answer = std::variant<StartResult, RunInfo>;

/// An answer and what must be made durable before it may be given. A refusal has no events.
struct Decision {
  Result<Answer> answer;
  std::vector<IdEvent> events;
};

/// Source: specification sections 1.1 to 1.4 and 2; design section 8 for expected_run_id,
/// caller-supplied run ids and error_when_already_started.
/// Order: request-id dedup, expected_run_id, policies, interval, run id in use.
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

/// Source: specification section 4.2, Pause / Unpause.
Decision decide_pause(const WorkflowState& state, const PauseCommand& command,
                      const Context& context);

/// Source: specification section 3.6; design section 8, differences 1 and 2.
Decision decide_reset(const WorkflowState& state, const ResetCommand& command,
                      const Context& context);

/// The run that the same reset has begun before, if it is not the current one; null if none has.
/// Its decision needs that as Context::other_run.
const RunId* run_of_reset(const WorkflowState& state, const ResetCommand& command,
                          const Context& context);

/// Source: specification section 4.2, Signal.
Decision decide_signal(const WorkflowState& state, const SignalCommand& command,
                       const Context& context);

/// Continue-as-new. Source: specification section 3.2.
Decision decide_continue(const WorkflowState& state, const ContinueCommand& command,
                         const Context& context);

/// The end of a run timeout or of an execution timeout, or of a wait in the queue.
/// Source: specification section 5.
Decision decide_time_out(const WorkflowState& state, const TimeOutCommand& command,
                         const Context& context);

/// True if the command may begin a run that follows the current one in its chain: then its decision
/// needs Context::record and Context::fresh_run_id.
bool may_continue_chain(const WorkflowState& state, const Command& command);

/// True if the command may end the open run while starts wait for that: then its decision needs
/// Context::queued.
bool may_end_turn(const WorkflowState& state, const Command& command);

/// The decider of whichever command it is.
Decision decide(const WorkflowState& state, const Command& command, const Context& context);

}  // namespace onerun::core
