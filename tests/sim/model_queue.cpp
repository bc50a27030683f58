// Starts that wait for the end of the open run (specification section 1.5).
#include "tests/sim/model_rules.hpp"

namespace onerun::sim {

std::optional<std::size_t> place_of(const ModelId& state, const RunId& id) {
  for (std::size_t i = 0; i < state.queue.size(); ++i) {
    if (!id.empty() && state.queue[i].run.id == id) return i;
  }
  return std::nullopt;
}

void ask_to_cancel(ModelRun& run) {
  if (!run.cancel_requested) run.log.push_back({EventType::kRunCancelRequested});
  run.cancel_requested = true;
}

namespace {

bool may_wait(const ModelWaiting& waiting, Timestamp now) {
  return !waiting.deadline || now < *waiting.deadline;
}

}  // namespace

void ask_for_those_who_wait(ModelId& state, Timestamp now) {
  const bool asks = std::ranges::any_of(state.queue, [&](const ModelWaiting& waiting) {
    return waiting.cancels && may_wait(waiting, now);
  });
  if (asks) ask_to_cancel(state.runs.back());
}

void take_turn(ModelId& state, Timestamp now, Timestamp end) {
  while (!state.queue.empty()) {
    ModelWaiting next = std::move(state.queue.front());
    state.queue.erase(state.queue.begin());
    if (!may_wait(next, now)) continue;
    begin_run(state, std::move(next.run), end, now);
    return ask_for_those_who_wait(state, now);
  }
}

std::optional<Outcome> Operate::repeat_waiting() {
  const StartRequest& request = operation_.start;
  const RequestId asked =
      request.request_id.empty() ? RequestId(request.run_id.text()) : request.request_id;
  for (std::size_t i = 0; i < after_.queue.size() && !asked.empty(); ++i) {
    if (started_by(after_.queue[i].run) != asked) continue;
    return Outcome{.after = after_, .rule = StartRule::kDeduplicated, .waiting = i};
  }
  return std::nullopt;
}

std::vector<Outcome> Operate::enqueue(InUse run_id_in_use) {
  const StartRequest& request = operation_.start;
  std::vector<Outcome> outcomes;
  if (!may_begin(run_id_in_use, outcomes)) return outcomes;
  ModelWaiting waiting{.run = run_of(request)};
  waiting.run.start = now_;
  waiting.cancels = request.conflict_policy == ConflictPolicy::kCancelExisting;
  if (request.queue_timeout > Duration(0)) waiting.deadline = now_ + request.queue_timeout;
  std::size_t place = after_.queue.size();
  if (waiting.cancels) {
    place = static_cast<std::size_t>(
        std::ranges::count_if(after_.queue, [](const ModelWaiting& one) { return one.cancels; }));
  }
  const StartRule rule =
      waiting.cancels ? StartRule::kCancelRequestedAndEnqueued : StartRule::kEnqueued;
  Outcome outcome{.after = after_, .rule = rule, .waiting = place};
  if (!request.dry_run) {
    forget_run_with_own_id();
    if (waiting.cancels) ask_to_cancel(*current());
    after_.queue.insert(after_.queue.begin() + static_cast<std::ptrdiff_t>(place),
                        std::move(waiting));
    outcome.after = after_;
  }
  outcomes.push_back(std::move(outcome));
  return outcomes;
}

/// Of a start that waits: a cancel request, a termination and a removal take it out of the queue.
std::optional<Outcome> Operate::drop() {
  const bool drops =
      operation_.kind == Operation::Kind::kCancel || operation_.kind == Operation::Kind::kRemove ||
      (operation_.kind == Operation::Kind::kClose && operation_.close_as == RunStatus::kTerminated);
  if (!drops || !operation_.chain.empty()) return std::nullopt;
  const auto place = place_of(after_, operation_.run.run_id);
  if (!place) return std::nullopt;
  ModelWaiting dropped = after_.queue[*place];
  after_.queue.erase(after_.queue.begin() + static_cast<std::ptrdiff_t>(*place));
  return Outcome{.after = after_, .dropped = std::move(dropped)};
}

std::optional<Timestamp> deadline_of(const ModelRun& run) {
  if (run.run_timeout == Duration(0)) return run.chain_deadline;
  const Timestamp own = run.clock + run.backoff + run.run_timeout;
  return run.chain_deadline ? std::min(own, *run.chain_deadline) : own;
}

namespace {

/// The current run has taken too long.
void time_out_current(ModelId& state, const Retention& retention, Timestamp now) {
  ModelRun& run = state.runs.back();
  close(run, RunStatus::kTimedOut, std::max(now, run.start));
  const bool chain_is_over = run.chain_deadline && now >= *run.chain_deadline;
  const auto retry = chain_is_over ? std::nullopt : retry_after(run, now);
  const auto cron = next_by_schedule(run, now);
  if (!retry && !cron) return take_turn(state, now, run.close);
  run.has_next = true;
  add_run(state, successor_of(run, retry ? Initiator::kRetry : Initiator::kCronSchedule,
                              retry ? *retry : *cron, retention, now));
  ask_for_those_who_wait(state, now);
}

}  // namespace

/// What is due fires in the order of its deadlines; of the same deadline, in any.
std::vector<ModelId> time_out(const ModelId& before, const Retention& retention, Timestamp now,
                              std::vector<ModelId>& on_the_way) {
  if (!before.has_current || !is_open(before.runs.back().status)) return {before};
  std::optional<Timestamp> first = deadline_of(before.runs.back());
  for (const ModelWaiting& waiting : before.queue) {
    if (waiting.deadline && (!first || *waiting.deadline < *first)) first = waiting.deadline;
  }
  if (!first || now < *first) return {before};
  std::vector<ModelId> after;
  const auto go_on = [&](const ModelId& state) {
    on_the_way.push_back(state);
    std::ranges::move(time_out(state, retention, now, on_the_way), std::back_inserter(after));
  };
  if (deadline_of(before.runs.back()) == first) {
    ModelId state = before;
    time_out_current(state, retention, now);
    go_on(state);
  }
  for (std::size_t i = 0; i < before.queue.size(); ++i) {
    if (before.queue[i].deadline != first) continue;
    ModelId state = before;
    state.queue.erase(state.queue.begin() + static_cast<std::ptrdiff_t>(i));
    go_on(state);
  }
  return after;
}

}  // namespace onerun::sim
