// Heads: the current run of a workflow id, and what else its decisions need. Links: what a run
// leaves that stood between others.
#include <algorithm>
#include <limits>
#include <set>

#include "core/format2.hpp"
#include "core/record_values.hpp"

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
  kCancelEventId = 9,
  kPreviousRunId = 10,
  kHistoryLength = 11,
  kHistorySizeBytes = 12,
  kContinuedExecutionRunId = 13,
  kNewExecutionRunId = 14,
  kInitiator = 15,
  kAttempt = 16,
  kBackoff = 17,
  kExecutionDeadline = 18,
  kRunDeadline = 19,
  kHasRetryPolicy = 20,
  kChainRequestId = 21,
  kHasCronSchedule = 22,
  kSignals = 23,
  kLineageRunId = 24,
  kPauseRequestId = 25,
  kLastRunId = 26,
  kGoneCloseTime = 27,
  kRateFreeAt = 28,
  kQueuedStart = 29,
  kRateFreeAtPart = 30,
  kClockAtStart = 31,
  kPauseEventId = 32,
  kBegunAtEvent = 33,
};

enum AttachedField : unsigned { kAttachedId = 1, kAttachedEventId = 2 };

enum QueuedField : unsigned { kQueuedRunId = 1, kQueuedRequestId = 2, kCancels = 3, kDeadline = 4 };
enum LinkField : unsigned { kLinkPrevious = 1, kLinkStatus = 2, kLinkCloseTime = 3 };

bool read_queued(const wire::Field& field, std::vector<QueuedStart>& queue) {
  QueuedStart& queued = queue.emplace_back();
  return read_nested(field,
                     [&](const wire::Field& part) {
                       switch (part.id) {
                         case kQueuedRunId:
                           return !part.is_number && read_run_id(part, queued.run_id);
                         case kQueuedRequestId:
                           queued.request_id = RequestId(part.bytes);
                           return !part.is_number;
                         case kCancels:
                           queued.cancels = true;
                           return part.is_number && part.number == 1;
                         case kDeadline: return read_time(part, queued.deadline.emplace());
                         default: return false;
                       }
                     }) &&
         !queued.run_id.empty();
}

void write_queued(wire::Writer& out, const QueuedStart& queued) {
  std::string nested;
  wire::Writer part(nested);
  write_run_id(part, kQueuedRunId, queued.run_id);
  part.bytes_if_any(kQueuedRequestId, queued.request_id.text());
  if (queued.cancels) part.number(kCancels, 1);
  if (queued.deadline) part.signed_number(kDeadline, to_ms(*queued.deadline));
  out.bytes(kQueuedStart, nested);
}

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
    case kStartTime: return read_time(field, head.start_time);
    case kCloseTime: return read_time(field, head.close_time);
    case kCancelEventId: head.cancel_event_id = field.number; return field.number > 0;
    case kPauseEventId: head.pause_event_id = field.number; return field.number > 0;
    case kBegunAtEvent: head.begun_at_event = field.number; return field.number > 1;
    case kHistoryLength: head.history_length = field.number; return true;
    case kSignals: head.signals = field.number; return true;
    case kHistorySizeBytes: head.history_size_bytes = field.number; return true;
    case kInitiator:
      head.initiator = static_cast<Initiator>(field.number);
      return field.number >= 1 && field.number <= 3;
    case kAttempt:
      head.attempt = static_cast<std::uint32_t>(field.number);
      return field.number >= 1 && field.number <= std::numeric_limits<std::uint32_t>::max();
    case kBackoff: return read_duration(field, head.backoff);
    case kExecutionDeadline: return read_time(field, head.execution_deadline.emplace());
    case kRunDeadline: return read_time(field, head.run_deadline.emplace());
    case kClockAtStart: return read_time(field, head.clock_at_start.emplace());
    case kHasCronSchedule: head.has_cron_schedule = true; return field.number == 1;
    case kHasRetryPolicy: head.has_retry_policy = true; return field.number == 1;
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
    case kContinuedExecutionRunId: return read_run_id(field, head.continued_execution_run_id);
    case kNewExecutionRunId: return read_run_id(field, head.new_execution_run_id);
    case kChainRequestId: return read_chain_request_id(field, head.chain_request_ids);
    case kLineageRunId: return read_run_id(field, head.lineage_run_id);
    case kPauseRequestId: head.pause_request_id = RequestId(field.bytes); return true;
    default: return false;
  }
}

