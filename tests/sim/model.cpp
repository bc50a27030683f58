#include "tests/sim/model.hpp"

#include <algorithm>
#include <sstream>

namespace onerun::sim {
namespace {

Duration retention_of(const Retention& retention, RunStatus status) {
  const auto own = retention.by_status.find(status);
  return own == retention.by_status.end() ? retention.closed : own->second;
}

bool record_expired(const ModelRun& run, const Retention& retention, Timestamp now) {
  return is_closed(run.status) && now >= run.close + retention_of(retention, run.status);
}

bool id_expired(const ModelRun& run, const Retention& retention, Timestamp now) {
  const Duration kept =
      std::max(retention_of(retention, run.status), retention.ids.value_or(Duration(0)));
  return is_closed(run.status) && now >= run.close + kept;
}

/// The state as it is, and as it is if what may have gone has gone.
std::vector<ModelId> possibilities(const ModelId& state) {
  std::vector<ModelId> all = {state};
  for (std::size_t i = state.runs.size(); i-- > 0;) {
    const ModelRun& run = state.runs[i];
    const bool is_current = state.has_current && i + 1 == state.runs.size();
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
      if (std::ranges::find(state.runs, named, &ModelRun::id) != state.runs.end()) continue;
      for (std::size_t run = 0; run < state.runs.size(); ++run) {
        if (!state.runs[run].id.empty()) continue;
        states.push_back(state);
        states.back().runs[run].id = named;
      }
    }
  }
  return states;
}

/// What an operation comes to.
struct Outcome {
  ModelId after;
  StatusCode code = StatusCode::kOk;
  std::optional<StartRule> rule = {};
  std::optional<std::size_t> run = {};  ///< the one that the answer is about
  std::optional<ModelRun> removed = {};
};

class Operate {
 public:
  Operate(const ModelId& before, const Operation& operation, const Retention& retention)
      : after_(before), operation_(operation), retention_(retention), now_(operation.now) {}

  std::vector<Outcome> all(InUse run_id_in_use) {
    if (operation_.kind == Operation::Kind::kStart) return start(run_id_in_use);
    return {change()};
  }

 private:
  ModelRun* current() { return after_.has_current ? &after_.runs.back() : nullptr; }

  Outcome refuse(StatusCode code) { return {.after = after_, .code = code}; }

  Outcome about(const ModelRun& run, std::optional<StartRule> rule = {}) {
    return {
        .after = after_, .rule = rule, .run = static_cast<std::size_t>(&run - after_.runs.data())};
  }

