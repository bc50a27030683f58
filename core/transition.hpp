// From events to bytes: what a decision changes on the store. One WriteSet is one atomic commit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/records.hpp"
#include "core/workflow_state.hpp"
#include "core/write_set.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// By how much a transition changes the numbers of runs of its namespace.
struct CountsDelta {
  std::int64_t open = 0;
  std::int64_t closed = 0;
};

/// What a decision changes, ready to be committed.
struct Transition {
  WriteSet writes = {};
  CountsDelta counts = {};

  /// The run that was current before, as it is now, if another one is.
  std::optional<RunHead> replaced = {};

  /// Falls away if the key is gone by then: what changes the record of a closed run, which its
  /// retention may end at the same time.
  struct Guarded {
    std::string key;
    RunId run_id;
    WriteSet writes = {};
    CountsDelta counts = {};
  };
  std::optional<Guarded> guarded = {};
};

/// Writes what a run leaves that stood before others, and what ends that in time.
void leave_link(WriteSet& writes, NamespaceNumber name_space, const WorkflowId& workflow_id,
                const RunId& run_id, const Link& link);

/// Folds the events of one decision into the state and gives the writes that make them durable.
/// Returns internal if an event breaks an invariant (a second open run, a close of a closed run):
/// then the state must be dropped and nothing may reach the store.
Result<Transition> apply(NamespaceNumber name_space, const WorkflowId& workflow_id,
                         WorkflowState& state, const std::vector<IdEvent>& events);

}  // namespace onerun::core
