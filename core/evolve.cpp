// How events fold into the state of a workflow id.
#include "core/decide.hpp"
#include "core/workflow_state.hpp"

namespace onerun::core {
namespace {

/// The run of the state that an event is about; null if that is not the current one.
RunHead* current_named(WorkflowState& state, const RunId& run_id) {
  return state.current && state.current->run_id == run_id ? &*state.current : nullptr;
}

void add_to_history(RunHead& run, std::size_t event_bytes) {
  run.history_length += 1;
  run.history_size_bytes += event_bytes;
}

struct Folder {
  WorkflowState& state;
  std::size_t event_bytes;

  void operator()(const RunStarted& event) {
    RunHead run{.run_id = event.run_id, .status = RunStatus::kRunning, .start_time = event.time};
    run.start_request_id = event.request->request_id;
    run.previous_run_id = event.previous_run_id;
    add_to_history(run, event_bytes);
    state.current = std::move(run);
  }

  void operator()(const RunClosed& event) {
    if (RunHead* run = current_named(state, event.run_id)) {
      run->status = event.status;
      run->close_time = event.time;
      add_to_history(*run, event_bytes);
    }
  }

  void operator()(const CancelRequested& event) {
    if (RunHead* run = current_named(state, event.run_id)) {
      run->cancel_requested = true;
      add_to_history(*run, event_bytes);
    }
  }

  void operator()(const RequestIdAttached& event) {
    if (RunHead* run = current_named(state, event.run_id)) {
      add_to_history(*run, event_bytes);
      run->attached.push_back({event.request_id, run->history_length});
    }
  }

  void operator()(const RunRemoved& event) {
    if (current_named(state, event.run_id) != nullptr) state.current.reset();
  }
};

}  // namespace

RunInfo info_of(const RunHead& run) {
  RunInfo info;
  info.run_id = run.run_id;
  info.first_execution_run_id = run.first_run();
  info.original_execution_run_id = run.original_run();
  info.status = run.status;
  info.start_time = run.start_time;
  if (is_closed(run.status)) info.close_time = run.close_time;
  info.cancel_requested = run.cancel_requested;
  return info;
}

void evolve(WorkflowState& state, const Event& event, std::size_t event_bytes) {
  std::visit(Folder{state, event_bytes}, event);
}

}  // namespace onerun::core
