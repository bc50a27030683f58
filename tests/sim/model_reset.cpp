// Resets (specification section 3.6).
#include "tests/sim/model_rules.hpp"

namespace onerun::sim {
namespace {

bool is_close(EventType type) {
  switch (type) {
    case EventType::kRunCompleted:
    case EventType::kRunFailed:
    case EventType::kRunTimedOut:
    case EventType::kRunCanceled:
    case EventType::kRunTerminated:
    case EventType::kRunContinuedAsNew: return true;
    default: return false;
  }
}

/// The run as it was when it had only these events.
ModelRun with_log(const ModelRun& base, std::vector<ModelEvent> log) {
  ModelRun run{.retries = base.retries, .has_cron = base.has_cron};
  run.has_texts = base.has_texts;
  run.initiator = base.initiator;
  run.attempt = base.attempt;
  run.run_timeout = base.run_timeout;
  run.execution_timeout = base.execution_timeout;
  for (const ModelEvent& event : log) {
    if (event.type == EventType::kRunOptionsUpdated) run.attached.insert(event.request);
    if (event.type == EventType::kRunCancelRequested) run.cancel_requested = true;
    const bool is_signal = event.type == EventType::kRunSignaled && !event.request.empty();
    if (is_signal) run.signals.insert(event.request);
    run.signals.insert(event.left_out.begin(), event.left_out.end());
  }
  run.log = std::move(log);
  return run;
}

/// Adds what the new run answers for with the run that it was asked of. It answers itself for
/// signals that it knows.
void add_answered(ModelRun& begun, const ModelRun& of) {
  std::vector<ModelRequest>& answered = begun.answered;
  const auto add = [&](const ModelRequest& one) {
    const bool is_known = std::ranges::any_of(answered, [&](const ModelRequest& known) {
      return !one.request.empty() && known.request == one.request;
    });
    if (!is_known) answered.push_back(one);
  };
  for (const ModelRequest& known : of.answered) add(known);
  if (begins_chain(of)) add({of.request, of.id, false, of.status, of.close});
  for (const RequestId& attached : of.attached) add({attached, of.id, true, of.status, of.close});
  for (const RequestId& signaled : of.signals) {
    if (!begun.signals.contains(signaled)) add({signaled, of.id, true, of.status, of.close});
  }
}

}  // namespace

/// The reset has been done already, by the current run or in its chain.
std::optional<Outcome> Operate::repeat_reset() {
  const RequestId& asked = operation_.reset.request_id;
  ModelRun* run = used();
  if (run == nullptr) return std::nullopt;
  if (started_by(*run) == asked) return about(*run);
  for (const ModelRequest& known : run->answered) {
    const bool began_a_run = !known.attached && !id_expired(known, retention_, now_);
    if (known.request != asked || !began_a_run) continue;
    Outcome outcome = about(*run);
    outcome.known = known;
    return outcome;
  }
  return std::nullopt;
}

Outcome Operate::reset(ModelRun& base) {
  const ResetRequest& request = operation_.reset;
  const std::size_t kept = request.event_id;
  if (kept == 0 || kept > base.log.size() || is_close(base.log[kept - 1].type)) {
    return refuse(StatusCode::kInvalidArgument);
  }
  const Timestamp at = begin_time();
  ModelRun* const last = used();
  if (last != nullptr && is_open(last->status)) close(*last, RunStatus::kTerminated, at);

  const auto cut = base.log.begin() + static_cast<std::ptrdiff_t>(kept);
  ModelRun begun = with_log(base, {base.log.begin(), cut});
  std::vector<ModelEvent> later(cut, base.log.end());
  std::set<RequestId> known = base.signals;
  const auto place = static_cast<std::size_t>(&base - after_.runs.data());
  for (std::size_t i = place + 1; i < after_.runs.size(); ++i) {
    const ModelRun& next = after_.runs[i];
    const bool is_way = next.follows && after_.runs[i - 1].status == RunStatus::kContinuedAsNew;
    if (!is_way || next.record_gone || record_expired(next, retention_, now_)) break;
    later.insert(later.end(), next.log.begin(), next.log.end());
    known.insert(next.signals.begin(), next.signals.end());
  }

  const bool comes_again = !request.exclude_signals && request.reapply != Reapply::kNone;
  const std::size_t point = begun.log.size();
  begun.log.push_back({.type = EventType::kWorkflowTaskFailed, .request = request.request_id});
  for (const ModelEvent& event : later) {
    if (event.type != EventType::kRunSignaled || !comes_again) continue;
    const bool is_new = event.request.empty() || begun.signals.insert(event.request).second;
    if (is_new) begun.log.push_back(event);
  }
  for (const RequestId& one : known) {
    if (begun.signals.insert(one).second) begun.log[point].left_out.insert(one);
  }

  begun.start = at;
  begun.clock = now_;
  begun.request = request.request_id;
  begun.is_reset = true;
  begun.base = base.id;
  begun.original = base.is_reset ? base.original : base.id;
  begun.lineage = base.lineage;
  begun.lineage_run = begins_lineage(base) ? base.id : base.lineage_run;
  if (base.execution_timeout > Duration(0)) begun.chain_deadline = now_ + base.execution_timeout;
  add_answered(begun, base);
  if (last != nullptr && last != &base && last->lineage == base.lineage) {
    add_answered(begun, *last);
  }
  std::erase_if(begun.answered,
                [&](const ModelRequest& one) { return id_expired(one, retention_, now_); });
  base.was_reset = true;
  base.reset_run = {};
  add_run(after_, std::move(begun));
  ask_for_those_who_wait(after_, now_);
  Outcome outcome = about(after_.runs.back());
  outcome.copied = place;
  return outcome;
}

}  // namespace onerun::sim