void write_attached(wire::Writer& out, const AttachedRequestId& attached) {
  std::string nested;
  wire::Writer part(nested);
  part.bytes(kAttachedId, attached.request_id.text());
  part.number(kAttachedEventId, attached.event_id);
  out.bytes(kAttachedRequestId, nested);
}

void write_run(wire::Writer& out, const RunHead& head) {
  write_run_id(out, kRunId, head.run_id);
  out.number(kStatus, static_cast<std::uint64_t>(head.status));
  out.signed_number(kStartTime, to_ms(head.start_time));
  if (is_closed(head.status)) out.signed_number(kCloseTime, to_ms(head.close_time));
  write_run_id(out, kFirstExecutionRunId, head.first_execution_run_id);
  write_run_id(out, kOriginalExecutionRunId, head.original_execution_run_id);
  out.bytes_if_any(kStartRequestId, head.start_request_id.text());
  for (const AttachedRequestId& attached : head.attached) write_attached(out, attached);
  if (head.cancel_event_id > 0) out.number(kCancelEventId, head.cancel_event_id);
  write_run_id(out, kPreviousRunId, head.previous_run_id);
  out.number(kHistoryLength, head.history_length);
  out.number(kHistorySizeBytes, head.history_size_bytes);
  write_run_id(out, kContinuedExecutionRunId, head.continued_execution_run_id);
  write_run_id(out, kNewExecutionRunId, head.new_execution_run_id);
  if (head.initiator != Initiator::kUnspecified) {
    out.number(kInitiator, static_cast<std::uint64_t>(head.initiator));
  }
  if (head.attempt != 1) out.number(kAttempt, head.attempt);
  write_duration(out, kBackoff, head.backoff);
  if (head.execution_deadline) {
    out.signed_number(kExecutionDeadline, to_ms(*head.execution_deadline));
  }
  if (head.run_deadline) out.signed_number(kRunDeadline, to_ms(*head.run_deadline));
  if (head.clock_at_start) out.signed_number(kClockAtStart, to_ms(*head.clock_at_start));
  if (head.has_retry_policy) out.number(kHasRetryPolicy, 1);
  if (head.signals > 0) out.number(kSignals, head.signals);
  if (head.has_cron_schedule) out.number(kHasCronSchedule, 1);
  for (const ChainRequestId& known : head.chain_request_ids) {
    write_chain_request_id(out, kChainRequestId, known);
  }
  write_run_id(out, kLineageRunId, head.lineage_run_id);
  out.bytes_if_any(kPauseRequestId, head.pause_request_id.text());
  if (head.pause_event_id > 0) out.number(kPauseEventId, head.pause_event_id);
  if (head.begun_at_event != 1) out.number(kBegunAtEvent, head.begun_at_event);
}

/// A field of the workflow id and not of its current run. Returns nothing if it is none.
std::optional<bool> read_of_id(const wire::Field& field, WorkflowState& state) {
  switch (field.id) {
    case kLastRunId:
      if (!state.last) state.last.emplace();
      return !field.is_number && read_run_id(field, state.last->run_id);
    case kGoneCloseTime:
      if (!state.last) state.last.emplace();
      return read_time(field, state.last->gone_close_time);
    case kRateFreeAt: return read_time(field, state.rate_free_at.emplace().time);
    case kRateFreeAtPart:
      if (!state.rate_free_at) return false;
      state.rate_free_at->part = static_cast<std::uint32_t>(field.number);
      return field.is_number && field.number <= std::numeric_limits<std::uint32_t>::max();
    case kQueuedStart: return !field.is_number && read_queued(field, state.queue);
    default: return std::nullopt;
  }
}

/// True if two of them are for one run, or answer for one request.
bool has_twice(const std::vector<QueuedStart>& queue) {
  std::set<RunId> runs;
  std::set<RequestId> requests;
  return !std::ranges::all_of(queue, [&](const QueuedStart& queued) {
    return runs.insert(queued.run_id).second && requests.insert(queued.request()).second;
  });
}

