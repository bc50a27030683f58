// What a reset writes into the history of the run that it begins, and what that makes of the run.
#include <algorithm>

#include "core/record_events.hpp"

namespace onerun::core {

void write_reset_point(wire::Writer& out, const ResetPoint& point) {
  write_run_id(out, kBaseRunId, point.base_run_id);
  out.bytes_if_any(kResetRequestId, point.request.request_id.text());
  out.bytes_if_any(kResetReason, point.request.reason);
  out.bytes_if_any(kResetIdentity, point.request.identity);
  write_run_id(out, kResetPreviousRunId, point.previous_run_id);
  write_run_id(out, kResetOriginalRunId, point.original_execution_run_id);
  write_run_id(out, kResetLineageRunId, point.lineage_run_id);
  if (point.execution_deadline) {
    out.signed_number(kResetExecutionDeadline, to_ms(*point.execution_deadline));
  }
  for (const ChainRequestId& known : point.chain_request_ids) {
    write_chain_request_id(out, kResetChainRequestId, known);
  }
  for (const RequestId& dropped : point.dropped_signals) out.bytes(kDroppedSignal, dropped.text());
  if (point.clock_at_start) out.signed_number(kResetClockAtStart, to_ms(*point.clock_at_start));
}

bool read_reset_point(const wire::Field& field, ResetPoint& point) {
  const bool is_time = field.id == kResetExecutionDeadline || field.id == kResetClockAtStart;
  if (field.is_number != is_time) return false;
  switch (field.id) {
    case kBaseRunId: return read_run_id(field, point.base_run_id);
    case kResetRequestId: point.request.request_id = RequestId(field.bytes); return true;
    case kResetReason: point.request.reason = field.bytes; return true;
    case kResetIdentity: point.request.identity = field.bytes; return true;
    case kResetPreviousRunId: return read_run_id(field, point.previous_run_id);
    case kResetOriginalRunId: return read_run_id(field, point.original_execution_run_id);
    case kResetLineageRunId: return read_run_id(field, point.lineage_run_id);
    case kResetExecutionDeadline: return read_time(field, point.execution_deadline.emplace());
    case kResetClockAtStart:
      return read_time(field, point.clock_at_start.emplace()) && *point.clock_at_start < point.time;
    case kResetChainRequestId: return read_chain_request_id(field, point.chain_request_ids);
    case kDroppedSignal: point.dropped_signals.emplace_back(field.bytes); return true;
    default: return false;
  }
}

void fold_reset_point(const ResetPoint& point, RunRecord& run) {
  RunHead& head = run.head;
  run.begun_at_event = run.head.history_length;
  run.base_run_id = point.base_run_id;
  if (!run.original_start_time) run.original_start_time = head.start_time;
  run.pause.reset();
  run.signal_request_ids.insert(run.signal_request_ids.end(), point.dropped_signals.begin(),
                                point.dropped_signals.end());
  head.status = RunStatus::kRunning;
  head.pause_request_id = {};
  head.start_time = point.time;
  head.clock_at_start = point.clock_at_start;
  head.backoff = Duration::zero();
  head.start_request_id = point.request.request_id;
  head.previous_run_id = point.previous_run_id;
  head.first_execution_run_id = {};
  head.original_execution_run_id = point.original_execution_run_id;
  head.lineage_run_id = point.lineage_run_id;
  head.execution_deadline = head.run_deadline = point.execution_deadline;
  if (run.started.run_timeout != Duration::zero()) {
    const Timestamp own = head.counted_from() + run.started.run_timeout;
    head.run_deadline = head.run_deadline ? std::min(own, *head.run_deadline) : own;
  }
  head.chain_request_ids = point.chain_request_ids;
}

}  // namespace onerun::core
