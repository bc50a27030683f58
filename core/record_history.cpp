// Histories event by event, as the outside sees them.
#include "core/record_events.hpp"

namespace onerun::core {
namespace {

void read_started(const wire::Field& field, HistoryEvent& event) {
  switch (field.id) {
    case kRequestId: event.request_id = RequestId(field.bytes); break;
    case kWorkflowType: event.name = field.bytes; break;
    case kInput: read_payload(field, event.payload); break;
    case kStartedIdentity: event.identity = field.bytes; break;
    default: break;
  }
}

void read_signaled(const wire::Field& field, HistoryEvent& event) {
  switch (field.id) {
    case kSignalName: event.name = field.bytes; break;
    case kSignalInput: read_payload(field, event.payload); break;
    case kSignalRequestId: event.request_id = RequestId(field.bytes); break;
    case kSignalIdentity: event.identity = field.bytes; break;
    default: break;
  }
}

void read_paused(const wire::Field& field, HistoryEvent& event) {
  switch (field.id) {
    case kPauseReason: event.reason = field.bytes; break;
    case kPauseIdentity: event.identity = field.bytes; break;
    case kPauseRequestId: event.request_id = RequestId(field.bytes); break;
    default: break;
  }
}

void read_reset(const wire::Field& field, HistoryEvent& event) {
  switch (field.id) {
    case kBaseRunId: read_run_id(field, event.base_run_id); break;
    case kResetRequestId: event.request_id = RequestId(field.bytes); break;
    case kResetReason: event.reason = field.bytes; break;
    case kResetIdentity: event.identity = field.bytes; break;
    default: break;
  }
}

void read_close(const wire::Field& field, HistoryEvent& event) {
  switch (field.id) {
    case kResult: read_payload(field, event.payload); break;
    case kFailure: read_failure(field, event.failure.emplace()); break;
    case kCloseReason: event.reason = field.bytes; break;
    case kCloseIdentity: event.identity = field.bytes; break;
    case kNewExecutionRunId: read_run_id(field, event.new_execution_run_id); break;
    default: break;
  }
}

/// What a field says to the outside. A field that can't be read has no place here: `decode_run`
/// has refused the history.
void read_field(const wire::Field& field, HistoryEvent& event) {
  if (field.is_number) return;
  switch (event.type) {
    case EventType::kStarted: return read_started(field, event);
    case EventType::kSignaled: return read_signaled(field, event);
    case EventType::kPaused:
    case EventType::kUnpaused: return read_paused(field, event);
    case EventType::kReset: return read_reset(field, event);
    case EventType::kOptionsUpdated:
      if (field.id == kAttachedRequestId) event.request_id = RequestId(field.bytes);
      return;
    case EventType::kCancelRequested:
      if (field.id == kCancelReason) event.reason = field.bytes;
      if (field.id == kCancelIdentity) event.identity = field.bytes;
      return;
    default: return read_close(field, event);
  }
}

/// Leaves out what is no event.
void skip_notes(std::string_view& history) {
  for (std::string_view rest = history; !rest.empty(); history = rest) {
    const auto next = take_event(rest);
    if (!next.ok() || next->type != kResetNoted) return;
  }
}

}  // namespace

Result<RawEvent> take_event(std::string_view& history) {
  std::uint64_t length = 0;
  if (!wire::take_varint(history, length) || length > history.size()) {
    return corrupt("history: cut off");
  }
  wire::Reader reader(history.substr(0, length));
  history.remove_prefix(length);
  wire::Field type;
  wire::Field time;
  if (!reader.next(type) || type.id != kType || !type.is_number || !reader.next(time) ||
      time.id != kTime || type.number > 0xFFFF) {
    return corrupt("history: an event without kind and time");
  }
  RawEvent event{static_cast<EventType>(type.number), {}, reader.rest()};
  if (!read_time(time, event.time)) return corrupt("history: an event at no time");
  return event;
}

Result<HistoryPage> read_history(const RunId& run_id, std::string_view history,
                                 std::uint64_t first_event_id, std::size_t limit) {
  const auto run = decode_run(run_id, history);
  if (!run.ok()) return run.status();
  HistoryPage page{.run_id = run_id};
  std::uint64_t event_id = 0;
  while (!history.empty() && page.events.size() < limit) {
    const auto raw = take_event(history);
    if (!raw.ok()) return raw.status();
    if (raw->type == kResetNoted || raw->type == kStartQueued) continue;
    if (++event_id < first_event_id) continue;
    HistoryEvent event{.event_id = event_id, .type = raw->type, .time = raw->time};
    wire::Reader fields(raw->fields);
    for (wire::Field field; fields.next(field);) read_field(field, event);
    page.events.push_back(std::move(event));
  }
  skip_notes(history);
  page.new_execution_run_id = run->head.new_execution_run_id;
  page.next_event_id = std::max(first_event_id, event_id + 1);
  page.is_last = history.empty() && is_closed(run->head.status);
  return page;
}

}  // namespace onerun::core