Status check_head(const WorkflowState& state, const RunHead& run, bool has_close_time) {
  const bool has_run = !run.run_id.empty();
  if (has_run == state.last.has_value()) return corrupt("head: it has one of a run and a last run");
  if (state.last && state.last->run_id.empty()) return corrupt("head: a last run without an id");
  if (!state.queue.empty() && !is_open(run.status)) {
    return corrupt("head: queued starts without an open run");
  }
  if (has_twice(state.queue)) return corrupt("head: a start that is queued twice");
  if (!has_run) {
    return run == RunHead() ? Status() : corrupt("head: fields of a run without its id");
  }
  if (run.status == RunStatus::kUnspecified) return corrupt("head: no status");
  if (has_close_time != is_closed(run.status)) {
    return corrupt("head: closed runs, and only they, have a close time");
  }
  return {};
}

}  // namespace

std::string encode_head(const WorkflowState& state) {
  std::string bytes;
  bytes.reserve(kUsualRecordBytes);
  wire::Writer out(bytes);
  if (state.current) write_run(out, *state.current);
  if (state.last) {
    write_run_id(out, kLastRunId, state.last->run_id);
    out.signed_number(kGoneCloseTime, to_ms(state.last->gone_close_time));
  }
  if (state.rate_free_at) {
    out.signed_number(kRateFreeAt, to_ms(state.rate_free_at->time));
    if (state.rate_free_at->part > 0) out.number(kRateFreeAtPart, state.rate_free_at->part);
  }
  for (const QueuedStart& queued : state.queue) write_queued(out, queued);
  return bytes;
}

Result<WorkflowState> decode_head(std::string_view bytes) {
  auto state = format2::decode_head(bytes);
  if (!state.ok() || !state->current) return state;
  const RunHead& run = *state->current;
  if ((run.status == RunStatus::kPaused) != (run.pause_event_id > 0)) {
    return corrupt("head: paused runs, and only they, have the event of a pause");
  }
  return state;
}

Result<WorkflowState> format2::decode_head(std::string_view bytes) {
  WorkflowState state;
  RunHead run;
  bool has_close_time = false;
  Status status = read_fields(bytes, "head", [&](const wire::Field& field) {
    if (const auto read = read_of_id(field, state)) return *read;
    has_close_time |= field.id == kCloseTime;
    return field.is_number ? read_number(field, run) : read_bytes(field, run);
  });
  if (status.ok()) status = check_head(state, run, has_close_time);
  if (!status.ok()) return status;
  if (!run.run_id.empty()) state.current = std::move(run);
  return state;
}

std::string encode_run_head(const RunHead& run) {
  std::string bytes;
  bytes.reserve(kUsualRecordBytes);
  wire::Writer out(bytes);
  write_run(out, run);
  return bytes;
}

Result<RunHead> decode_run_head(std::string_view bytes) {
  auto state = decode_head(bytes);
  if (!state.ok()) return state.status();
  if (!state->current || *state != WorkflowState{.current = state->current}) {
    return corrupt("head: more or less than a run");
  }
  return std::move(*state->current);
}

std::string encode_link(const Link& link) {
  std::string bytes;
  wire::Writer out(bytes);
  write_run_id(out, kLinkPrevious, link.previous_run_id);
  out.number(kLinkStatus, static_cast<std::uint64_t>(link.status));
  out.signed_number(kLinkCloseTime, to_ms(link.close_time));
  return bytes;
}

Result<Link> decode_link(std::string_view bytes) {
  Link link{.previous_run_id = {}, .status = RunStatus::kUnspecified, .close_time = {}};
  Status status = read_fields(bytes, "link", [&](const wire::Field& field) {
    switch (field.id) {
      case kLinkPrevious: return !field.is_number && read_run_id(field, link.previous_run_id);
      case kLinkStatus:
        link.status = static_cast<RunStatus>(field.number);
        return field.is_number && field.number <= static_cast<std::uint64_t>(RunStatus::kPaused);
      case kLinkCloseTime: return read_time(field, link.close_time);
      default: return false;
    }
  });
  if (!status.ok()) return status;
  if (link.previous_run_id.empty() || !is_closed(link.status)) return corrupt("link: incomplete");
  return link;
}

}  // namespace onerun::core
