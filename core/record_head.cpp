// Heads: the current run of a workflow id.
#include "core/record_fields.hpp"

namespace onerun::core {
namespace {

enum HeadField : unsigned {
  kRunId = 1,
  kStatus = 2,
  kStartTime = 3,
  kCloseTime = 4,
  kFirstExecutionRunId = 5,
  kOriginalExecutionRunId = 6,
  kStartRequestId = 7,
  kAttachedRequestId = 8,
  kCancelRequested = 9,
  kPreviousRunId = 10,
  kHistoryLength = 11,
  kHistorySizeBytes = 12,
};

enum AttachedField : unsigned { kAttachedId = 1, kAttachedEventId = 2 };

bool read_attached(const wire::Field& field, RunHead& head) {
  AttachedRequestId attached{};
  const bool read = read_nested(field, [&](const wire::Field& part) {
    if (part.id == kAttachedId && !part.is_number) {
      attached.request_id = RequestId(part.bytes);
      return true;
    }
    if (part.id == kAttachedEventId && part.is_number) {
      attached.event_id = part.number;
      return true;
    }
    return false;
  });
  head.attached.push_back(std::move(attached));
  return read;
}

bool read_number(const wire::Field& field, RunHead& head) {
  switch (field.id) {
    case kStatus:
      head.status = static_cast<RunStatus>(field.number);
      return field.number >= static_cast<std::uint64_t>(RunStatus::kRunning) &&
             field.number <= static_cast<std::uint64_t>(RunStatus::kPaused);
    case kStartTime: head.start_time = from_ms(field.signed_number()); return true;
    case kCloseTime: head.close_time = from_ms(field.signed_number()); return true;
    case kCancelRequested: head.cancel_requested = true; return field.number == 1;
    case kHistoryLength: head.history_length = field.number; return true;
    case kHistorySizeBytes: head.history_size_bytes = field.number; return true;
    default: return false;
  }
}

bool read_bytes(const wire::Field& field, RunHead& head) {
  switch (field.id) {
    case kRunId: return read_run_id(field, head.run_id);
    case kFirstExecutionRunId: return read_run_id(field, head.first_execution_run_id);
    case kOriginalExecutionRunId: return read_run_id(field, head.original_execution_run_id);
    case kStartRequestId: head.start_request_id = RequestId(field.bytes); return true;
    case kAttachedRequestId: return read_attached(field, head);
    case kPreviousRunId: return read_run_id(field, head.previous_run_id);
    default: return false;
  }
}

}  // namespace

std::string encode_head(const RunHead& head) {
  std::string bytes;
  wire::Writer out(bytes);
  write_run_id(out, kRunId, head.run_id);
  out.number(kStatus, static_cast<std::uint64_t>(head.status));
  out.signed_number(kStartTime, to_ms(head.start_time));
  if (is_closed(head.status)) out.signed_number(kCloseTime, to_ms(head.close_time));
  write_run_id(out, kFirstExecutionRunId, head.first_execution_run_id);
  write_run_id(out, kOriginalExecutionRunId, head.original_execution_run_id);
  out.bytes_if_any(kStartRequestId, head.start_request_id.text());
  for (const AttachedRequestId& attached : head.attached) {
    std::string nested;
    wire::Writer part(nested);
    part.bytes(kAttachedId, attached.request_id.text());
    part.number(kAttachedEventId, attached.event_id);
    out.bytes(kAttachedRequestId, nested);
  }
  if (head.cancel_requested) out.number(kCancelRequested, 1);
  write_run_id(out, kPreviousRunId, head.previous_run_id);
  out.number(kHistoryLength, head.history_length);
  out.number(kHistorySizeBytes, head.history_size_bytes);
  return bytes;
}

Result<RunHead> decode_head(std::string_view bytes) {
  RunHead head;
  bool has_close_time = false;
  Status status = read_fields(bytes, "head", [&](const wire::Field& field) {
    has_close_time |= field.id == kCloseTime;
    return field.is_number ? read_number(field, head) : read_bytes(field, head);
  });
  if (!status.ok()) return status;
  if (head.run_id.empty()) return corrupt("head: no run id");
  if (head.status == RunStatus::kUnspecified) return corrupt("head: no status");
  if (has_close_time != is_closed(head.status)) {
    return corrupt("head: closed runs, and only they, have a close time");
  }
  return head;
}

}  // namespace onerun::core
