// What decisions about a workflow id rest on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "onerun/ids.hpp"
#include "onerun/policy.hpp"
#include "onerun/run.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// Number of a namespace on the store. Never used twice.
using NamespaceNumber = std::uint32_t;

/// A request id that was attached to a run after its start.
struct AttachedRequestId {
  RequestId request_id;
  std::uint64_t event_id;  ///< the event that attached it

  friend bool operator==(const AttachedRequestId&, const AttachedRequestId&) = default;
};

/// A run without its payloads: what decisions need, and what the head family keeps of the current
/// run. Empty ids stand for the usual case, so that they cost no bytes.
struct RunHead {
  RunId run_id = {};
  RunStatus status = RunStatus::kUnspecified;
  Timestamp start_time{};
  Timestamp close_time{};                ///< once closed
  RunId first_execution_run_id = {};     ///< empty: the run itself
  RunId original_execution_run_id = {};  ///< empty: the run itself
  RequestId start_request_id = {};       ///< empty: the text of the run id
  std::vector<AttachedRequestId> attached = {};
  bool cancel_requested = false;
  RunId previous_run_id = {};  ///< the run that was current before this one, or empty
  std::uint64_t history_length = 0;
  std::uint64_t history_size_bytes = 0;

  friend bool operator==(const RunHead&, const RunHead&) = default;

  const RunId& first_run() const {
    return first_execution_run_id.empty() ? run_id : first_execution_run_id;
  }
  const RunId& original_run() const {
    return original_execution_run_id.empty() ? run_id : original_execution_run_id;
  }
  RequestId start_request() const {
    return start_request_id.empty() ? RequestId(run_id.text()) : start_request_id;
  }
};

RunInfo info_of(const RunHead& run);

/// A workflow id: its current run, if it has one. The run may be closed, and may have expired.
struct WorkflowState {
  std::optional<RunHead> current;

  friend bool operator==(const WorkflowState&, const WorkflowState&) = default;
};

}  // namespace onerun::core
