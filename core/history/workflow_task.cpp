#include "core/history/workflow_task.hpp"

#include <utility>

#include "core/history/execution.hpp"

namespace onerun::core {

/// The run began anew: what belonged to the beginning of the copied run gives way.
void fold_event(RunHead& run, Timestamp time, const event::WorkflowTaskFailed& event) {
  run.status = RunStatus::kRunning;
  run.pause_request_id = {};
  run.pause_event_id = 0;
  run.begun_at_event = run.history_length;
  run.start_time = time;
  run.clock_at_start = event.clock_at_start;
  run.backoff = Duration::zero();
  run.start_request_id = event.request_id;
  run.previous_run_id = event.previous_run_id;
  run.first_execution_run_id = {};
  run.original_execution_run_id = event.original_execution_run_id;
  run.lineage_run_id = event.lineage_run_id;
  run.execution_deadline = run.run_deadline = event.execution_deadline;
  run.chain_request_ids = event.chain_request_ids;
}

void fold_details(RunRecord& run, Timestamp, event::WorkflowTaskFailed&& event) {
  run.base_run_id = std::move(event.base_run_id);
  run.pause.reset();
  for (RequestId& dropped : event.dropped_signals) {
    run.signal_request_ids.push_back(std::move(dropped));
  }
  run.head.run_deadline =
      run_deadline(run.head.counted_from(), run.started.run_timeout, run.head.execution_deadline);
}

}  // namespace onerun::core
