// Histories: the events of a run, one after the other, and the run that they fold into.
#include <limits>

#include "core/record_events.hpp"

namespace onerun::core {
namespace {

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

/// What a closed run that says nothing of retries means.
constexpr RetryState usual_retry_state(RunStatus status) {
  return status == RunStatus::kFailed || status == RunStatus::kTimedOut
             ? RetryState::kRetryPolicyNotSet
             : RetryState::kUnspecified;
}

struct EventWriter {
  const WorkflowId& workflow_id;
  wire::Writer out;

  void common(EventType type, Timestamp time) {
    out.number(kType, static_cast<std::uint64_t>(type));
    out.signed_number(kTime, to_ms(time));
  }

  void operator()(const RunStarted& event) {
    common(EventType::kStarted, event.time);
    request(*event.request);
    write_run_id(out, kPreviousRunId, event.previous_run_id);
    if (event.clock_at_start) out.signed_number(kClockAtStart, to_ms(*event.clock_at_start));
    if (event.succession == nullptr) {
      return write_duration(out, kBackoff, event.request->start_delay);
    }
    succession(*event.succession);
  }

  void request(const StartRequest& request) {
    out.bytes(kWorkflowId, workflow_id.text());
    out.bytes_if_any(kRequestId, request.request_id.text());
    out.bytes_if_any(kWorkflowType, request.workflow_type);
    write_payload(out, kInput, request.input);
    write_text_map(out, kMemo, request.memo);
    write_text_map(out, kTag, request.tags);
    out.bytes_if_any(kStartedIdentity, request.identity);
    write_duration(out, kExecutionTimeout, request.execution_timeout);
    write_duration(out, kRunTimeout, request.run_timeout);
    if (request.retry_policy) write_retry_policy(out, kRetryPolicy, *request.retry_policy);
    out.bytes_if_any(kCronSchedule, request.cron_schedule);
  }

  void succession(const Succession& from) {
    write_run_id(out, kFirstExecutionRunId, from.first_execution_run_id);
    write_run_id(out, kContinuedExecutionRunId, from.continued_execution_run_id);
    write_run_id(out, kLineageRunId, from.lineage_run_id);
    out.number(kInitiator, static_cast<std::uint64_t>(from.initiator));
    if (from.attempt != 1) out.number(kAttempt, from.attempt);
    write_duration(out, kBackoff, from.backoff);
    if (from.execution_deadline) {
      out.signed_number(kExecutionDeadline, to_ms(*from.execution_deadline));
    }
    if (from.continued_failure) write_failure(out, kContinuedFailure, *from.continued_failure);
    write_payload(out, kLastCompletionResult, from.last_completion_result);
    for (const ChainRequestId& known : from.chain_request_ids) {
      write_chain_request_id(out, kChainRequestId, known);
    }
  }

