// What answers and descriptions tell of the state of a workflow id.
#include <iterator>

#include "tests/sim/model_rules.hpp"

namespace onerun::sim {

bool is_info_of(const RunInfo& info, const ModelRun& run) {
  const bool same_close = info.close_time.has_value() == is_closed(run.status) &&
                          (!info.close_time || *info.close_time == run.close);
  return info.status == run.status && info.start_time == run.start && same_close &&
         info.cancel_requested == run.cancel_requested && info.initiator == run.initiator &&
         info.attempt == run.attempt && info.new_execution_run_id.empty() != run.has_next &&
         (run.id.empty() || is_first_of(info.first_execution_run_id, run));
}

namespace {

bool is_known(const ModelRequest& known, const RunId& run_id, RunStatus status) {
  return (known.run.empty() || run_id == known.run) && status == known.status;
}

/// A start that waits is told by its place.
bool fits_waiting(Outcome& outcome, const StartResult& answer, const StartRequest& request) {
  const bool same_place = answer.queue_position == *outcome.waiting + 1;
  if (!same_place || answer.status != RunStatus::kUnspecified || answer.started) return false;
  if (answer.dry_run && outcome.rule != StartRule::kDeduplicated) {
    return answer.run_id == request.run_id;
  }
  return bind(outcome.after, outcome.after.queue[*outcome.waiting].run, answer.run_id);
}

bool fits(Outcome& outcome, const Result<StartResult>& answer, const StartRequest& request) {
  if (answer.code() != outcome.code) return false;
  if (const auto* refused = answer.status().detail<AlreadyStarted>()) {
    if (!outcome.run || refused->rule != outcome.rule) return false;
    ModelRun& run = outcome.after.runs[*outcome.run];
    return bind(outcome.after, run, refused->run_id) && refused->status == run.status;
  }
  if (!answer.ok()) return !outcome.rule;
  if (answer->rule != outcome.rule) return false;
  if (outcome.waiting) return fits_waiting(outcome, *answer, request);
  if (answer->queue_position != 0) return false;
  if (!outcome.run) return answer->dry_run && answer->run_id == request.run_id;
  if (outcome.known) return is_known(*outcome.known, answer->run_id, answer->status);
  ModelRun& run = outcome.after.runs[*outcome.run];
  return bind(outcome.after, run, answer->run_id) && answer->status == run.status &&
         is_first_of(answer->first_execution_run_id, run);
}

bool fits(Outcome& outcome, const Result<RunInfo>& answer) {
  if (answer.code() != outcome.code) return false;
  if (!answer.ok()) return true;
  if (outcome.known) return is_known(*outcome.known, answer->run_id, answer->status);
  if (outcome.dropped) {
    return bind(outcome.after, outcome.dropped->run, answer->run_id) &&
           answer->status == RunStatus::kUnspecified;
  }
  ModelRun& run = outcome.removed ? *outcome.removed : outcome.after.runs[*outcome.run];
  if (!bind(outcome.after, run, answer->run_id) || !is_info_of(*answer, run)) return false;
  if (outcome.copied) outcome.after.runs[*outcome.copied].reset_run = answer->run_id;
  return !outcome.next ||
         bind(outcome.after, outcome.after.runs[*outcome.next], answer->new_execution_run_id);
}

bool may_have_id(const RunId& told, const RunId& id) { return id.empty() || told == id; }

bool tells_resets_of(const RunDescription& description, const ModelRun& run) {
  const RunInfo& info = description.run;
  if (description.base_run_id.empty() == run.is_reset) return false;
  if (description.reset_run_id.empty() == run.was_reset) return false;
  if (run.is_reset && !may_have_id(description.base_run_id, run.base)) return false;
  if (run.was_reset && !may_have_id(description.reset_run_id, run.reset_run)) return false;
  const bool same_original = run.is_reset
                                 ? may_have_id(info.original_execution_run_id, run.original)
                                 : info.original_execution_run_id == info.run_id;
  return same_original && (run.id.empty() || is_lineage_of(info.lineage_run_id, run));
}

bool is_description_of(const RunDescription& description, const ModelRun& run, bool is_current,
                       std::size_t waiting) {
  std::set<RequestId> attached;
  for (const RequestIdInfo& info : description.request_ids) {
    if (!info.started) attached.insert(info.request_id);
  }
  const bool is_paused = run.status == RunStatus::kPaused;
  const bool same_pause = description.pause.has_value() == is_paused &&
                          (!is_paused || description.pause->request_id == run.paused_by);
  return description.is_current == is_current && is_info_of(description.run, run) &&
         attached == run.attached && description.history_length == run.log.size() && same_pause &&
         description.queue_position == 0 && description.queued_starts == waiting &&
         description.run_deadline == deadline_of(run) && tells_resets_of(description, run);
}

bool is_description_of_waiting(const RunDescription& description, const ModelWaiting& waiting,
                               std::size_t place) {
  return description.run.status == RunStatus::kUnspecified && !description.is_current &&
         description.run.start_time == waiting.run.start &&
         description.queue_position == place + 1 && description.queued_starts == 0 &&
         description.history_length == 0;
}

/// The state, once for each run in it that the answer may be about; once if it is about none, and
/// may be. `tells`: whether the answer, which is ok, tells of that run.
template <class Answer, class RunIdOf, class Tells, class TellsWaiting>
void add_told(std::vector<ModelId>& states, const ModelId& state, const RunRef& ref,
              const Retention& retention, Timestamp now, const Result<Answer>& answer,
              RunIdOf run_id_of, Tells tells, TellsWaiting tells_waiting) {
  for (std::size_t i = 0; i < state.runs.size(); ++i) {
    const ModelRun& run = state.runs[i];
    const bool is_current = state.has_current && i + 1 == state.runs.size();
    const bool is_named = ref.run_id.empty() ? is_current : may_be(state, run, ref.run_id);
    if (!is_named || run.record_gone || record_expired(run, retention, now)) continue;
    if (answer.ok() && may_be(state, run, run_id_of(*answer)) && tells(run, is_current)) {
      states.push_back(state);
      states.back().runs[i].id = run_id_of(*answer);
    }
    // A run whose id was never told may have another than the one that was not found.
    if (!answer.ok() && (!run.id.empty() || ref.run_id.empty())) return;
  }
  for (std::size_t i = 0; i < state.queue.size() && !ref.run_id.empty(); ++i) {
    const ModelWaiting& waiting = state.queue[i];
    if (!may_be(state, waiting.run, ref.run_id)) continue;
    if (answer.ok() && tells_waiting(waiting, i)) {
      states.push_back(state);
      states.back().queue[i].run.id = ref.run_id;
    }
    if (!answer.ok() && !waiting.run.id.empty()) return;
  }
  if (answer.code() == StatusCode::kNotFound) states.push_back(state);
}

/// True if the page, from the first event on, is what the run's log begins with.
bool is_history_of(const HistoryPage& page, const ModelRun& run) {
  if (page.events.size() != run.log.size() || page.is_last != is_closed(run.status)) return false;
  return std::ranges::equal(page.events, run.log, [](const HistoryEvent& is, const ModelEvent& as) {
    return is.type == as.type && (is.type == EventType::kStarted || is.request_id == as.request);
  });
}

}  // namespace

bool fits(Outcome& outcome, const Operation& operation, const ModelAnswer& answer) {
  if (const auto* started = std::get_if<Result<StartResult>>(&answer)) {
    return fits(outcome, *started, operation.start);
  }
  return fits(outcome, std::get<Result<RunInfo>>(answer));
}

std::vector<ModelId> explain_description(const ModelId& state, const RunRef& run,
                                         const Retention& retention, Timestamp now,
                                         const Result<RunDescription>& answer) {
  std::vector<ModelId> states;
  for (const ModelId& possible : possibilities(state, {run.run_id})) {
    add_told(
        states, possible, run, retention, now, answer,
        [](const RunDescription& told) { return told.run.run_id; },
        [&](const ModelRun& one, bool is_current) {
          const std::size_t waiting = is_current ? possible.queue.size() : 0;
          return is_description_of(*answer, one, is_current, waiting);
        },
        [&](const ModelWaiting& one, std::size_t place) {
          return is_description_of_waiting(*answer, one, place);
        });
  }
  return states;
}

std::vector<ModelId> explain_history(const ModelId& state, const RunRef& run,
                                     const Retention& retention, Timestamp now,
                                     const Result<HistoryPage>& answer) {
  std::vector<ModelId> states;
  for (const ModelId& possible : possibilities(state, {run.run_id})) {
    add_told(
        states, possible, run, retention, now, answer,
        [](const HistoryPage& told) { return told.run_id; },
        [&](const ModelRun& one, bool) { return is_history_of(*answer, one); },
        [&](const ModelWaiting&, std::size_t) { return answer->events.empty(); });
  }
  return states;
}

bool explains_runs(const ModelId& state, const Retention& retention, Timestamp now,
                   bool way_may_end, const std::vector<RunInfo>& runs) {
  auto next = runs.begin();
  for (std::size_t i = state.runs.size(); i-- > 0;) {
    const ModelRun& run = state.runs[i];
    const bool is_gone = run.record_gone || record_expired(run, retention, now);
    const bool is_next = next != runs.end() && !is_gone && may_be(state, run, next->run_id) &&
                         is_info_of(*next, run);
    if (is_next) {
      ++next;
    } else if (is_surely_retained(run, retention, now) && !(way_may_end && next == runs.end())) {
      return false;
    }
  }
  return next == runs.end();
}

}  // namespace onerun::sim
