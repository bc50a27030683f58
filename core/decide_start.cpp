// May this start have a run? The one question that onerun exists for.
#include <algorithm>

#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/decide.hpp"
#include "core/fault.hpp"
#include "core/history/fold.hpp"
#include "core/retention.hpp"
#include "core/signals.hpp"
#include "core/start_table.hpp"
#include "core/text.hpp"

namespace onerun::core {
namespace {

/// Who and what is written down when a start terminates the open run.
constexpr std::string_view kDisplacedReason = "terminated by a start with terminate_existing";
constexpr std::string_view kDisplacedBy = "onerun";

StartResult result_of(StartRule rule, const RunHead& run, const StartCommand& command) {
  StartResult result{.rule = rule};
  result.run_id = run.run_id;
  result.first_execution_run_id = run.first_run();
  result.original_execution_run_id = run.original_run();
  result.status = run.status;
  result.dry_run = command.dry_run;
  return result;
}

bool has_attached(const RunHead& run, const RequestId& request_id) {
  return std::ranges::any_of(run.attached, [&](const AttachedRequestId& attached) {
    return attached.request_id == request_id;
  });
}

/// The answer to a request that an earlier run of the chain has answered, as long as that run is
/// retained.
std::optional<StartResult> deduplicate_in_chain(const RunHead& run, const RequestId& request,
                                                const StartCommand& command, const Facts& facts) {
  const auto known = std::ranges::find_if(run.chain_request_ids, [&](const ChainRequestId& one) {
    return one.request_id == request && !is_id_expired(facts.config.retention, one, facts.now);
  });
  if (known == run.chain_request_ids.end()) return std::nullopt;
  const StartRule rule =
      known->started ? StartRule::kDeduplicated : StartRule::kDeduplicatedAttached;
  return StartResult{.rule = rule,
                     .started = known->started,
                     .run_id = known->run_id,
                     .first_execution_run_id = known->first_execution_run_id.empty()
                                                   ? run.first_run()
                                                   : known->first_execution_run_id,
                     .original_execution_run_id = known->run_id,
                     .status = known->status,
                     .dry_run = command.dry_run};
}

/// The request id of the signal that comes with a start.
const RequestId& signal_request(const StartCommand& command) {
  return command.signal->request_id.empty() ? command.request_id : command.signal->request_id;
}

/// Adds the signal that comes with the start to what happens to the run.
void add_signal(Decision& decision, const RunId& run_id, Timestamp now,
                const StartCommand& command) {
  if (!command.signal) return;
  decision.events.emplace_back(
      RunEvent{run_id, {now, signaled(*command.signal, signal_request(command))}});
}

/// The answer to a request that this run, or its chain, answers for already, if it is one.
std::optional<StartResult> deduplicate(const WorkflowState& state, const RunHead& run,
                                       const StartCommand& command, const Facts& facts) {
  // Without a request id the run id that is brought stands for it, as it will for the run's.
  const RequestId brought(command.request_id.empty() ? command.run_id.text() : std::string());
  const RequestId& request = command.request_id.empty() ? brought : command.request_id;
  if (ONERUN_FAULT(kSkipDedup)) return std::nullopt;
  if (request == run.start_request()) {
    StartResult result = result_of(StartRule::kDeduplicated, run, command);
    result.started = true;
    return result;
  }
  if (has_attached(run, request) && !ONERUN_FAULT(kForgetAttached)) {
    return result_of(StartRule::kDeduplicatedAttached, run, command);
  }
  // With a signal the request may have been one for a run that was open. Which signals that has had
  // is gone with its record, also where the bytes are still there.
  const bool has_record = !is_expired(facts.config.retention, run, facts.now);
  if (command.signal && has_record && has_signal(signal_request(command), state, facts)) {
    return result_of(StartRule::kDeduplicatedAttached, run, command);
  }
  auto known = deduplicate_in_chain(run, request, command, facts);
  if (!known && command.signal) {
    known = deduplicate_in_chain(run, signal_request(command), command, facts);
  }
  return known;
}

std::string_view reason_of(StartRule rule) {
  switch (rule) {
    case StartRule::kRejectedRunning: return "a run is open";
    case StartRule::kRejectedCompleted: return "the last run did not fail";
    default: return "the id was used and duplicates are rejected";
  }
}

Decision reject(StartRule rule, const RunHead& current, const StartCommand& command) {
  if (!command.error_when_already_started) {
    return answer_only(result_of(rule, current, command));
  }
  return refuse(Status(StatusCode::kAlreadyExists,
                       "workflow id \"" + printable(command.workflow_id.text()) +
                           "\" is already started: " + std::string(reason_of(rule)) + " (run \"" +
                           printable(current.run_id.text()) + "\", " +
                           std::string(to_string(current.status)) + ")",
                       AlreadyStarted{.run_id = current.run_id,
                                      .first_execution_run_id = current.first_run(),
                                      .start_request_id = current.start_request(),
                                      .status = current.status,
                                      .rule = rule}));
}

/// A start with a signal uses the open run, unless it says otherwise.
ConflictPolicy conflict_policy_of(const StartCommand& command) {
  const bool is_unspecified = command.conflict_policy == ConflictPolicy::kUnspecified &&
                              command.reuse_policy != ReusePolicy::kTerminateIfRunning;
  return command.signal && is_unspecified ? ConflictPolicy::kUseExisting : command.conflict_policy;
}

Decision use_existing(const RunHead& current, const StartCommand& command, const Facts& facts) {
  Decision decision = answer_only(result_of(StartRule::kUsedExisting, current, command));
  if (command.signal) {
    Status room = room_for(*command.signal, current);
    if (!room.ok()) return refuse(std::move(room));
    if (!command.dry_run) {
      add_signal(decision, current.run_id, event_time(current, facts.now), command);
    }
  }
  if (!command.attach_request_id) return decision;
  if (current.attached.size() >= limits::kAttachedRequestIds) {
    return refuse(Status(StatusCode::kResourceExhausted,
                         "run \"" + printable(current.run_id.text()) + "\" has " +
                             std::to_string(current.attached.size()) +
                             " attached request ids, the limit",
                         Exhausted{.resource = "attached_request_ids",
                                   .in_use = current.attached.size(),
                                   .requested = 1,
                                   .limit = limits::kAttachedRequestIds}));
  }
  if (command.dry_run) return decision;
  decision.events.emplace_back(
      RunEvent{current.run_id,
               {event_time(current, facts.now), event::RunOptionsUpdated{command.request_id}}});
  return decision;
}

/// ok, or resource_exhausted: the run before began too short a time ago. A run that began further
/// ahead of the clock than the interval did so while the clock was ahead, and does not count.
/// Source: specification section 2.4.
Status check_interval(const RunHead& current, const StartCommand& command, const Facts& facts) {
  const Duration interval = facts.config.start_interval;
  const Duration age = facts.now - current.counted_from();
  if (interval == Duration::zero() || age > interval || age < -interval) return {};
  return Status(StatusCode::kResourceExhausted,
                "workflow id \"" + printable(command.workflow_id.text()) +
                    "\" was started less than " + std::to_string(interval.count()) + " ms ago",
                TooSoon{.run_id = current.run_id,
                        .retry_at = current.counted_from() + interval + Duration(1)});
}

/// already_exists: the run id that the start brings is used.
Status run_id_in_use(const StartCommand& command) {
  return Status(
      StatusCode::kAlreadyExists,
      "run id \"" + printable(command.run_id.text()) + "\" is used in this namespace already",
      RunIdInUse{command.run_id});
}

/// The run id of a run that a start begins, now or later. A dry run promises none that onerun would
/// mint.
RunId run_id_for(const StartCommand& command, const Facts& facts) {
  if (!command.run_id.empty()) return command.run_id;
  return command.dry_run ? RunId() : facts.fresh_run_id;
}

Decision start_new(StartRule rule, const WorkflowState& state, const RunHead* current,
                   const StartCommand& command, const Facts& facts) {
  std::optional<RateFreeAt> rate_free_at;
  Status allowed = current == nullptr ? Status() : check_interval(*current, command, facts);
  if (allowed.ok()) allowed = check_rate(command.workflow_id, state, facts, rate_free_at);
  if (!allowed.ok()) return refuse(std::move(allowed));
  if (!command.run_id.empty() && facts.known.run_id_in_use) return refuse(run_id_in_use(command));

  const Timestamp time = begin_time(current, facts.now);
  const RunHead run{.run_id = run_id_for(command, facts), .status = RunStatus::kRunning};
  Decision decision = answer_only(result_of(rule, run, command));
  StartResult& result = std::get<StartResult>(*decision.answer);
  result.started = !command.dry_run;

  if (rule == StartRule::kTerminatedExistingAndStarted) {
    RunHead displaced = *current;
    displaced.status = RunStatus::kTerminated;
    displaced.close_time = time;
    result.displaced = info_of(displaced);
  }
  if (command.dry_run) return decision;

  if (rule == StartRule::kTerminatedExistingAndStarted) {
    CloseInfo close{.result = {Payload::bytes(run.run_id.text())},
                    .failure = {},
                    .reason = std::string(kDisplacedReason),
                    .identity = std::string(kDisplacedBy)};
    decision.events.emplace_back(RunEvent{
        current->run_id, {time, close_event(RunStatus::kTerminated, std::move(close), {})}});
  }
  Status begun = begin_run(decision.events, run.run_id, previous_run(state, current, time, facts),
                           time, started_by(command), facts);
  if (!begun.ok()) return refuse(std::move(begun));
  if (rate_free_at) decision.events.emplace_back(RateUsed{*rate_free_at});
  add_signal(decision, run.run_id, time, command);
  return decision;
}

/// The answer to a start that waits in the queue, at that place.
StartResult result_of_queued(StartRule rule, const RunId& run_id, std::size_t place,
                             const StartCommand& command) {
  StartResult result{.rule = rule};
  result.run_id = result.first_execution_run_id = result.original_execution_run_id = run_id;
  result.queue_position = place + 1;
  result.dry_run = command.dry_run;
  return result;
}

/// A start that waits has a request id, too.
std::optional<StartResult> deduplicate_in_queue(const WorkflowState& state,
                                                const StartCommand& command) {
  const RequestId& request = command.request_id;
  const RequestId asked = request.empty() ? RequestId(command.run_id.text()) : request;
  if (asked.empty()) return std::nullopt;
  const auto same = std::ranges::find(state.queue, asked, &QueuedStart::request);
  if (same == state.queue.end()) return std::nullopt;
  const auto place = static_cast<std::size_t>(same - state.queue.begin());
  return result_of_queued(StartRule::kDeduplicated, same->run_id, place, command);
}

Status queue_is_full(const StartCommand& command, std::size_t waiting) {
  return Status(StatusCode::kResourceExhausted,
                "workflow id \"" + printable(command.workflow_id.text()) + "\" has " +
                    std::to_string(waiting) + " queued starts, the limit",
                Exhausted{.resource = "queued_starts",
                          .in_use = waiting,
                          .requested = 1,
                          .limit = limits::kQueuedStarts});
}

/// Queues a start: behind all others, or before those that do not cancel.
Decision enqueue(const WorkflowState& state, bool cancels, const StartCommand& command,
                 const Facts& facts) {
  if (state.queue.size() >= limits::kQueuedStarts) {
    return refuse(queue_is_full(command, state.queue.size()));
  }
  std::optional<RateFreeAt> rate_free_at;
  Status allowed = check_rate(command.workflow_id, state, facts, rate_free_at);
  if (!allowed.ok()) return refuse(std::move(allowed));
  if (!command.run_id.empty() && facts.known.run_id_in_use) return refuse(run_id_in_use(command));

  const auto behind = std::ranges::find(state.queue, false, &QueuedStart::cancels);
  const auto place =
      cancels ? static_cast<std::size_t>(behind - state.queue.begin()) : state.queue.size();
  QueuedStart queued{
      .run_id = run_id_for(command, facts), .request_id = command.request_id, .cancels = cancels};
  if (command.queue_timeout > Duration::zero()) {
    queued.deadline = facts.now + command.queue_timeout;
  }
  const StartRule rule = cancels ? StartRule::kCancelRequestedAndEnqueued : StartRule::kEnqueued;
  Decision decision = answer_only(result_of_queued(rule, queued.run_id, place, command));
  if (command.dry_run) return decision;
  if (cancels && !state.current->cancel_requested()) {
    decision.events.emplace_back(
        cancel_for_queue(state.current->run_id, event_time(*state.current, facts.now)));
  }
  QueuedNote note{.time = facts.now, .started = started_by(command), .deadline = queued.deadline};
  decision.events.emplace_back(StartQueued{queued.run_id, std::move(note), queued, place});
  if (rate_free_at) decision.events.emplace_back(RateUsed{*rate_free_at});
  return decision;
}

}  // namespace

Decision decide_start(const WorkflowState& state, const StartCommand& command, const Facts& facts) {
  const RunHead* current = current_run(state, facts);
  if (current != nullptr) {
    auto known = deduplicate(state, *current, command, facts);
    if (!known) known = deduplicate_in_queue(state, command);
    if (known) return answer_only(std::move(*known));
  }
  if (!command.expected_run_id.empty() && !ONERUN_FAULT(kIgnoreExpectedRunId)) {
    Status expected = check_current(command.workflow_id, command.expected_run_id, current);
    if (!expected.ok()) return refuse(std::move(expected));
  }

  const RunStatus status = current == nullptr ? RunStatus::kUnspecified : current->status;
  const StartCell cell = start_cell(command.reuse_policy, conflict_policy_of(command), status);
  // Where there is no run, the table has nothing but new runs and invalid pairs.
  if (cell != StartCell::kInvalid && current == nullptr) {
    return start_new(StartRule::kStarted, state, nullptr, command, facts);
  }
  switch (cell) {
    case StartCell::kNew: return start_new(StartRule::kStarted, state, current, command, facts);
    case StartCell::kTerminate:
      return start_new(StartRule::kTerminatedExistingAndStarted, state, current, command, facts);
    case StartCell::kCancel: return enqueue(state, true, command, facts);
    case StartCell::kEnqueue: return enqueue(state, false, command, facts);
    case StartCell::kUse: return use_existing(*current, command, facts);
    case StartCell::kDupRunning: return reject(StartRule::kRejectedRunning, *current, command);
    case StartCell::kDupCompleted: return reject(StartRule::kRejectedCompleted, *current, command);
    case StartCell::kDupRejected: return reject(StartRule::kRejectedDuplicate, *current, command);
    case StartCell::kInvalid: break;
  }
  return refuse(Status(StatusCode::kInvalidArgument,
                       "reuse_policy " + std::string(to_string(command.reuse_policy)) +
                           " can't be combined with conflict_policy " +
                           std::string(to_string(command.conflict_policy))));
}

}  // namespace onerun::core
