#include "core/history/run_record.hpp"

#include <algorithm>
#include <utility>

#include "core/history/codec.hpp"
#include "core/history/fold.hpp"
#include "core/records.hpp"

namespace onerun::core {
namespace {

/// All of the record of a start that waits. No run comes before such a start yet.
Status read_queued(const RawRecord& record, RunRecord& run) {
  auto note = decode_queued_note(record);
  if (!note.ok()) return note.status();
  const event::RunStarted& started = note->started;
  if (started.initiator != Initiator::kUnspecified || !started.previous_run_id.empty()) {
    return corrupt("history: a start that waits, and has begun");
  }
  const Event event{note->time, std::move(note->started)};
  const std::string_view misfit = core::misfit(run.head, event);
  if (!misfit.empty()) return corrupt("history: a start that waits: " + std::string(misfit));
  run.queue_deadline = note->deadline;
  fold(run, event, record.bytes.size());
  run.head.status = RunStatus::kUnspecified;
  run.head.history_length = 0;
  return {};
}

Status read_reset_note(const RawRecord& record, RunRecord& run) {
  if (!is_closed(run.head.status)) return corrupt("history: reset and not closed");
  auto note = decode_reset_note(record);
  if (!note.ok()) return note.status();
  run.reset_run_id = std::move(note->reset_run_id);
  run.head.history_size_bytes += record.bytes.size();
  return {};
}

Status read_event(const RawRecord& record, RunRecord& run) {
  auto event = decode_event(record);
  if (!event.ok()) return event.status();
  const std::string_view misfit = core::misfit(run.head, *event);
  if (!misfit.empty()) {
    return corrupt("history: event " + std::to_string(run.head.history_length + 1) + ", " +
                   std::string(to_string(record.type)) + ": " + std::string(misfit));
  }
  fold(run, std::move(*event), record.bytes.size());
  return {};
}

/// Events follow in batches; or have, and the run has closed with the last one.
Status read_batches_note(const RawRecord& record, RunRecord& run) {
  auto note = decode_batches_note(record);
  if (!note.ok()) return note.status();
  if (run.head.history_length == 0 || is_closed(run.head.status) ||
      (run.has_batches && !note->closed)) {
    return corrupt("history: a note of batches at the wrong place");
  }
  run.has_batches = true;
  if (!note->closed) return {};
  const bool fits =
      note->closed->run_id == run.head.run_id && note->closed->history_length > run.events_beside;
  if (!fits) return corrupt("history: the head of another run");
  run.head = std::move(*note->closed);
  return {};
}

Status read_record(const RawRecord& record, bool is_first, RunRecord& run) {
  if (record.type == kResetNote) return read_reset_note(record, run);
  if (record.type == kBatchesNote) return read_batches_note(record, run);
  if (record.type == kQueuedNote && is_first) return read_queued(record, run);
  if (run.queue_deadline || run.has_batches || (!is_first && run.head.history_length == 0)) {
    return corrupt("history: a record at the wrong place");
  }
  Status read = read_event(record, run);
  run.events_beside = run.head.history_length;
  return read;
}

}  // namespace

Result<RunRecord> decode_run(const RunId& run_id, std::string_view value) {
  if (value.empty()) return corrupt("history: empty");
  RunRecord run;
  run.head.run_id = run_id;
  bool is_first = true;
  while (!value.empty()) {
    const auto record = take_record(value);
    Status status = record.ok() ? read_record(*record, is_first, run) : record.status();
    if (!status.ok()) return status;
    is_first = false;
  }
  if (run.started.workflow_id.empty()) return corrupt("history: no workflow id");
  return run;
}

Status read_events(std::string_view records, std::uint64_t at, std::uint64_t first_event_id,
                   std::size_t limit, std::vector<HistoryEvent>& events) {
  while (!records.empty() && events.size() < limit) {
    const auto record = take_record(records);
    if (!record.ok()) return record.status();
    if (is_note(record->type)) continue;
    const std::uint64_t event_id = at++;
    if (event_id < first_event_id) continue;
    auto event = decode_event(*record);
    if (!event.ok()) return event.status();
    events.push_back({event_id, event->time, std::move(event->attributes)});
  }
  return {};
}

HistoryPage page_of(const RunHead& run, std::vector<HistoryEvent> events,
                    std::uint64_t first_event_id) {
  HistoryPage page{.run_id = run.run_id, .events = std::move(events)};
  const std::uint64_t told = page.events.empty() ? run.history_length : page.events.back().event_id;
  page.new_execution_run_id = run.new_execution_run_id;
  page.next_event_id = std::max(first_event_id, told + 1);
  page.is_last = is_closed(run.status) && told == run.history_length;
  return page;
}

}  // namespace onerun::core
