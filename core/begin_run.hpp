// How a run begins by a start, at once or when its turn in a queue has come.
#pragma once

#include <algorithm>
#include <optional>

#include "core/decide.hpp"

namespace onerun::core {

/// When a run begins that is asked for now. A clock that steps back never gives it an earlier start
/// than the end of the run before it.
Timestamp begin_time(const RunHead* current, Timestamp now);

/// The run before one that begins now: the current one; or, where that is gone or does not count as
/// one any more, what leads on to older runs. Where a clock that steps back would make it begin
/// before the end of those, the way ends.
RunId previous_run(const WorkflowState& state, const RunHead* current, Timestamp now,
                   const Facts& facts);

/// The clock of a request, if it is behind the time of what the request does: the run that begins
/// keeps it, and counts durations from it. Source: specification section 0.1.
inline std::optional<Timestamp> clock_if_behind(Timestamp time, Timestamp clock) {
  return clock < time ? std::optional(clock) : std::nullopt;
}

/// The time of an event of an open run. It is never before the start of the run.
inline Timestamp event_time(const RunHead& run, Timestamp clock) {
  return std::max(clock, run.start_time);
}

/// What a start asks for, as the first event of its run has it.
event::RunStarted started_by(const StartRequest& request);

/// Adds the first event of a run that begins by a start, at the time that `begin_time` gives. The
/// first run of a cron schedule waits for the first point of the schedule. Errors: those of
/// `backoff_of` for the cron schedule; then the events are of no use.
Status begin_run(std::vector<IdEvent>& events, const RunId& run_id, const RunId& previous_run_id,
                 Timestamp time, event::RunStarted&& started, const Facts& facts);

/// Asks a run to cancel for starts with cancel_existing that wait for its end.
RunEvent cancel_for_queue(const RunId& run_id, Timestamp now);

/// ok, or resource_exhausted: the workflow id has used up its rate. Sets `free_at` to what the rate
/// comes to once a run has begun. Source: specification section 2.4.
Status check_rate(const WorkflowId& workflow_id, const WorkflowState& state, const Facts& facts,
                  std::optional<RateFreeAt>& free_at);

/// What happens to the queue with the events of a decision: the next start has its turn when the
/// open run ends and none follows it in its chain. Where that start can't begin, the decision
/// becomes a refusal.
void advance_queue(const WorkflowState& state, const Facts& facts, Decision& decision);

/// True until it has waited too long.
bool may_wait(const QueuedStart& queued, Timestamp now);

/// The start whose turn it is when the open run ends; null if none waits. Those before it have
/// waited too long.
const QueuedStart* next_in_queue(const WorkflowState& state, Timestamp now);

/// Takes the start that a command names out of the queue, or refuses where another run is current
/// than the command expects; nothing if the command names no start that waits. `chain`: as in
/// `existing_run`.
std::optional<Decision> drop_queued(const WorkflowState& state, const RunRef& ref,
                                    const RunId& chain, const Facts& facts);

}  // namespace onerun::core