  std::vector<Outcome> start(InUse run_id_in_use) {
    const StartRequest& request = operation_.start;
    ModelRun* run = current();
    if (run != nullptr && id_expired(*run, retention_, now_)) run = nullptr;
    const RequestId asked =
        request.request_id.empty() ? RequestId(request.run_id.text()) : request.request_id;
    if (run != nullptr && !asked.empty()) {
      if (asked == started_by(*run)) return {about(*run, StartRule::kDeduplicated)};
      if (run->attached.contains(asked)) return {about(*run, StartRule::kDeduplicatedAttached)};
    }
    if (!request.expected_run_id.empty() &&
        (run == nullptr || run->id != request.expected_run_id)) {
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

  std::vector<Outcome> conflict(ModelRun& run, InUse run_id_in_use) {
    const StartRequest& request = operation_.start;
    const bool terminates = request.conflict_policy == ConflictPolicy::kTerminateExisting ||
                            request.reuse_policy == ReusePolicy::kTerminateIfRunning;
    if (terminates) return begin(StartRule::kTerminatedExistingAndStarted, run_id_in_use);
    if (request.conflict_policy != ConflictPolicy::kUseExisting) {
      return {reject(run, StartRule::kRejectedRunning)};
    }
    if (request.attach_request_id && !request.dry_run) run.attached.insert(request.request_id);
    return {about(run, StartRule::kUsedExisting)};
  }

  Outcome reject(const ModelRun& run, StartRule rule) {
    Outcome outcome = about(run, rule);
    if (operation_.start.error_when_already_started) outcome.code = StatusCode::kAlreadyExists;
    return outcome;
  }

  std::vector<Outcome> begin(StartRule rule, InUse run_id_in_use) {
    const StartRequest& request = operation_.start;
    std::vector<Outcome> outcomes;
    if (!request.run_id.empty() && run_id_in_use != InUse::kNo) {
      outcomes.push_back(refuse(StatusCode::kAlreadyExists));
      if (run_id_in_use == InUse::kYes) return outcomes;
    }
    Timestamp at = now_;
    if (const ModelRun* last = current(); last != nullptr && !id_expired(*last, retention_, now_)) {
      at = std::max({at, last->start, last->close});
    }
    if (request.dry_run) {
      outcomes.push_back({.after = after_, .rule = rule});
      return outcomes;
    }
    if (rule == StartRule::kTerminatedExistingAndStarted) {
      current()->status = RunStatus::kTerminated;
      current()->close = at;
    }
    // The id of a run that is gone may be used again.
    std::erase_if(after_.runs, [&](const ModelRun& run) {
      return !request.run_id.empty() && run.id == request.run_id;
    });
    after_.runs.push_back({.id = request.run_id, .start = at, .request = request.request_id});
    after_.has_current = true;
    outcomes.push_back(about(after_.runs.back(), rule));
    return outcomes;
  }

  static RequestId started_by(const ModelRun& run) {
    return run.request.empty() ? RequestId(run.id.text()) : run.request;
  }

  ModelRun* find() {
    const bool by_chain = !operation_.chain.empty();
    if (by_chain || operation_.run.run_id.empty()) return current();
    for (ModelRun& run : after_.runs) {
      if (run.id == operation_.run.run_id) return &run;
    }
    return nullptr;
  }

  Outcome change() {
    ModelRun* run = find();
    if (run == nullptr || run->record_gone || record_expired(*run, retention_, now_)) {
      return refuse(StatusCode::kNotFound);
    }
    if (operation_.kind == Operation::Kind::kRemove) return remove(*run);
    const bool closes = operation_.kind == Operation::Kind::kClose;
    if (is_closed(run->status)) return closes ? refuse(StatusCode::kNotFound) : about(*run);
    if (!operation_.chain.empty() && operation_.chain != run->id) {
      return refuse(StatusCode::kNotFound);
    }
    if (closes) {
      run->status = operation_.close_as;
      run->close = std::max(now_, run->start);
    } else {
      run->cancel_requested = true;
    }
    return about(*run);
  }

  Outcome remove(ModelRun& run) {
    ModelRun last = run;
    if (is_open(last.status)) {
      last.status = RunStatus::kTerminated;
      last.close = std::max(now_, last.start);
    }
    const auto index = &run - after_.runs.data();
    const bool was_current = &run == current();
    after_.runs.erase(after_.runs.begin() + index);
    if (was_current) after_.has_current = false;
    return {.after = after_, .removed = std::move(last)};
  }

  ModelId after_;
  const Operation& operation_;
  const Retention& retention_;
  const Timestamp now_;
};

/// True if the run may be the one that has this id; then it is, from now on.
bool bind(ModelRun& run, const RunId& id) {
  if (run.id.empty()) run.id = id;
  return run.id == id;
}

bool fits(Outcome& outcome, const Result<StartResult>& answer, const StartRequest& request) {
  if (answer.code() != outcome.code) return false;
  if (const auto* refused = answer.status().detail<AlreadyStarted>()) {
    if (!outcome.run || refused->rule != outcome.rule) return false;
    ModelRun& run = outcome.after.runs[*outcome.run];
    return bind(run, refused->run_id) && refused->status == run.status;
  }
  if (!answer.ok()) return !outcome.rule;
  if (answer->rule != outcome.rule) return false;
  if (!outcome.run) return answer->dry_run && answer->run_id == request.run_id;
  ModelRun& run = outcome.after.runs[*outcome.run];
  return bind(run, answer->run_id) && answer->status == run.status &&
         answer->first_execution_run_id == run.id;
}

bool is_info_of(const RunInfo& info, const ModelRun& run) {
  const bool same_close = info.close_time.has_value() == is_closed(run.status) &&
                          (!info.close_time || *info.close_time == run.close);
  return info.status == run.status && info.start_time == run.start && same_close &&
         info.cancel_requested == run.cancel_requested;
}

bool fits(Outcome& outcome, const Result<RunInfo>& answer) {
  if (answer.code() != outcome.code) return false;
  if (!answer.ok()) return true;
  ModelRun& run = outcome.removed ? *outcome.removed : outcome.after.runs[*outcome.run];
  return bind(run, answer->run_id) && is_info_of(*answer, run);
}

bool fits(Outcome& outcome, const Operation& operation, const ModelAnswer& answer) {
  if (const auto* started = std::get_if<Result<StartResult>>(&answer)) {
    return fits(outcome, *started, operation.start);
  }
  return fits(outcome, std::get<Result<RunInfo>>(answer));
}

bool is_description_of(const RunDescription& description, const ModelRun& run, bool is_current) {
  std::set<RequestId> attached;
  for (const RequestIdInfo& info : description.request_ids) {
    if (!info.started) attached.insert(info.request_id);
  }
  return (run.id.empty() || description.run.run_id == run.id) &&
         description.is_current == is_current && is_info_of(description.run, run) &&
         attached == run.attached;
}

/// The state, once for each run in it that the answer may be about; once if it is about none, and
/// may be.
void add_described(std::vector<ModelId>& states, const ModelId& state, const RunRef& ref,
                   const Retention& retention, Timestamp now,
                   const Result<RunDescription>& answer) {
  for (std::size_t i = 0; i < state.runs.size(); ++i) {
    const ModelRun& run = state.runs[i];
    const bool is_current = state.has_current && i + 1 == state.runs.size();
    const bool is_named = ref.run_id.empty() ? is_current : run.id.empty() || run.id == ref.run_id;
    if (!is_named || run.record_gone || record_expired(run, retention, now)) continue;
    if (answer.ok() && is_description_of(*answer, run, is_current)) {
      states.push_back(state);
      states.back().runs[i].id = answer->run.run_id;
    }
    // A run whose id was never told may have another than the one that was not found.
    if (!answer.ok() && (!run.id.empty() || ref.run_id.empty())) return;
  }
  if (answer.code() == StatusCode::kNotFound) states.push_back(state);
}

}  // namespace

std::vector<ModelId> explain(const ModelId& before, const Operation& operation,
                             const Retention& retention, InUse run_id_in_use,
                             const ModelAnswer* answer) {
  std::vector<ModelId> states;
  for (const ModelId& possible : with_named(possibilities(before), operation)) {
    for (Outcome& outcome : Operate(possible, operation, retention).all(run_id_in_use)) {
      if (answer == nullptr || fits(outcome, operation, *answer)) {
        states.push_back(std::move(outcome.after));
      }
    }
  }
  return states;
}

std::vector<ModelId> explain_description(const ModelId& state, const RunRef& run,
                                         const Retention& retention, Timestamp now,
                                         const Result<RunDescription>& answer) {
  std::vector<ModelId> states;
  for (const ModelId& possible : possibilities(state)) {
    add_described(states, possible, run, retention, now, answer);
  }
  return states;
}

bool is_surely_retained(const ModelRun& run, const Retention& retention, Timestamp now) {
  return !run.record_gone && !run.record_may_go && !record_expired(run, retention, now);
}

void note_expired(ModelId& state, const Retention& retention, Timestamp now) {
  for (ModelRun& run : state.runs) {
    run.record_may_go |= record_expired(run, retention, now);
    run.id_may_go |= id_expired(run, retention, now);
  }
}

void forget_expired(ModelId& state, const Retention& retention, Timestamp now) {
  const bool has_current = state.has_current && !id_expired(state.runs.back(), retention, now);
  const auto older_end = state.runs.end() - (has_current ? 1 : 0);
  state.runs.erase(
      std::remove_if(state.runs.begin(), older_end,
                     [&](const ModelRun& run) { return record_expired(run, retention, now); }),
      older_end);
  state.has_current = has_current;
}

// ---- for people ----

namespace {

std::int64_t ms(Timestamp instant) { return instant.time_since_epoch().count() % 100'000'000; }

std::string short_id(const RunId& id) {
  const std::string text = id.text();
  return text.size() == 36 ? ".." + text.substr(9, 4) + text.substr(30) : text;
}

}  // namespace

std::string to_text(const ModelId& state) {
  std::ostringstream out;
  out << "[";
  for (const ModelRun& run : state.runs) {
    out << " " << (run.id.empty() ? "?" : short_id(run.id)) << ":" << run.status << "@"
        << ms(run.start);
    if (is_closed(run.status)) out << "-" << ms(run.close);
    if (run.cancel_requested) out << " cancel";
    if (!run.attached.empty()) out << " +" << run.attached.size();
    if (run.record_gone) out << " gone";
    if (run.record_may_go) out << " may-go";
    if (run.id_may_go) out << " id-may-go";
  }
  out << (state.has_current ? " *]" : " ]");
  return out.str();
}

std::string to_text(const Operation& operation) {
  std::ostringstream out;
  out << "@" << ms(operation.now) << " ";
  if (operation.kind == Operation::Kind::kStart) {
    const StartRequest& start = operation.start;
    out << "start " << start.workflow_id << " request=" << start.request_id << " "
        << start.reuse_policy << "/" << start.conflict_policy;
    if (!start.run_id.empty()) out << " run_id=" << short_id(start.run_id);
    if (!start.expected_run_id.empty()) out << " expected=" << short_id(start.expected_run_id);
    if (start.attach_request_id) out << " attach";
    if (start.dry_run) out << " dry";
    if (!start.error_when_already_started) out << " no-error";
    return out.str();
  }
  switch (operation.kind) {
    case Operation::Kind::kClose: out << "close as " << operation.close_as; break;
    case Operation::Kind::kCancel: out << "request_cancel"; break;
    default: out << "remove"; break;
  }
  out << " " << operation.run.workflow_id << " run=" << short_id(operation.run.run_id);
  if (!operation.chain.empty()) out << " chain=" << short_id(operation.chain);
  return out.str();
}

std::string to_text(const ModelAnswer& answer) {
  std::ostringstream out;
  if (const auto* started = std::get_if<Result<StartResult>>(&answer)) {
    if (!started->ok()) return started->status().to_string();
    out << (*started)->rule << " " << short_id((*started)->run_id) << " " << (*started)->status;
    return out.str();
  }
  const auto& info = std::get<Result<RunInfo>>(answer);
  if (!info.ok()) return info.status().to_string();
  out << short_id(info->run_id) << " " << info->status << "@" << ms(info->start_time);
  if (info->close_time) out << "-" << ms(*info->close_time);
  return out.str();
}

}  // namespace onerun::sim