  void operator()(const RunClosed& event) {
    common(close_event(event.status), event.time);
    write_payload(out, kResult, event.close.result);
    if (event.close.failure) write_failure(out, kFailure, *event.close.failure);
    out.bytes_if_any(kCloseReason, event.close.reason);
    out.bytes_if_any(kCloseIdentity, event.close.identity);
    write_run_id(out, kNewExecutionRunId, event.new_execution_run_id);
    if (event.close.retry_state != usual_retry_state(event.status)) {
      out.number(kRetryState, static_cast<std::uint64_t>(event.close.retry_state));
    }
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

  void operator()(const RunSignaled& event) {
    common(EventType::kSignaled, event.time);
    out.bytes(kSignalName, event.signal.name);
    write_payload(out, kSignalInput, event.signal.input);
    out.bytes_if_any(kSignalRequestId, event.signal.request_id.text());
    out.bytes_if_any(kSignalIdentity, event.signal.identity);
  }

  void operator()(const RunPaused& event) { pause(EventType::kPaused, event.time, event.options); }
  void operator()(const RunUnpaused& event) {
    pause(EventType::kUnpaused, event.time, event.options);
  }
  void pause(EventType type, Timestamp time, const PauseOptions& options) {
    common(type, time);
    out.bytes_if_any(kPauseReason, options.reason);
    out.bytes_if_any(kPauseIdentity, options.identity);
    out.bytes_if_any(kPauseRequestId, options.request_id.text());
  }

  void operator()(const ResetPoint& point) {
    common(EventType::kReset, point.time);
    write_reset_point(out, point);
  }

  void operator()(const ResetNoted& event) {
    common(kResetNoted, event.time);
    write_run_id(out, kResetRunId, event.reset_run_id);
  }

  void operator()(const StartQueued& event) {
    common(kStartQueued, event.time);
    request(*event.request);
    write_duration(out, kBackoff, event.request->start_delay);
    if (event.queued.deadline) out.signed_number(kQueueDeadline, to_ms(*event.queued.deadline));
  }

  // In no history, or one of its own.
  void operator()(const RunReset&) {}
  void operator()(const StartDropped&) {}
  void operator()(const RunRemoved&) {}
};

std::string with_length(const std::string& fields) {
  std::string bytes;
  bytes.reserve(fields.size() + 5);
  wire::append_varint(bytes, fields.size());
  bytes += fields;
  return bytes;
}

/// A Started event while it is read.
struct StartedFields {
  StartRequest request;
  RunId previous_run_id;
  Duration backoff{};
  Succession succession;
  std::optional<Timestamp> queue_deadline;
  std::optional<Timestamp> clock_at_start;
};

bool read_started_number(const wire::Field& field, StartedFields& started) {
  Succession& from = started.succession;
  switch (field.id) {
    case kInitiator:
      from.initiator = static_cast<Initiator>(field.number);
      return field.number >= 1 && field.number <= 3;
    case kAttempt:
      from.attempt = static_cast<std::uint32_t>(field.number);
      return field.number >= 1 && field.number <= std::numeric_limits<std::uint32_t>::max();
    case kBackoff: return read_duration(field, started.backoff);
    case kExecutionDeadline: return read_time(field, from.execution_deadline.emplace());
    case kExecutionTimeout: return read_duration(field, started.request.execution_timeout);
    case kRunTimeout: return read_duration(field, started.request.run_timeout);
    case kQueueDeadline: return read_time(field, started.queue_deadline.emplace());
    case kClockAtStart: return read_time(field, started.clock_at_start.emplace());
    default: return false;
  }
}

bool read_started(const wire::Field& field, StartedFields& started) {
  if (field.is_number) return read_started_number(field, started);
  StartRequest& request = started.request;
  Succession& from = started.succession;
  switch (field.id) {
    case kWorkflowId: request.workflow_id = WorkflowId(field.bytes); return true;
    case kRequestId: request.request_id = RequestId(field.bytes); return true;
    case kWorkflowType: request.workflow_type = field.bytes; return true;
    case kInput: return read_payload(field, request.input);
    case kMemo: return read_text_map_entry(field, request.memo);
    case kTag: return read_text_map_entry(field, request.tags);
    case kStartedIdentity: request.identity = field.bytes; return true;
    case kPreviousRunId: return read_run_id(field, started.previous_run_id);
    case kFirstExecutionRunId: return read_run_id(field, from.first_execution_run_id);
    case kContinuedExecutionRunId: return read_run_id(field, from.continued_execution_run_id);
    case kLineageRunId: return read_run_id(field, from.lineage_run_id);
    case kRetryPolicy: return read_retry_policy(field, request.retry_policy.emplace());
    case kContinuedFailure: return read_failure(field, from.continued_failure.emplace());
    case kCronSchedule: request.cron_schedule = field.bytes; return true;
    case kLastCompletionResult: return read_payload(field, from.last_completion_result);
    case kChainRequestId: return read_chain_request_id(field, from.chain_request_ids);
    default: return false;
  }
}

/// The run that the Started event begins.
Status begin_run(Timestamp time, std::string_view fields, RunRecord& run) {
  StartedFields started;
  Status status = read_fields(
      fields, "history", [&](const wire::Field& field) { return read_started(field, started); });
  if (!status.ok()) return status;
  RunStarted event{.run_id = run.head.run_id,
                   .time = time,
                   .previous_run_id = std::move(started.previous_run_id),
                   .request = &started.request,
                   .clock_at_start = started.clock_at_start};
  if (event.clock_at_start && *event.clock_at_start >= time) {
    return corrupt("history: a start before its clock");
  }
  if (started.succession.initiator == Initiator::kUnspecified) {
    started.request.start_delay = started.backoff;
  } else {
    started.succession.backoff = started.backoff;
    event.succession = std::make_shared<const Succession>(std::move(started.succession));
    run.continued_failure = event.succession->continued_failure;
    run.last_completion_result = event.succession->last_completion_result;
  }
  run.head = head_of(event);
  run.queue_deadline = started.queue_deadline;
  run.started = std::move(started.request);
  return {};
}

bool read_closed(const wire::Field& field, RunRecord& run) {
  if (field.is_number) {
    run.close.retry_state = static_cast<RetryState>(field.number);
    return field.id == kRetryState &&
           field.number <= static_cast<std::uint64_t>(RetryState::kRetryPolicyNotSet);
  }
  switch (field.id) {
    case kResult: return read_payload(field, run.close.result);
    case kFailure: return read_failure(field, run.close.failure.emplace());
    case kCloseReason: run.close.reason = field.bytes; return true;
    case kCloseIdentity: run.close.identity = field.bytes; return true;
    case kNewExecutionRunId: return read_run_id(field, run.head.new_execution_run_id);
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

bool read_signaled(const wire::Field& field, RunRecord& run) {
  if (field.is_number) return false;
  Payload ignored;
  switch (field.id) {
    case kSignalName:
    case kSignalIdentity: return true;
    case kSignalInput: return read_payload(field, ignored);
    case kSignalRequestId: run.signal_request_ids.emplace_back(field.bytes); return true;
    default: return false;
  }
}

bool read_pause(const wire::Field& field, PauseOptions& options) {
  if (field.is_number) return false;
  switch (field.id) {
    case kPauseReason: options.reason = field.bytes; return true;
    case kPauseIdentity: options.identity = field.bytes; return true;
    case kPauseRequestId: options.request_id = RequestId(field.bytes); return true;
    default: return false;
  }
}

/// What the kind of an event alone says about the run. Returns false for one that can't stand here:
/// nothing follows a close, nothing begins twice, and no run ends before it began.
bool note_event(EventType type, Timestamp time, RunRecord& run) {
  if (is_closed(run.head.status)) return false;
  if (const RunStatus closed = closed_by(type); closed != RunStatus::kUnspecified) {
    if (time < run.head.start_time) return false;
    run.head.status = closed;
    run.head.pause_request_id = {};
    run.pause.reset();
    run.head.close_time = time;
    run.close.retry_state = usual_retry_state(closed);
    return true;
  }
  if (type == EventType::kCancelRequested) run.head.cancel_requested = true;
  if (type == EventType::kSignaled) run.head.signals += 1;
  return type == EventType::kCancelRequested || type == EventType::kOptionsUpdated ||
         type == EventType::kSignaled;
}

Status read_paused(const RawEvent& event, RunRecord& run) {
  PauseOptions options;
  Status status = read_fields(event.fields, "history",
                              [&](const wire::Field& field) { return read_pause(field, options); });
  const bool pauses = event.type == EventType::kPaused;
  const bool fits = run.head.status == (pauses ? RunStatus::kRunning : RunStatus::kPaused);
  if (!status.ok() || !fits) return fits ? status : corrupt("history: a pause at the wrong time");
  run.head.status = pauses ? RunStatus::kPaused : RunStatus::kRunning;
  run.head.pause_request_id = pauses ? options.request_id : RequestId();
  run.pause.reset();
  if (pauses) {
    run.pause = PauseInfo{event.time, std::move(options.reason), std::move(options.identity),
                          std::move(options.request_id)};
  }
  return {};
}

Status read_reset(const RawEvent& event, RunRecord& run) {
  if (!is_open(run.head.status)) return corrupt("history: a reset after the end");
  ResetPoint point{.time = event.time};
  Status status = read_fields(event.fields, "history", [&](const wire::Field& field) {
    return read_reset_point(field, point);
  });
  if (status.ok()) fold_reset_point(point, run);
  return status;
}

/// Stands behind the end of a run that a reset has copied, and is none of its events.
Status read_reset_noted(const RawEvent& event, RunRecord& run) {
  if (!is_closed(run.head.status)) return corrupt("history: reset and not closed");
  return read_fields(event.fields, "history", [&](const wire::Field& field) {
    return field.id == kResetRunId && !field.is_number && read_run_id(field, run.reset_run_id);
  });
}

/// All of the record of a start that waits: it has no run before it yet.
Status read_queued(const RawEvent& event, RunRecord& run) {
  Status status = begin_run(event.time, event.fields, run);
  const bool has_begun =
      run.head.initiator != Initiator::kUnspecified || !run.head.previous_run_id.empty();
  if (status.ok() && has_begun) return corrupt("history: a start that waits, and has begun");
  run.head.status = RunStatus::kUnspecified;
  return status;
}

bool read_attribute(EventType type, const wire::Field& field, RunRecord& run) {
  if (type == EventType::kCancelRequested) return read_cancel(field, run);
  if (type == EventType::kOptionsUpdated) return read_options(field, run);
  if (type == EventType::kSignaled) return read_signaled(field, run);
  return read_closed(field, run);
}

/// The first event, and only the first, is Started.
Status read_event(const RawEvent& event, RunRecord& run) {
  const bool is_first = run.head.history_length == 0;
  if (is_first && event.type == EventType::kStarted) {
    Status status = begin_run(event.time, event.fields, run);
    if (status.ok() && run.queue_deadline) return corrupt("history: a run that waits to begin");
    run.head.history_length = 1;
    return status;
  }
  if (is_first && event.type == kStartQueued) return read_queued(event, run);
  if (event.type == kResetNoted) return read_reset_noted(event, run);
  run.head.history_length += 1;
  if (!is_first && event.type == EventType::kReset) return read_reset(event, run);
  const bool is_pause = event.type == EventType::kPaused || event.type == EventType::kUnpaused;
  if (!is_first && is_pause) return read_paused(event, run);
  if (is_first || !note_event(event.type, event.time, run)) {
    return corrupt("history: event " + std::to_string(run.head.history_length) +
                   " is of a kind or a time that can't stand there: kind " +
                   std::to_string(static_cast<unsigned>(event.type)));
  }
  return read_fields(event.fields, "history", [&](const wire::Field& field) {
    return read_attribute(event.type, field, run);
  });
}

}  // namespace

std::string encode_event(const WorkflowId& workflow_id, const Event& event) {
  std::string fields;
  fields.reserve(kUsualRecordBytes);
  std::visit(EventWriter{workflow_id, wire::Writer(fields)}, event);
  return with_length(fields);
}

std::string encode_reset_point(const ResetPoint& point) {
  std::string fields;
  EventWriter{WorkflowId(), wire::Writer(fields)}(point);
  return with_length(fields);
}

Result<RunRecord> decode_run(const RunId& run_id, std::string_view history) {
  RunRecord run;
  run.head.run_id = run_id;
  const std::size_t size = history.size();
  while (!history.empty()) {
    const auto event = take_event(history);
    Status status = event.ok() ? read_event(*event, run) : event.status();
    if (!status.ok()) return status;
    const bool still_waits = run.head.history_length == 0;
    if (still_waits && !history.empty()) return corrupt("history: more than a start that waits");
  }
  const bool is_queued = run.head.status == RunStatus::kUnspecified;
  if (is_queued != (run.head.history_length == 0) || size == 0) return corrupt("history: empty");
  run.head.history_size_bytes = size;
  if (run.started.workflow_id.empty()) return corrupt("history: no workflow id");
  return run;
}

}  // namespace onerun::core
