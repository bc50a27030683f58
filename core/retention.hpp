// When a closed run expires. Always from the namespace's current policy.
// Source: specification section 6.2, design section 8 difference 3.
#pragma once

#include <algorithm>
#include <array>

#include "core/workflow_state.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// The statuses that a run ends with.
inline constexpr std::array kClosedStatuses = {RunStatus::kCompleted, RunStatus::kFailed,
                                               RunStatus::kCanceled,  RunStatus::kTerminated,
                                               RunStatus::kTimedOut,  RunStatus::kContinuedAsNew};

/// How long a run that closed with this status is kept.
Duration retention_of(const Retention& retention, RunStatus status);

/// How long a workflow id stays used after its last run closed with this status.
inline Duration id_retention_of(const Retention& retention, RunStatus status) {
  return std::max(retention_of(retention, status), retention.ids.value_or(Duration::zero()));
}

/// How long any closed run is kept at most.
inline Duration longest_retention(const Retention& retention) {
  Duration longest = retention.closed;
  for (const auto& [status, kept] : retention.by_status) longest = std::max(longest, kept);
  return longest;
}

/// How long any closed run is kept at least.
inline Duration shortest_retention(const Retention& retention) {
  Duration shortest = retention.closed;
  for (const auto& [status, kept] : retention.by_status) shortest = std::min(shortest, kept);
  return shortest;
}

/// True if a run that closed before one with this status may be retained longer than it.
inline bool may_outlast(const Retention& retention, RunStatus status) {
  return longest_retention(retention) > retention_of(retention, status);
}

/// True if the run is closed and its record counts as gone at that instant.
bool is_expired(const Retention& retention, const RunHead& run, Timestamp now);

/// True if the run is closed and no longer counts as a use of its workflow id at that instant.
bool is_id_expired(const Retention& retention, const RunHead& run, Timestamp now);

/// The same of a run that an earlier request of the chain is remembered by.
inline bool is_id_expired(const Retention& retention, const ChainRequestId& known, Timestamp now) {
  return now >= known.close_time + id_retention_of(retention, known.status);
}

}  // namespace onerun::core
