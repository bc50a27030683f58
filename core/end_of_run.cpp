#include "core/end_of_run.hpp"

#include <algorithm>
#include <memory>

#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/cron.hpp"
#include "core/fault.hpp"
#include "core/retention.hpp"
#include "core/retry.hpp"

namespace onerun::core {
namespace {

/// What the chain answers for once this run has closed: the request that began the chain, and the
/// latest that were attached or came as signals, of runs that have not expired.
std::vector<ChainRequestId> request_ids_after(const RunHead& closed, const Context& context) {
  if (ONERUN_FAULT(kForgetChainRequests)) return {};
  std::vector<ChainRequestId> ids;
  for (const ChainRequestId& known : closed.chain_request_ids) {
    if (!is_id_expired(context.retention, known, context.now)) ids.push_back(known);
  }
  const auto add = [&](const RequestId& request_id, bool started) {
    ids.push_back({request_id, closed.run_id, started, closed.status, closed.close_time});
  };
  if (closed.begins_chain()) add(closed.start_request(), true);
  for (const AttachedRequestId& attached : closed.attached) add(attached.request_id, false);
  for (const RequestId& signaled : context.record->signal_request_ids) add(signaled, false);
  keep_latest(ids);
  return ids;
}

RunHead as_closed(const RunHead& current, const RunClosed& closed) {
  RunHead last = current;
  last.status = closed.status;
  last.close_time = closed.time;
  last.new_execution_run_id = closed.new_execution_run_id;
  return last;
}

/// What a run was given, for the run that tries it again.
StartRequest same_again(const RunRecord& record) {
  StartRequest request = record.started;
  request.request_id = {};
  request.start_delay = Duration::zero();
  return request;
}

}  // namespace

Decision close_run(const RunHead& current, RunClosed closed) {
  Decision decision = answer_only(info_of(as_closed(current, closed)));
  decision.events.emplace_back(std::move(closed));
  return decision;
}

Decision close_and_continue(const RunHead& current, RunClosed closed, Successor next,
                            const Context& context) {
  closed.new_execution_run_id = context.fresh_run_id;
  auto request = std::make_shared<const StartRequest>(std::move(next.request));
  auto succession = std::make_shared<const Succession>(
      Succession{.first_execution_run_id = current.first_run(),
                 .continued_execution_run_id = current.run_id,
                 .lineage_run_id = current.lineage_run_id,
                 .initiator = next.initiator,
                 .attempt = next.attempt,
                 .backoff = next.backoff,
                 .execution_deadline = current.execution_deadline,
                 .continued_failure = std::move(next.continued_failure),
                 .last_completion_result = std::move(next.last_completion_result),
                 .chain_request_ids = request_ids_after(as_closed(current, closed), context)});
  RunStarted started{.run_id = context.fresh_run_id,
                     .time = closed.time,
                     .previous_run_id = current.run_id,
                     .request = request.get(),
                     .succession = std::move(succession),
                     .owned = request,
                     .clock_at_start = clock_if_behind(closed.time, context.now)};
  Decision decision = close_run(current, std::move(closed));
  decision.events.emplace_back(std::move(started));
  return decision;
}

namespace {

/// Closes a run; if it has a cron schedule that goes on, the next one waits for its next point.
/// `result`: of the run; without one, that of the last run which had one is passed on.
Decision go_on_by_schedule(const RunHead& current, RunClosed closed, std::optional<Failure> failure,
                           std::optional<Payload> result, const Context& context) {
  const bool is_over = current.execution_deadline && context.now >= *current.execution_deadline;
  if (!current.has_cron_schedule || is_over) return close_run(current, std::move(closed));
  const RunRecord& record = *context.record;
  // On a clock that was set back since the run began, its execution time is no point to go on from.
  const bool was_set_back = context.now < current.counted_from();
  const Timestamp reference = was_set_back ? context.now : current.execution_time();
  const auto backoff = backoff_of(current.run_id, record.started.cron_schedule, reference,
                                  context.now, context.zones);
  if (!backoff.ok()) return refuse(backoff.status());
  if (!*backoff) return close_run(current, std::move(closed));
  if (!result) result = record.last_completion_result;
  Successor next{.request = same_again(record),
                 .initiator = Initiator::kCronSchedule,
                 .backoff = **backoff,
                 .continued_failure = std::move(failure),
                 .last_completion_result = std::move(*result)};
  return close_and_continue(current, std::move(closed), std::move(next), context);
}

}  // namespace

Decision complete_run(const RunHead& current, RunClosed closed, const Context& context) {
  Payload result = closed.close.result;
  return go_on_by_schedule(current, std::move(closed), std::nullopt, std::move(result), context);
}

Decision close_or_retry(const RunHead& current, RunClosed closed, const Failure* failure,
                        const Context& context) {
  const std::optional<RetryPolicy> none;
  const RetryDecision retry = decide_retry(
      {.policy = current.has_retry_policy ? context.record->started.retry_policy : none,
       .attempt = current.attempt,
       .failure = failure,
       .now = context.now,
       .execution_deadline = current.execution_deadline});
  closed.close.retry_state = retry.state;
  std::optional<Failure> why;
  if (failure != nullptr) why = *failure;
  if (retry.state != RetryState::kInProgress) {
    return go_on_by_schedule(current, std::move(closed), std::move(why), std::nullopt, context);
  }
  Successor next{.request = same_again(*context.record),
                 .initiator = Initiator::kRetry,
                 .attempt = current.attempt + 1,
                 .backoff = retry.backoff,
                 .continued_failure = std::move(why),
                 .last_completion_result = context.record->last_completion_result};
  return close_and_continue(current, std::move(closed), std::move(next), context);
}

}  // namespace onerun::core
