// Histories: the events of a run, one after the other, and the run that they fold into.
#include "core/record_fields.hpp"

namespace onerun::core {
namespace {

// Fields that every event has.
enum EventField : unsigned { kType = 1, kTime = 2 };

// Fields of particular kinds of event.
enum StartedField : unsigned {
  kWorkflowId = 3,
  kRequestId = 4,
  kWorkflowType = 5,
  kInput = 6,
  kMemo = 7,
  kTag = 8,
  kStartedIdentity = 9,
  kPreviousRunId = 10,
};
enum ClosedField : unsigned { kResult = 3, kFailure = 4, kCloseReason = 5, kCloseIdentity = 6 };
enum CancelField : unsigned { kCancelReason = 3, kCancelIdentity = 4 };
enum OptionsField : unsigned { kAttachedRequestId = 3 };

enum PayloadField : unsigned { kData = 1, kContentType = 2 };
enum FailureField : unsigned { kMessage = 1, kFailureType = 2, kDetails = 3 };

void write_payload(wire::Writer& out, unsigned field, const Payload& payload) {
  if (payload == Payload{}) return;
  std::string nested;
  wire::Writer part(nested);
  part.bytes_if_any(kData, payload.data);
  part.bytes_if_any(kContentType, payload.content_type);
  out.bytes(field, nested);
}

bool read_payload(const wire::Field& field, Payload& payload) {
  return read_nested(field, [&](const wire::Field& part) {
    if (part.is_number) return false;
    if (part.id == kData) payload.data = part.bytes;
    if (part.id == kContentType) payload.content_type = part.bytes;
    return part.id == kData || part.id == kContentType;
  });
}

bool read_failure(const wire::Field& field, Failure& failure) {
  return read_nested(field, [&](const wire::Field& part) {
    if (part.is_number) return false;
    switch (part.id) {
      case kMessage: failure.message = part.bytes; return true;
      case kFailureType: failure.type = part.bytes; return true;
      case kDetails: return read_payload(part, failure.details);
      default: return false;
    }
  });
}

constexpr EventType close_event(RunStatus status) {
  switch (status) {
    case RunStatus::kCompleted: return EventType::kCompleted;
    case RunStatus::kFailed: return EventType::kFailed;
    case RunStatus::kCanceled: return EventType::kCanceled;
    case RunStatus::kContinuedAsNew: return EventType::kContinuedAsNew;
    case RunStatus::kTimedOut: return EventType::kTimedOut;
    default: return EventType::kTerminated;
  }
}

constexpr RunStatus closed_by(EventType type) {
  switch (type) {
    case EventType::kCompleted: return RunStatus::kCompleted;
    case EventType::kFailed: return RunStatus::kFailed;
    case EventType::kTimedOut: return RunStatus::kTimedOut;
    case EventType::kCanceled: return RunStatus::kCanceled;
    case EventType::kTerminated: return RunStatus::kTerminated;
    case EventType::kContinuedAsNew: return RunStatus::kContinuedAsNew;
    default: return RunStatus::kUnspecified;
  }
}

struct EventWriter {
  const WorkflowId& workflow_id;
  wire::Writer out;

  void common(EventType type, Timestamp time) {
    out.number(kType, static_cast<std::uint64_t>(type));
    out.signed_number(kTime, to_ms(time));
  }

  void operator()(const RunStarted& event) {
    const StartRequest& request = *event.request;
    common(EventType::kStarted, event.time);
    out.bytes(kWorkflowId, workflow_id.text());
    out.bytes_if_any(kRequestId, request.request_id.text());
    out.bytes_if_any(kWorkflowType, request.workflow_type);
    write_payload(out, kInput, request.input);
    write_text_map(out, kMemo, request.memo);
    write_text_map(out, kTag, request.tags);
    out.bytes_if_any(kStartedIdentity, request.identity);
    write_run_id(out, kPreviousRunId, event.previous_run_id);
  }

  void operator()(const RunClosed& event) {
    common(close_event(event.status), event.time);
    write_payload(out, kResult, event.close.result);
    if (event.close.failure) {
      std::string nested;
      wire::Writer part(nested);
      part.bytes_if_any(kMessage, event.close.failure->message);
      part.bytes_if_any(kFailureType, event.close.failure->type);
      write_payload(part, kDetails, event.close.failure->details);
      out.bytes(kFailure, nested);
    }
    out.bytes_if_any(kCloseReason, event.close.reason);
    out.bytes_if_any(kCloseIdentity, event.close.identity);
  }

  void operator()(const CancelRequested& event) {
    common(EventType::kCancelRequested, event.time);
    out.bytes_if_any(kCancelReason, event.reason);
    out.bytes_if_any(kCancelIdentity, event.identity);
  }

