// What answers and descriptions tell of the state of a workflow id.
#include "tests/sim/model_rules.hpp"
#include "tests/support/events.hpp"
#include "tests/support/payloads.hpp"

namespace onerun::sim {
namespace {

bool may_have_id(const RunId& told, const RunId& id) { return id.empty() || told == id; }

bool tells_original(const RunInfo& info, const ModelRun& run) {
  const RunId& original = info.original_execution_run_id;
  return run.is_reset ? may_have_id(original, run.original) : original == info.run_id;
}

}  // namespace

bool is_info_of(const RunInfo& info, const ModelRun& run) {
  const bool same_close = info.close_time.has_value() == is_closed(run.status) &&
                          (!info.close_time || *info.close_time == run.close);
  return info.status == run.status && info.start_time == run.start && same_close &&
         info.cancel_requested == run.cancel_requested && info.initiator == run.initiator &&
         info.attempt == run.attempt && info.new_execution_run_id.empty() != run.has_next &&
         tells_original(info, run) &&
         (run.id.empty() || (is_first_of(info.first_execution_run_id, run) &&
                             is_lineage_of(info.lineage_run_id, run)));
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
  const auto* moved = answer.status().detail<HistoryMoved>();
  if (outcome.last_event.has_value() != (moved != nullptr)) return false;
  if (moved != nullptr && moved->last_event_id != *outcome.last_event) return false;
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

bool tells_resets_of(const RunDescription& description, const ModelRun& run) {
  if (description.base_run_id.empty() == run.is_reset) return false;
  if (description.reset_run_id.empty() == run.was_reset) return false;
  if (run.is_reset && !may_have_id(description.base_run_id, run.base)) return false;
  return !run.was_reset || may_have_id(description.reset_run_id, run.reset_run);
}

bool tells_given_to(const RunDescription& description, const ModelRun& run) {
  const std::string& input = input_of(run);
  if (input.empty()) return true;
  const PayloadMap memo = run.has_texts ? model_memo(input) : PayloadMap();
  const SearchAttributes attributes = run.has_texts ? model_attributes(input) : SearchAttributes();
  return test::text_of(description.input) == input && description.memo == memo &&
         description.header == memo && description.search_attributes == attributes;
}

const std::string& given_at_close(const CloseInfo& close) {
  return close.failure ? close.failure->message : test::text_of(close.result);
}

bool is_description_of(const RunDescription& description, const ModelRun& run, bool is_current,
                       std::size_t waiting) {
  std::set<RequestId> attached;
  for (const RequestIdInfo& info : description.request_ids) {
    if (!info.started) attached.insert(info.request_id);
  }
  const bool is_paused = run.status == RunStatus::kPaused;
  const bool same_close =
      description.close.has_value() == is_closed(run.status) &&
      (!description.close || is_given(given_at_close(*description.close), run.log.back().given));
  const bool same_pause = description.pause.has_value() == is_paused &&
                          (!is_paused || description.pause->request_id == run.paused_by);
  return description.is_current == is_current && is_info_of(description.run, run) &&
         attached == run.attached && description.history_length == run.log.size() && same_pause &&
         description.queue_position == 0 && description.queued_starts == waiting &&
         description.run_deadline == deadline_of(run) && same_close &&
         description.execution_time == run.clock + run.backoff &&
         tells_given_to(description, run) && tells_resets_of(description, run);
}

bool is_description_of_waiting(const RunDescription& description, const ModelWaiting& waiting,
                               std::size_t place) {
  return description.run.status == RunStatus::kUnspecified && !description.is_current &&
         description.run.start_time == waiting.run.start &&
         description.queue_position == place + 1 && description.queued_starts == 0 &&
         description.history_length == 0 && tells_given_to(description, waiting.run);
}

bool tells_event(const HistoryEvent& is, const ModelEvent& as) {
  const bool same_request =
      is.type() == EventType::kRunStarted || test::request_id_of(is) == as.request;
  return is.type() == as.type && same_request && is_given(test::given_with(is), as.given);
}

/// True if the page is the run's log from that event on.
bool is_history_of(const HistoryPage& page, const ModelRun& run, std::uint64_t first_event_id) {
  const std::size_t before = std::min<std::size_t>(first_event_id - 1, run.log.size());
  if (page.events.size() != run.log.size() - before || page.is_last != is_closed(run.status)) {
    return false;
  }
  for (std::size_t i = 0; i < page.events.size(); ++i) {
    const HistoryEvent& event = page.events[i];
    if (event.event_id != before + i + 1 || !tells_event(event, run.log[before + i])) return false;
  }
  return page.next_event_id == std::max(first_event_id, run.log.size() + 1) &&
         page.new_execution_run_id.empty() != run.has_next;
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
                                     const Result<HistoryPage>& answer,
                                     std::uint64_t first_event_id) {
  std::vector<ModelId> states;
  for (const ModelId& possible : possibilities(state, {run.run_id})) {
    add_told(
        states, possible, run, retention, now, answer,
        [](const HistoryPage& told) { return told.run_id; },
        [&](const ModelRun& one, bool) { return is_history_of(*answer, one, first_event_id); },
        [&](const ModelWaiting&, std::size_t) { return answer->events.empty(); });
  }
  return states;
}

bool may_come_to(const ModelRun& run, const HistoryPage& history) {
  const std::size_t told = history.events.size();
  if (history.is_last && run.log.size() > told) return false;
  if (is_closed(run.status) && run.log.size() < told) return false;
  return std::equal(
      history.events.begin(),
      history.events.begin() + static_cast<std::ptrdiff_t>(std::min(told, run.log.size())),
      run.log.begin(), tells_event);
}

bool may_come_to(const ModelRun& run, const RunInfo& closed, std::uint64_t history_length) {
  const std::size_t length = history_length == 0 ? run.log.size() : history_length;
  if (is_closed(run.status)) {
    return run.status == closed.status && run.log.size() == length &&
           run.cancel_requested == closed.cancel_requested;
  }
  const bool may_grow = history_length == 0 || run.log.size() < length;
  return may_grow && (closed.cancel_requested || !run.cancel_requested);
}

}  // namespace onerun::sim
