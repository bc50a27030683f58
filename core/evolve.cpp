// How events fold into the state of a workflow id.
#include <algorithm>

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
    if (const auto place = find_queued(state, event.run_id)) unqueue(*place);
    state.current = head_of(event);
    state.last.reset();
    if (event.rate_free_at) state.rate_free_at = event.rate_free_at;
    add_to_history(*state.current, event_bytes);
    state.signal_request_ids.emplace();
  }

  void operator()(const RunReset& event) {
    state.current = *event.head;
    state.last.reset();
    if (event.rate_free_at) state.rate_free_at = event.rate_free_at;
    state.signal_request_ids = event.signal_request_ids;
  }

  void operator()(const ResetNoted&) {}

  void operator()(const StartQueued& event) {
    state.queue.insert(state.queue.begin() + static_cast<std::ptrdiff_t>(event.place),
                       event.queued);
    if (event.rate_free_at) state.rate_free_at = event.rate_free_at;
  }

  void operator()(const StartDropped& event) {
    if (const auto place = find_queued(state, event.run_id)) unqueue(*place);
  }

  /// An id without starts that wait keeps no room for them: it may live for long.
  void unqueue(std::size_t place) {
    state.queue.erase(state.queue.begin() + static_cast<std::ptrdiff_t>(place));
    if (state.queue.empty()) state.queue = std::vector<QueuedStart>();
  }

  void operator()(const RunPaused& event) {
    if (RunHead* run = current_named(state, event.run_id)) {
      run->status = RunStatus::kPaused;
      run->pause_request_id = event.options.request_id;
      add_to_history(*run, event_bytes);
    }
  }

  void operator()(const RunUnpaused& event) {
    if (RunHead* run = current_named(state, event.run_id)) {
      run->status = RunStatus::kRunning;
      run->pause_request_id = {};
      add_to_history(*run, event_bytes);
    }
  }

  void operator()(const RunClosed& event) {
    if (RunHead* run = current_named(state, event.run_id)) {
      run->status = event.status;
      run->pause_request_id = {};
      run->close_time = event.time;
      run->new_execution_run_id = event.new_execution_run_id;
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

  void operator()(const RunSignaled& event) {
    RunHead* run = current_named(state, event.run_id);
    if (run == nullptr) return;
    run->signals += 1;
    add_to_history(*run, event_bytes);
    if (!event.signal.request_id.empty() && state.signal_request_ids) {
      state.signal_request_ids->insert(event.signal.request_id);
    }
  }

  void operator()(const RunRemoved& event) {
    if (current_named(state, event.run_id) == nullptr) return;
    state.current.reset();
    state.signal_request_ids.reset();
    if (event.previous_run_id.empty()) {
      state.rate_free_at.reset();
    } else {
      state.last = LastRun{event.previous_run_id, event.close_time};
    }
  }
};

Duration backoff_of(const RunStarted& event) {
  return event.succession == nullptr ? event.request->start_delay : event.succession->backoff;
}

Timestamp counted_from(const RunStarted& event) {
  return event.clock_at_start.value_or(event.time);
}

/// Of the chain. Source: specification section 5.
std::optional<Timestamp> execution_deadline_of(const RunStarted& event) {
  if (event.succession != nullptr) return event.succession->execution_deadline;
  if (event.request->execution_timeout == Duration::zero()) return std::nullopt;
  return counted_from(event) + event.request->execution_timeout;
}

}  // namespace

std::optional<std::size_t> find_queued(const WorkflowState& state, const RunId& run_id) {
  const auto found = std::ranges::find(state.queue, run_id, &QueuedStart::run_id);
  if (found == state.queue.end()) return std::nullopt;
  return static_cast<std::size_t>(found - state.queue.begin());
}

void keep_latest(std::vector<ChainRequestId>& ids) {
  while (ids.size() > limits::kChainRequestIds) {
    const auto attached = std::ranges::find(ids, false, &ChainRequestId::started);
    ids.erase(attached != ids.end() ? attached : ids.begin() + 1);
  }
}

bool begins_run(const Event& event) {
  return std::holds_alternative<RunStarted>(event) || std::holds_alternative<RunReset>(event);
}

bool begins_run(const std::vector<Event>& events) {
  return std::ranges::any_of(events, [](const Event& event) { return begins_run(event); });
}

bool takes_run_id(const std::vector<Event>& events) {
  return begins_run(events) || std::ranges::any_of(events, [](const Event& event) {
           return std::holds_alternative<StartQueued>(event);
         });
}

RunHead head_of(const RunStarted& event) {
  const StartRequest& request = *event.request;
  RunHead run{.run_id = event.run_id, .status = RunStatus::kRunning, .start_time = event.time};
  run.start_request_id = request.request_id;
  run.previous_run_id = event.previous_run_id;
  run.clock_at_start = event.clock_at_start;
  run.backoff = backoff_of(event);
  run.execution_deadline = execution_deadline_of(event);
  run.run_deadline = run_deadline_of(event);
  run.has_retry_policy = request.retry_policy.has_value();
  run.has_cron_schedule = !request.cron_schedule.empty();
  if (const Succession* from = event.succession.get()) {
    run.first_execution_run_id = from->first_execution_run_id;
    run.continued_execution_run_id = from->continued_execution_run_id;
    run.initiator = from->initiator;
    run.attempt = from->attempt;
    run.chain_request_ids = from->chain_request_ids;
    run.lineage_run_id = from->lineage_run_id;
  }
  return run;
}

std::optional<Timestamp> run_deadline_of(const RunStarted& event) {
  const auto of_chain = execution_deadline_of(event);
  const Duration run_timeout = event.request->run_timeout;
  if (run_timeout == Duration::zero()) return of_chain;
  const Timestamp own = counted_from(event) + backoff_of(event) + run_timeout;
  return of_chain ? std::min(own, *of_chain) : own;
}

RunInfo info_of(const RunHead& run) {
  RunInfo info;
  info.run_id = run.run_id;
  info.first_execution_run_id = run.first_run();
  info.original_execution_run_id = run.original_run();
  info.lineage_run_id = run.lineage_run();
  info.status = run.status;
  info.start_time = run.start_time;
  if (is_closed(run.status)) info.close_time = run.close_time;
  info.cancel_requested = run.cancel_requested;
  info.continued_execution_run_id = run.continued_execution_run_id;
  info.new_execution_run_id = run.new_execution_run_id;
  info.initiator = run.initiator;
  info.attempt = run.attempt;
  return info;
}

void evolve(WorkflowState& state, const Event& event, std::size_t event_bytes) {
  std::visit(Folder{state, event_bytes}, event);
}

}  // namespace onerun::core
