// The states of a workflow id: its runs, what may have gone, and what ends and follows a run.
#include <map>

#include "tests/sim/model_rules.hpp"
#include "tests/support/payloads.hpp"

namespace onerun::sim {
namespace {

Duration retention_of(const Retention& retention, RunStatus status) {
  const auto own = retention.by_status.find(status);
  return own == retention.by_status.end() ? retention.closed : own->second;
}

EventType close_event(RunStatus status) {
  switch (status) {
    case RunStatus::kCompleted: return EventType::kRunCompleted;
    case RunStatus::kFailed: return EventType::kRunFailed;
    case RunStatus::kCanceled: return EventType::kRunCanceled;
    case RunStatus::kTimedOut: return EventType::kRunTimedOut;
    case RunStatus::kContinuedAsNew: return EventType::kRunContinuedAsNew;
    default: return EventType::kRunTerminated;
  }
}

}  // namespace

bool record_expired(const ModelRun& run, const Retention& retention, Timestamp now) {
  return is_closed(run.status) && now >= run.close + retention_of(retention, run.status);
}

bool id_expired(const ModelRun& run, const Retention& retention, Timestamp now) {
  const Duration kept =
      std::max(retention_of(retention, run.status), retention.ids.value_or(Duration(0)));
  return is_closed(run.status) && now >= run.close + kept;
}

bool has_run(const ModelId& state, const RunId& id) {
  return std::ranges::find(state.runs, id, &ModelRun::id) != state.runs.end() ||
         place_of(state, id).has_value();
}

bool may_be(const ModelId& state, const ModelRun& run, const RunId& id) {
  return run.id == id || (run.id.empty() && !has_run(state, id));
}

bool bind(const ModelId& state, ModelRun& run, const RunId& id) {
  if (!may_be(state, run, id)) return false;
  run.id = id;
  return true;
}

void erase_run(ModelId& state, std::size_t place) {
  state.runs.erase(state.runs.begin() + static_cast<std::ptrdiff_t>(place));
  if (place < state.runs.size()) state.runs[place].follows = false;
}

ModelRun& add_run(ModelId& state, ModelRun run) {
  state.has_current = true;
  return state.runs.emplace_back(std::move(run));
}

void close(ModelRun& run, RunStatus status, Timestamp at, const std::string& given) {
  run.status = status;
  run.close = at;
  run.paused_by = {};
  run.log.push_back({.type = close_event(status), .given = given});
}

std::optional<Duration> retry_after(const ModelRun& run, Timestamp now) {
  if (!run.retries || run.attempt >= kModelRetryPolicy.maximum_attempts) return std::nullopt;
  const Duration backoff = kModelRetryPolicy.initial_interval * (1 << (run.attempt - 1));
  if (run.chain_deadline && now + backoff > *run.chain_deadline) return std::nullopt;
  return backoff;
}

std::optional<Duration> next_by_schedule(const ModelRun& run, Timestamp now) {
  if (!run.has_cron || (run.chain_deadline && now >= *run.chain_deadline)) return std::nullopt;
  // A clock that was set back since the run began does not know its points.
  const Timestamp reference = now < run.clock ? now : run.clock + run.backoff;
  if (now < reference) return std::chrono::ceil<std::chrono::seconds>(reference - now);
  Timestamp next = std::chrono::floor<std::chrono::seconds>(reference);
  do {
    next += kModelScheduleInterval;
  } while (next < now);
  return std::chrono::ceil<std::chrono::seconds>(next - now);
}

ModelRun successor_of(const ModelRun& closed, Initiator initiator, Duration backoff,
                      const Retention& retention, Timestamp now) {
  ModelRun next{.start = closed.close, .clock = now};
  next.continues = true;
  next.first = closed.continues ? closed.first : closed.id;
  next.initiator = initiator;
  next.attempt = initiator == Initiator::kRetry ? closed.attempt + 1 : 1;
  next.retries = closed.retries;
  next.has_cron = closed.has_cron;
  next.backoff = backoff;
  next.run_timeout = closed.run_timeout;
  next.execution_timeout = closed.execution_timeout;
  next.chain_deadline = closed.chain_deadline;
  next.lineage = closed.lineage;
  next.lineage_run = begins_lineage(closed) ? closed.id : closed.lineage_run;
  next.follows = true;
  next.has_texts = closed.has_texts;
  input_of(next) = input_of(closed);
  for (const ModelRequest& known : closed.answered) {
    if (!id_expired(known, retention, now)) next.answered.push_back(known);
  }
  if (!closed.continues) {
    next.answered.push_back({closed.request, closed.id, false, closed.status, closed.close});
  }
  for (const RequestId& attached : closed.attached) {
    next.answered.push_back({attached, closed.id, true, closed.status, closed.close});
  }
  for (const RequestId& signaled : closed.signals) {
    next.answered.push_back({signaled, closed.id, true, closed.status, closed.close});
  }
  return next;
}

ModelRun run_of(const StartRequest& request) {
  ModelRun run{.id = request.run_id, .request = request.request_id};
  run.retries = request.retry_policy.has_value();
  run.has_cron = !request.cron_schedule.empty();
  run.initiator = run.has_cron ? Initiator::kCronSchedule : Initiator::kUnspecified;
  run.backoff = request.start_delay;
  run.run_timeout = request.run_timeout;
  run.execution_timeout = request.execution_timeout;
  run.has_texts = !request.memo.empty();
  input_of(run) = test::text_of(request.input);
  return run;
}

ModelRun& begin_run(ModelId& state, ModelRun run, Timestamp at, Timestamp now) {
  run.start = at;
  run.clock = now;
  if (const auto first = next_by_schedule(run, now)) run.backoff = *first;
  if (run.execution_timeout > Duration(0)) run.chain_deadline = now + run.execution_timeout;
  for (const ModelRun& other : state.runs) run.lineage = std::max(run.lineage, other.lineage);
  ++run.lineage;
  return add_run(state, std::move(run));
}

std::vector<ModelId> possibilities(const ModelId& state, const std::vector<RunId>& named,
                                   bool with_followers) {
  std::vector<ModelId> all = {state};
  bool was_named = false;  // the run before
  for (std::size_t i = 0; i < state.runs.size(); ++i) {
    const ModelRun& run = state.runs[i];
    const bool is_current = state.has_current && i + 1 == state.runs.size();
    was_named = run.id.empty() || std::ranges::find(named, run.id) != named.end() ||
                (with_followers && was_named && run.follows);
    if (!is_current && !was_named) continue;
    const std::size_t known = all.size();
    for (std::size_t j = 0; j < known && run.record_may_go && !run.record_gone; ++j) {
      all.push_back(all[j]);
      all.back().runs[i].record_gone = true;
    }
    for (std::size_t j = 0; j < known && run.id_may_go && is_current; ++j) {
      all.push_back(all[j]);
      all.back().runs[i].record_gone = true;
      all.back().has_current = false;
    }
  }
  return all;
}

bool is_surely_retained(const ModelRun& run, const Retention& retention, Timestamp now) {
  return !run.record_gone && !run.record_may_go && !record_expired(run, retention, now);
}

bool covers(const ModelId& state, const ModelId& other) {
  const auto same = [](const ModelRun& mine, const ModelRun& of) {
    if (mine.id != of.id || mine.status != of.status || mine.log.size() != of.log.size())
      return false;
    ModelRun run = mine;
    const bool may_be_so = of.record_gone ? run.record_gone || run.record_may_go : !run.record_gone;
    const bool may_go = run.record_may_go >= of.record_may_go && run.id_may_go >= of.id_may_go;
    run.record_gone = of.record_gone;
    run.record_may_go = of.record_may_go;
    run.id_may_go = of.id_may_go;
    return may_be_so && may_go && run == of;
  };
  const bool id_may_have_gone = state.has_current && !other.has_current &&
                                state.runs.back().id_may_go && !other.runs.empty() &&
                                other.runs.back().record_gone;
  return (state.has_current == other.has_current || id_may_have_gone) &&
         state.queue == other.queue && std::ranges::equal(state.runs, other.runs, same);
}

void note_expired(ModelId& state, const Retention& retention, Timestamp now) {
  for (ModelRun& run : state.runs) {
    run.record_may_go |= record_expired(run, retention, now);
    run.id_may_go |= id_expired(run, retention, now);
  }
}

void forget_expired(ModelId& state, const Retention& retention, Timestamp now) {
  state.has_current = state.has_current && !id_expired(state.runs.back(), retention, now);
  for (std::size_t i = state.runs.size() - (state.has_current ? 1 : 0); i-- > 0;) {
    if (record_expired(state.runs[i], retention, now)) erase_run(state, i);
  }
  // What is equal from now on is to look equal.
  std::map<std::uint64_t, std::uint64_t> numbers;
  for (ModelRun& run : state.runs) {
    run.lineage = numbers.try_emplace(run.lineage, numbers.size() + 1).first->second;
  }
}

}  // namespace onerun::sim
