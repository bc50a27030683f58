#include "core/end_of_run.hpp"

#include <algorithm>
#include <utility>

#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/cron.hpp"
#include "core/fault.hpp"
#include "core/history/fold.hpp"
#include "core/retention.hpp"
#include "core/retry.hpp"

namespace onerun::core {
namespace {

/// What the chain answers for once this run has closed: the request that began the chain, and the
/// latest that were attached or came as signals, of runs that have not expired.
std::vector<ChainRequestId> request_ids_after(const RunHead& closed, const Facts& facts) {
  if (ONERUN_FAULT(kForgetChainRequests)) return {};
  std::vector<ChainRequestId> ids;
  for (const ChainRequestId& known : closed.chain_request_ids) {
    if (!is_id_expired(facts.config.retention, known, facts.now)) ids.push_back(known);
  }
  const auto add = [&](const RequestId& request_id, bool started) {
    ids.push_back({request_id, closed.run_id, started, closed.status, closed.close_time});
  };
  if (closed.begins_chain()) add(closed.start_request(), true);
  for (const AttachedRequestId& attached : closed.attached) add(attached.request_id, false);
  for (const RequestId& signaled : facts.known.current_run->signal_request_ids)
    add(signaled, false);
  keep_latest(ids);
  return ids;
}

RunHead as_closed(const RunHead& current, const Closing& closed) {
  RunHead last = current;
  last.status = closed.status;
  last.close_time = closed.time;
  last.new_execution_run_id = closed.new_execution_run_id;
  return last;
}

/// The first event of a run that tries again what the run was given. Its links are of the run
/// before.
event::RunStarted same_again(const RunRecord& record, Initiator initiator) {
  event::RunStarted next = record.started;
  next.request_id = {};
  next.initiator = initiator;
  next.attempt = 1;
  return next;
}

}  // namespace

Decision close_run(const RunHead& current, Closing closed) {
  Decision decision = answer_only(info_of(as_closed(current, closed)));
  decision.events.emplace_back(
      RunEvent{current.run_id,
               {closed.time, close_event(closed.status, std::move(closed.close),
                                         std::move(closed.new_execution_run_id))}});
  return decision;
}

Decision close_and_continue(const RunHead& current, Closing closed, event::RunStarted next,
                            const Facts& facts) {
  closed.new_execution_run_id = facts.fresh_run_id;
  next.previous_run_id = current.run_id;
  next.first_execution_run_id = current.first_run();
  next.continued_execution_run_id = current.run_id;
  next.lineage_run_id = current.lineage_run_id;
  next.clock_at_start = clock_if_behind(closed.time, facts.now);
  next.execution_deadline = current.execution_deadline;
  next.chain_request_ids = request_ids_after(as_closed(current, closed), facts);
  RunEvent started{facts.fresh_run_id, {closed.time, std::move(next)}};
  Decision decision = close_run(current, std::move(closed));
  decision.events.emplace_back(std::move(started));
  return decision;
}

namespace {

/// Closes a run; if it has a cron schedule that goes on, the next one waits for its next point.
/// `result`: of the run; without one, that of the last run which had one is passed on.
Decision go_on_by_schedule(const RunHead& current, Closing closed, std::optional<Failure> failure,
                           std::optional<Payloads> result, const Facts& facts) {
  const bool is_over = current.execution_deadline && facts.now >= *current.execution_deadline;
  if (!current.has_cron_schedule || is_over) return close_run(current, std::move(closed));
  const RunRecord& record = *facts.known.current_run;
  // On a clock that was set back since the run began, its execution time is no point to go on from.
  const bool was_set_back = facts.now < current.counted_from();
  const Timestamp reference = was_set_back ? facts.now : current.execution_time();
  const auto backoff =
      backoff_of(current.run_id, record.started.cron_schedule, reference, facts.now, facts.zones);
  if (!backoff.ok()) return refuse(backoff.status());
  if (!*backoff) return close_run(current, std::move(closed));
  event::RunStarted next = same_again(record, Initiator::kCronSchedule);
  next.backoff = **backoff;
  next.continued_failure = std::move(failure);
  if (result) next.last_completion_result = std::move(*result);
  return close_and_continue(current, std::move(closed), std::move(next), facts);
}

}  // namespace

Decision complete_run(const RunHead& current, Closing closed, const Facts& facts) {
  Payloads result = closed.close.result;
  return go_on_by_schedule(current, std::move(closed), std::nullopt, std::move(result), facts);
}

Decision close_or_retry(const RunHead& current, Closing closed, const Failure* failure,
                        const Facts& facts) {
  const std::optional<RetryPolicy> none;
  const RetryDecision retry = decide_retry(
      {.policy = current.has_retry_policy ? facts.known.current_run->started.retry_policy : none,
       .attempt = current.attempt,
       .failure = failure,
       .now = facts.now,
       .execution_deadline = current.execution_deadline});
  closed.close.retry_state = retry.state;
  std::optional<Failure> why;
  if (failure != nullptr) why = *failure;
  if (retry.state != RetryState::kInProgress) {
    return go_on_by_schedule(current, std::move(closed), std::move(why), std::nullopt, facts);
  }
  event::RunStarted next = same_again(*facts.known.current_run, Initiator::kRetry);
  next.attempt = current.attempt + 1;
  next.backoff = retry.backoff;
  next.continued_failure = std::move(why);
  return close_and_continue(current, std::move(closed), std::move(next), facts);
}

}  // namespace onerun::core
