// Events of workflow tasks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "onerun/event/execution.hpp"
#include "onerun/event/type.hpp"
#include "onerun/ids.hpp"
#include "onerun/time.hpp"

namespace onerun::event {

/// A reset began the run: the events before this one were copied from `base_run_id`.
/// Source: specification section 3.6.
struct WorkflowTaskFailed {
  static constexpr EventType kType = EventType::kWorkflowTaskFailed;

  RunId base_run_id = {};
  RequestId request_id = {};
  std::string reason = {};
  std::string identity = {};
  RunId previous_run_id = {};            ///< as in RunStarted
  RunId original_execution_run_id = {};  ///< the run that the first reset of the line copied
  RunId lineage_run_id = {};
  std::optional<Timestamp> execution_deadline = {};
  std::vector<ChainRequestId> chain_request_ids = {};
  std::vector<RequestId> dropped_signals = {};   ///< request ids of signals that were left out
  std::optional<Timestamp> clock_at_start = {};  ///< as in RunStarted

  friend bool operator==(const WorkflowTaskFailed&, const WorkflowTaskFailed&) = default;
};

}  // namespace onerun::event
