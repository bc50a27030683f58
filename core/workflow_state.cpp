#include "core/workflow_state.hpp"

#include <algorithm>

#include "onerun/limits.hpp"

namespace onerun::core {

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

RunInfo info_of(const RunHead& run) {
  RunInfo info;
  info.run_id = run.run_id;
  info.first_execution_run_id = run.first_run();
  info.original_execution_run_id = run.original_run();
  info.lineage_run_id = run.lineage_run();
  info.status = run.status;
  info.start_time = run.start_time;
  if (is_closed(run.status)) info.close_time = run.close_time;
  info.cancel_requested = run.cancel_requested();
  info.continued_execution_run_id = run.continued_execution_run_id;
  info.new_execution_run_id = run.new_execution_run_id;
  info.initiator = run.initiator;
  info.attempt = run.attempt;
  return info;
}

}  // namespace onerun::core
