#include "core/begin_run.hpp"

#include <algorithm>
#include <utility>

#include "core/addressing.hpp"
#include "core/cron.hpp"
#include "core/fault.hpp"
#include "core/retention.hpp"
#include "core/text.hpp"

namespace onerun::core {
namespace {

constexpr std::string_view kCancelReason = "a start with cancel_existing waits for the end";
constexpr std::string_view kCanceledBy = "onerun";

/// The first run of a cron schedule waits for its first point.
Status wait_for_schedule(const RunId& run_id, event::RunStarted& started, Timestamp now,
                         const TimeZones* zones) {
  const auto backoff = backoff_of(run_id, started.cron_schedule, now, now, zones);
  if (!backoff.ok()) return backoff.status();
  started.initiator = Initiator::kCronSchedule;
  started.backoff = backoff->value_or(Duration::zero());
  if (started.execution_timeout > Duration::zero()) {
    started.execution_deadline = now + started.execution_timeout;
  }
  return {};
}

/// When the open run ends with these events; nothing if it does not, or another one follows it.
std::optional<Timestamp> end_of(const WorkflowState& state, const std::vector<IdEvent>& events) {
  if (begins_run(events)) return std::nullopt;
  for (const IdEvent& event : events) {
    if (const RunEvent* closed = as_close(event)) return closed->event.time;
    const auto* removed = std::get_if<RunRemoved>(&event);
    if (removed != nullptr && removed->run_id == state.current->run_id) return removed->close_time;
  }
  return std::nullopt;
}

/// The request to cancel the run that the events begin; nothing if there is none, or it has been
/// asked already.
std::optional<RunEvent> cancel_of_begun(const std::vector<IdEvent>& events) {
  for (const IdEvent& event : events) {
    if (event_of<event::RunStarted>(event) != nullptr) {
      return cancel_for_queue(*run_of(event), std::get<RunEvent>(event).event.time);
    }
    const auto* reset = std::get_if<RunReset>(&event);
    if (reset == nullptr) continue;
    if (reset->head->cancel_requested()) return std::nullopt;
    return cancel_for_queue(reset->run_id, reset->head->start_time);
  }
  return std::nullopt;
}

}  // namespace

Timestamp begin_time(const RunHead* current, Timestamp now) {
  return current == nullptr ? now : std::max({now, current->start_time, current->close_time});
}

RunId previous_run(const WorkflowState& state, const RunHead* current, Timestamp now,
                   const Facts& facts) {
  if (current != nullptr) return current->run_id;
  if (state.last) return now < state.last->gone_close_time ? RunId() : state.last->run_id;
  const bool may_lead_on = state.current && !state.current->previous_run_id.empty() &&
                           may_outlast(facts.config.retention, state.current->status);
  return may_lead_on ? state.current->run_id : RunId();
}

event::RunStarted started_by(const StartRequest& request) {
  return {.workflow_id = request.workflow_id,
          .request_id = request.request_id,
          .workflow_type = request.workflow_type,
          .task_queue = request.task_queue,
          .input = request.input,
          .memo = request.memo,
          .search_attributes = request.search_attributes,
          .header = request.header,
          .identity = request.identity,
          .execution_timeout = request.execution_timeout,
          .run_timeout = request.run_timeout,
          .workflow_task_timeout = request.workflow_task_timeout,
          .retry_policy = request.retry_policy,
          .cron_schedule = request.cron_schedule,
          .backoff = request.start_delay,
          .parent = request.parent};
}

Status begin_run(std::vector<IdEvent>& events, const RunId& run_id, const RunId& previous_run_id,
                 Timestamp time, event::RunStarted&& started, const Facts& facts) {
  started.previous_run_id = previous_run_id;
  started.clock_at_start = clock_if_behind(time, facts.now);
  if (!started.cron_schedule.empty()) {
    Status waits = wait_for_schedule(run_id, started, facts.now, facts.zones);
    if (!waits.ok()) return waits;
  }
  events.emplace_back(std::in_place_type<RunEvent>, run_id, Event{time, std::move(started)});
  return {};
}

RunEvent cancel_for_queue(const RunId& run_id, Timestamp now) {
  return {run_id,
          {now, event::RunCancelRequested{std::string(kCancelReason), std::string(kCanceledBy)}}};
}

Status check_rate(const WorkflowId& workflow_id, const WorkflowState& state, const Facts& facts,
                  std::optional<RateFreeAt>& free_at) {
  const StartRate& rate = facts.config.start_rate;
  if (rate.starts == 0) return {};
  // The bucket goes with the id.
  const bool is_known = state.rate_free_at && (state.last || current_run(state, facts) != nullptr);
  RateFreeAt full{.time = facts.now};
  if (is_known && state.rate_free_at->time >= facts.now) {
    full = *state.rate_free_at;
    full.part = std::min(full.part, rate.starts - 1);
    // No bucket of this rate, on this clock, takes so long to be full: the rate was another one, or
    // the clock was ahead. One token is left then, and the next one comes an interval later.
    if (full.time - facts.now > 2 * rate.period) {
      full = {.time = facts.now + rate.period - rate.period / rate.starts - Duration(1)};
    }
  }
  // A token more is used, and comes back an interval later: period / starts.
  full.time += rate.period / rate.starts;
  const std::uint64_t part =
      std::uint64_t{full.part} + static_cast<std::uint64_t>(rate.period.count()) % rate.starts;
  full.time += Duration(part / rate.starts);
  full.part = static_cast<std::uint32_t>(part % rate.starts);
  const Duration too_soon = full.time - facts.now - rate.period + Duration(full.part > 0 ? 1 : 0);
  if (too_soon > Duration::zero()) {
    return Status(StatusCode::kResourceExhausted,
                  "workflow id \"" + printable(workflow_id.text()) + "\" may start " +
                      std::to_string(rate.starts) + " runs in " +
                      std::to_string(rate.period.count()) + " ms, and has",
                  TooSoon{.run_id = state.current ? state.current->run_id : RunId(),
                          .retry_at = facts.now + too_soon});
  }
  free_at = full;
  return {};
}

bool may_wait(const QueuedStart& queued, Timestamp now) {
  return !queued.deadline || now < *queued.deadline;
}

const QueuedStart* next_in_queue(const WorkflowState& state, Timestamp now) {
  for (const QueuedStart& queued : state.queue) {
    if (may_wait(queued, now)) return &queued;
  }
  return nullptr;
}

void advance_queue(const WorkflowState& state, const Facts& facts, Decision& decision) {
  std::vector<IdEvent>& events = decision.events;
  if (state.queue.empty() || events.empty()) return;
  std::size_t left = 0;  // the place of the first one that still waits afterwards
  if (const auto end = end_of(state, events)) {
    const QueuedStart* next = next_in_queue(state, facts.now);
    for (const QueuedStart& queued : state.queue) {
      if (&queued == next) break;
      events.emplace_back(StartDropped{queued.run_id, queued.deadline});
      ++left;
    }
    if (next != nullptr && !ONERUN_FAULT(kForgetQueue)) {
      const RunId& previous = std::holds_alternative<RunRemoved>(events.front())
                                  ? std::get<RunRemoved>(events.front()).previous_run_id
                                  : state.current->run_id;
      event::RunStarted started = facts.known.queued_start->started;
      Status begun = begin_run(events, next->run_id, previous, *end, std::move(started), facts);
      if (!begun.ok()) return void(decision = refuse(std::move(begun)));
      ++left;
    }
  }
  // One that has waited too long asks for nothing more, also if it has not been dropped yet.
  const bool cancels =
      std::any_of(state.queue.begin() + static_cast<std::ptrdiff_t>(left), state.queue.end(),
                  [&](const QueuedStart& one) { return one.cancels && may_wait(one, facts.now); });
  if (!cancels) return;
  if (auto cancel = cancel_of_begun(events)) events.emplace_back(std::move(*cancel));
}

std::optional<Decision> drop_queued(const WorkflowState& state, const RunRef& ref,
                                    const RunId& chain, const Facts& facts) {
  const auto place = chain.empty() ? find_queued(state, ref.run_id) : std::nullopt;
  if (!place) return std::nullopt;
  Status expected = check_current(state, ref, facts);
  if (!expected.ok()) return refuse(std::move(expected));
  const QueuedStart& queued = state.queue[*place];
  RunInfo info;
  info.run_id = info.first_execution_run_id = info.original_execution_run_id = info.lineage_run_id =
      queued.run_id;
  Decision decision = answer_only(std::move(info));
  decision.events.emplace_back(StartDropped{queued.run_id, queued.deadline});
  return decision;
}

}  // namespace onerun::core