  void operator()(const RequestIdAttached& event) {
    common(EventType::kOptionsUpdated, event.time);
    out.bytes(kAttachedRequestId, event.request_id.text());
  }

  void operator()(const RunRemoved&) {}
};

bool read_started(const wire::Field& field, RunRecord& run) {
  if (field.is_number) return false;
  switch (field.id) {
    case kWorkflowId: run.workflow_id = WorkflowId(field.bytes); return true;
    case kRequestId: run.head.start_request_id = RequestId(field.bytes); return true;
    case kWorkflowType: run.workflow_type = field.bytes; return true;
    case kInput: return read_payload(field, run.input);
    case kMemo: return read_text_map_entry(field, run.memo);
    case kTag: return read_text_map_entry(field, run.tags);
    case kStartedIdentity: run.identity = field.bytes; return true;
    case kPreviousRunId: return read_run_id(field, run.head.previous_run_id);
    default: return false;
  }
}

bool read_closed(const wire::Field& field, RunRecord& run) {
  if (field.is_number) return false;
  switch (field.id) {
    case kResult: return read_payload(field, run.close.result);
    case kFailure: return read_failure(field, run.close.failure.emplace());
    case kCloseReason: run.close.reason = field.bytes; return true;
    case kCloseIdentity: run.close.identity = field.bytes; return true;
    default: return false;
  }
}

bool read_cancel(const wire::Field& field, RunRecord& run) {
  if (field.is_number) return false;
  if (field.id == kCancelReason) run.cancel_reason = field.bytes;
  return field.id == kCancelReason || field.id == kCancelIdentity;
}

bool read_options(const wire::Field& field, RunRecord& run) {
  if (field.id != kAttachedRequestId || field.is_number) return false;
  run.head.attached.push_back({RequestId(field.bytes), run.head.history_length});
  return true;
}

/// What the kind of an event alone says about the run. Returns false for a kind that can't stand
/// here: the first event, and only the first, is Started, and nothing follows a close.
bool begin_event(EventType type, Timestamp time, RunRecord& run) {
  const bool is_first = run.head.history_length == 1;
  if (is_first != (type == EventType::kStarted) || is_closed(run.head.status)) return false;
  if (is_first) {
    run.head.status = RunStatus::kRunning;
    run.head.start_time = time;
    return true;
  }
  if (const RunStatus closed = closed_by(type); closed != RunStatus::kUnspecified) {
    run.head.status = closed;
    run.head.close_time = time;
    return true;
  }
  if (type == EventType::kCancelRequested) run.head.cancel_requested = true;
  return type == EventType::kCancelRequested || type == EventType::kOptionsUpdated;
}

bool read_attribute(EventType type, const wire::Field& field, RunRecord& run) {
  if (type == EventType::kStarted) return read_started(field, run);
  if (type == EventType::kCancelRequested) return read_cancel(field, run);
  if (type == EventType::kOptionsUpdated) return read_options(field, run);
  return read_closed(field, run);
}

/// Kind and time lead every event, in that order.
Status read_event(std::string_view event, RunRecord& run) {
  wire::Reader reader(event);
  wire::Field type;
  wire::Field time;
  if (!reader.next(type) || type.id != kType || !type.is_number || !reader.next(time) ||
      time.id != kTime || !time.is_number || type.number > 0xFFFF) {
    return corrupt("history: an event without kind and time");
  }
  const auto event_type = static_cast<EventType>(type.number);
  run.head.history_length += 1;
  if (!begin_event(event_type, from_ms(time.signed_number()), run)) {
    return corrupt("history: event " + std::to_string(run.head.history_length) +
                   " is of a kind that can't stand there: " + std::to_string(type.number));
  }
  return read_fields(reader.rest(), "history", [&](const wire::Field& field) {
    return read_attribute(event_type, field, run);
  });
}

}  // namespace

std::string encode_event(const WorkflowId& workflow_id, const Event& event) {
  std::string fields;
  std::visit(EventWriter{workflow_id, wire::Writer(fields)}, event);
  std::string bytes;
  bytes.reserve(fields.size() + 5);
  wire::append_varint(bytes, fields.size());
  return bytes += fields;
}

Result<RunRecord> decode_run(const RunId& run_id, std::string_view history) {
  RunRecord run;
  run.head.run_id = run_id;
  run.head.history_size_bytes = history.size();
  while (!history.empty()) {
    std::uint64_t length = 0;
    if (!wire::take_varint(history, length) || length > history.size()) {
      return corrupt("history: cut off");
    }
    Status status = read_event(history.substr(0, length), run);
    if (!status.ok()) return status;
    history.remove_prefix(length);
  }
  if (run.head.history_length == 0) return corrupt("history: empty");
  if (run.workflow_id.empty()) return corrupt("history: no workflow id");
  return run;
}

}  // namespace onerun::core
