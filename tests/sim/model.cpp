// What the operations come to, and which answers fit that.
#include "tests/sim/model_rules.hpp"
#include "tests/support/payloads.hpp"

namespace onerun::sim {
namespace {

/// The run ids that an operation names.
std::vector<RunId> named_by(const Operation& operation) {
  return {operation.run.run_id, operation.chain, operation.start.expected_run_id};
}

/// Each state as it is, and as it is if a run whose id was never told is the one that is named.
std::vector<ModelId> with_named(std::vector<ModelId> states, const Operation& operation) {
  for (const RunId& named : named_by(operation)) {
    const std::size_t known = states.size();
    for (std::size_t i = 0; i < known && !named.empty(); ++i) {
      const ModelId state = states[i];
      if (has_run(state, named)) continue;
      for (std::size_t run = 0; run < state.runs.size(); ++run) {
        if (!state.runs[run].id.empty()) continue;
        states.push_back(state);
        states.back().runs[run].id = named;
      }
      for (std::size_t place = 0; place < state.queue.size(); ++place) {
        if (!state.queue[place].run.id.empty()) continue;
        states.push_back(state);
        states.back().queue[place].run.id = named;
      }
    }
  }
  return states;
}

/// The request id of the signal that comes with a start.
const RequestId& signal_id(const StartRequest& request) {
  return request.signal->request_id.empty() ? request.request_id : request.signal->request_id;
}

void add_signal(ModelRun& run, const RequestId& id, const std::string& input) {
  if (!id.empty()) run.signals.insert(id);
  run.log.push_back({.type = EventType::kRunSignaled, .request = id, .given = input});
}

void add_signal_of(const StartRequest& request, ModelRun& run) {
  if (request.signal) add_signal(run, signal_id(request), test::text_of(request.signal->input));
}

/// Whether the run belongs to the chain: it surely does, or it may.
enum class Belongs { kNo, kMaybe, kYes };

Belongs belongs_to(const RunId& chain, const ModelRun& run) {
  const RunId& first = begins_chain(run) ? run.id : run.first;
  const RunId& lineage = begins_lineage(run) ? run.id : run.lineage_run;
  if (chain == first || chain == lineage) return Belongs::kYes;
  const bool is_unknown =
      (!begins_chain(run) && first.empty()) || (!begins_lineage(run) && lineage.empty());
  return is_unknown ? Belongs::kMaybe : Belongs::kNo;
}

}  // namespace

std::vector<Outcome> Operate::all(InUse run_id_in_use) {
  if (operation_.kind == Operation::Kind::kStart) return start(run_id_in_use);
  if (auto dropped = drop()) return {std::move(*dropped)};
  if (operation_.kind == Operation::Kind::kReset) {
    if (auto known = repeat_reset()) return {std::move(*known)};
  }
  const ModelRun* run = find();
  const Belongs belongs = run == nullptr || operation_.chain.empty()
                              ? Belongs::kYes
                              : belongs_to(operation_.chain, *run);
  if (belongs != Belongs::kMaybe) return {change(belongs == Belongs::kYes)};
  const ModelId before = after_;
  std::vector<Outcome> both = {change(true)};
  after_ = before;
  both.push_back(change(false));
  return both;
}

Timestamp Operate::begin_time() {
  const ModelRun* last = used();
  return last == nullptr ? now_ : std::max({now_, last->start, last->close});
}

// ---- starts ----

std::vector<Outcome> Operate::start(InUse run_id_in_use) {
  const StartRequest& request = operation_.start;
  ModelRun* run = used();
  if (run != nullptr) {
    auto known = repeat(*run);
    if (!known) known = repeat_waiting();
    if (known) return {std::move(*known)};
  }
  if (!request.expected_run_id.empty() && (run == nullptr || run->id != request.expected_run_id)) {
    return {refuse(StatusCode::kFailedPrecondition)};
  }
  if (run != nullptr && is_open(run->status)) return conflict(*run, run_id_in_use);
  if (run != nullptr) {
    const bool failed = run->status != RunStatus::kCompleted;
    if (request.reuse_policy == ReusePolicy::kRejectDuplicate) {
      return {reject(*run, StartRule::kRejectedDuplicate)};
    }
    if (request.reuse_policy == ReusePolicy::kAllowDuplicateFailedOnly && !failed) {
      return {reject(*run, StartRule::kRejectedCompleted)};
    }
  }
  return begin(StartRule::kStarted, run_id_in_use);
}

/// The answer to a request that the run, or its chain, answers for already.
std::optional<Outcome> Operate::repeat(const ModelRun& run) {
  const StartRequest& request = operation_.start;
  const RequestId asked =
      request.request_id.empty() ? RequestId(request.run_id.text()) : request.request_id;
  if (!asked.empty() && asked == started_by(run)) return about(run, StartRule::kDeduplicated);
  if (run.attached.contains(asked)) return about(run, StartRule::kDeduplicatedAttached);
  const bool has_record = !run.record_gone && !record_expired(run, retention_, now_);
  if (request.signal && has_record && run.signals.contains(signal_id(request))) {
    return about(run, StartRule::kDeduplicatedAttached);
  }
  auto known = repeat_in_chain(run, asked);
  return known || !request.signal ? known : repeat_in_chain(run, signal_id(request));
}

std::optional<Outcome> Operate::repeat_in_chain(const ModelRun& run, const RequestId& asked) {
  if (asked.empty()) return std::nullopt;
  for (const ModelRequest& known : run.answered) {
    const RequestId its = known.request.empty() ? RequestId(known.run.text()) : known.request;
    if (its != asked || id_expired(known, retention_, now_)) continue;
    Outcome outcome =
        about(run, known.attached ? StartRule::kDeduplicatedAttached : StartRule::kDeduplicated);
    outcome.known = known;
    return outcome;
  }
  return std::nullopt;
}

std::vector<Outcome> Operate::conflict(ModelRun& run, InUse run_id_in_use) {
  const StartRequest& request = operation_.start;
  if (request.reuse_policy == ReusePolicy::kTerminateIfRunning) {
    return begin(StartRule::kTerminatedExistingAndStarted, run_id_in_use);
  }
  switch (request.conflict_policy) {
    case ConflictPolicy::kTerminateExisting:
      return begin(StartRule::kTerminatedExistingAndStarted, run_id_in_use);
    case ConflictPolicy::kCancelExisting:
    case ConflictPolicy::kEnqueue: return enqueue(run_id_in_use);
    case ConflictPolicy::kUseExisting: return use(run);
    default: break;
  }
  const bool uses = request.signal && request.conflict_policy == ConflictPolicy::kUnspecified;
  return uses ? use(run) : std::vector{reject(run, StartRule::kRejectedRunning)};
}

std::vector<Outcome> Operate::use(ModelRun& run) {
  const StartRequest& request = operation_.start;
  if (request.dry_run) return {about(run, StartRule::kUsedExisting)};
  add_signal_of(request, run);
  if (request.attach_request_id) {
    run.attached.insert(request.request_id);
    run.log.push_back({EventType::kRunOptionsUpdated, request.request_id});
  }
  return {about(run, StartRule::kUsedExisting)};
}

Outcome Operate::reject(const ModelRun& run, StartRule rule) {
  Outcome outcome = about(run, rule);
  if (operation_.start.error_when_already_started) outcome.code = StatusCode::kAlreadyExists;
  return outcome;
}

std::vector<Outcome> Operate::begin(StartRule rule, InUse run_id_in_use) {
  const StartRequest& request = operation_.start;
  std::vector<Outcome> outcomes;
  if (!may_begin(run_id_in_use, outcomes)) return outcomes;
  if (request.dry_run) {
    outcomes.push_back({.after = after_, .rule = rule});
    return outcomes;
  }
  const Timestamp at = begin_time();
  if (rule == StartRule::kTerminatedExistingAndStarted) {
    close(*current(), RunStatus::kTerminated, at);
  }
  forget_run_with_own_id();
  add_signal_of(request, begin_run(after_, run_of(request), at, now_));
  ask_for_those_who_wait(after_, now_);
  outcomes.push_back(about(after_.runs.back(), rule));
  return outcomes;
}

/// False if the run id that the start brings is surely used. Adds the refusal if it may be.
bool Operate::may_begin(InUse run_id_in_use, std::vector<Outcome>& outcomes) {
  const RunId& own = operation_.start.run_id;
  if (own.empty()) return true;
  const ModelRun* run = current();
  if (run != nullptr && run->id == own && is_open(run->status)) run_id_in_use = InUse::kYes;
  if (run_id_in_use != InUse::kNo) outcomes.push_back(refuse(StatusCode::kAlreadyExists));
  return run_id_in_use != InUse::kYes;
}

/// The id of a run that is gone may be used again.
void Operate::forget_run_with_own_id() {
  const RunId& own = operation_.start.run_id;
  for (std::size_t i = after_.runs.size(); i-- > 0 && !own.empty();) {
    if (after_.runs[i].id == own) erase_run(after_, i);
  }
}

// ---- changes ----

ModelRun* Operate::find() {
  const bool by_chain = !operation_.chain.empty();
  if (by_chain || operation_.run.run_id.empty()) return current();
  const auto run = std::ranges::find(after_.runs, operation_.run.run_id, &ModelRun::id);
  return run == after_.runs.end() ? nullptr : &*run;
}

/// `in_chain`: whether the run belongs to the chain that is named, if one is.
Outcome Operate::change(bool in_chain) {
  ModelRun* run = find();
  if (run == nullptr || run->record_gone || record_expired(*run, retention_, now_)) {
    return refuse(StatusCode::kNotFound);
  }
  switch (operation_.kind) {
    case Operation::Kind::kRemove: return remove(*run);
    case Operation::Kind::kContinue: return continue_as_new(*run);
    case Operation::Kind::kSignal: return signal(*run);
    case Operation::Kind::kReset: return reset(*run);
    case Operation::Kind::kPause:
    case Operation::Kind::kUnpause: return pause(*run);
    default: break;
  }
  const bool closes = operation_.kind == Operation::Kind::kClose;
  if (is_closed(run->status)) return closes ? refuse(StatusCode::kNotFound) : about(*run);
  if (!in_chain) return refuse(StatusCode::kNotFound);
  if (closes) return close_or_follow(*run);
  ask_to_cancel(*run);
  return about(*run);
}

/// The history is not what the client has read of it.
std::optional<Outcome> Operate::refuse_moved_history(const ModelRun& run) {
  if (operation_.last_event == 0 || operation_.last_event == run.log.size()) return std::nullopt;
  Outcome refused = refuse(StatusCode::kFailedPrecondition);
  refused.last_event = run.log.size();
  return refused;
}

Outcome Operate::close_or_follow(ModelRun& run) {
  const RunStatus status = operation_.close_as;
  if (run.status == RunStatus::kPaused && status != RunStatus::kTerminated) {
    return refuse(StatusCode::kFailedPrecondition);
  }
  if (auto moved = refuse_moved_history(run)) return std::move(*moved);
  close(run, status, std::max(now_, run.start), operation_.given);
  const auto retry = retry_after(run, now_);
  const auto cron = next_by_schedule(run, now_);
  if (status == RunStatus::kFailed && retry) {
    return follow(successor_of(run, Initiator::kRetry, *retry, retention_, now_));
  }
  if ((status == RunStatus::kFailed || status == RunStatus::kCompleted) && cron) {
    return follow(successor_of(run, Initiator::kCronSchedule, *cron, retention_, now_));
  }
  const auto place = static_cast<std::size_t>(&run - after_.runs.data());
  take_turn(after_, now_, run.close);
  return about(after_.runs[place]);
}

Outcome Operate::signal(ModelRun& run) {
  const RequestId& id = operation_.signal.request_id;
  if (!id.empty() && run.signals.contains(id)) return about(run);
  if (is_closed(run.status)) return refuse(StatusCode::kNotFound);
  add_signal(run, id, test::text_of(operation_.signal.input));
  return about(run);
}

Outcome Operate::pause(ModelRun& run) {
  if (is_closed(run.status)) return refuse(StatusCode::kNotFound);
  const RequestId& asked = operation_.pause.request_id;
  const bool pauses = operation_.kind == Operation::Kind::kPause;
  if (pauses == (run.status == RunStatus::kPaused)) {
    const bool by_another = pauses && run.paused_by != asked;
    return by_another ? refuse(StatusCode::kFailedPrecondition) : about(run);
  }
  run.status = pauses ? RunStatus::kPaused : RunStatus::kRunning;
  run.paused_by = pauses ? asked : RequestId();
  run.log.push_back({pauses ? EventType::kRunPaused : EventType::kRunUnpaused, asked});
  return about(run);
}

/// The last run has closed, and another follows it.
Outcome Operate::follow(ModelRun next) {
  after_.runs.back().has_next = true;
  add_run(after_, std::move(next));
  ask_for_those_who_wait(after_, now_);
  Outcome outcome = about(after_.runs[after_.runs.size() - 2]);
  outcome.next = after_.runs.size() - 1;
  return outcome;
}

Outcome Operate::continue_as_new(ModelRun& run) {
  if (is_closed(run.status)) return refuse(StatusCode::kNotFound);
  if (run.status == RunStatus::kPaused) return refuse(StatusCode::kFailedPrecondition);
  if (auto moved = refuse_moved_history(run)) return std::move(*moved);
  close(run, RunStatus::kContinuedAsNew, std::max(now_, run.start));
  const Duration lifetime = now_ < run.clock ? Duration(0) : now_ - (run.clock + run.backoff);
  const ContinueRequest& asked = operation_.next;
  const Duration backoff = std::max(asked.backoff, limits::kMinRunInterval - lifetime);
  ModelRun next = successor_of(run, Initiator::kWorkflow, backoff, retention_, now_);
  next.retries = asked.retry_policy.has_value();
  next.has_cron = !asked.cron_schedule.empty();
  next.has_texts = !asked.memo.empty();
  input_of(next) = test::text_of(asked.input);
  if (asked.run_timeout > Duration(0)) next.run_timeout = asked.run_timeout;
  return follow(std::move(next));
}

Outcome Operate::remove(ModelRun& run) {
  ModelRun last = run;
  if (is_open(last.status)) {
    last.status = RunStatus::kTerminated;
    last.close = std::max(now_, last.start);
  }
  const bool was_current = &run == current();
  erase_run(after_, static_cast<std::size_t>(&run - after_.runs.data()));
  if (was_current) {
    after_.has_current = false;
    take_turn(after_, now_, last.close);
  }
  return {.after = after_, .removed = std::move(last)};
}

std::vector<ModelId> explain(const ModelId& before, const Operation& operation,
                             const Retention& retention, InUse run_id_in_use,
                             const ModelAnswer* answer) {
  const bool is_reset = operation.kind == Operation::Kind::kReset;
  std::vector<ModelId> states;
  for (const ModelId& possible :
       with_named(possibilities(before, named_by(operation), is_reset), operation)) {
    for (Outcome& outcome : Operate(possible, operation, retention).all(run_id_in_use)) {
      if (answer == nullptr || fits(outcome, operation, *answer)) {
        states.push_back(std::move(outcome.after));
      }
    }
  }
  return states;
}

}  // namespace onerun::sim
