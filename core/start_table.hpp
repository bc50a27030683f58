// What a start gets, for each pair of policies and each state of the workflow id: the decision
// table. Source: specification sections 1.2 and 1.3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "onerun/policy.hpp"

namespace onerun::core {

/// What to do with a start.
enum class StartCell : std::uint8_t {
  kNew,           ///< start a new run
  kUse,           ///< answer with the open run
  kTerminate,     ///< terminate the open run and start a new one, in one commit
  kCancel,        ///< ask the open run to cancel, and start a new one when it has closed
  kEnqueue,       ///< start a new one when the open run has closed
  kDupRunning,    ///< refuse: a run is open
  kDupCompleted,  ///< refuse: the last run did not fail
  kDupRejected,   ///< refuse: the id was used
  kInvalid,       ///< the pair of policies contradicts itself
};

/// State of a workflow id as the table sees it.
inline constexpr std::size_t kStartStates = 8;
inline constexpr std::size_t kReusePolicies = 5;
inline constexpr std::size_t kConflictPolicies = 6;

/// Column of a status; kUnspecified means that there is no run. A paused run counts as running.
constexpr std::size_t start_column(RunStatus status) {
  switch (status) {
    case RunStatus::kUnspecified: return 0;
    case RunStatus::kRunning:
    case RunStatus::kPaused: return 1;
    case RunStatus::kCompleted: return 2;
    case RunStatus::kFailed: return 3;
    case RunStatus::kCanceled: return 4;
    case RunStatus::kTerminated: return 5;
    case RunStatus::kTimedOut: return 6;
    case RunStatus::kContinuedAsNew: return 7;
  }
  return 0;
}

namespace start_table {

inline constexpr StartCell kNew = StartCell::kNew;
inline constexpr StartCell kUse = StartCell::kUse;
inline constexpr StartCell kTerm = StartCell::kTerminate;
inline constexpr StartCell kCanc = StartCell::kCancel;
inline constexpr StartCell kQueue = StartCell::kEnqueue;
inline constexpr StartCell kDupR = StartCell::kDupRunning;
inline constexpr StartCell kDupS = StartCell::kDupCompleted;
inline constexpr StartCell kDupF = StartCell::kDupRejected;
inline constexpr StartCell kBad = StartCell::kInvalid;

// While a run is open only the conflict policy matters; once it is closed only the reuse policy
// does. What waits must be allowed whatever the open run's end will be: so not with the reuse
// policies that look at it.
// clang-format off
inline constexpr std::array<std::array<std::array<StartCell, kStartStates>, kConflictPolicies>,
                            kReusePolicies> kCells{{
  //                         none    running compl.  failed  cancel. termin. timed   cont.
  {{  // reuse: unspecified
    /* conflict unspecified */ {kNew,   kDupR,  kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
    /* fail                 */ {kNew,   kDupR,  kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
    /* use existing         */ {kNew,   kUse,   kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
    /* terminate existing   */ {kNew,   kTerm,  kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
    /* cancel existing      */ {kNew,   kCanc,  kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
    /* enqueue              */ {kNew,   kQueue, kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
  }},
  {{  // reuse: allow duplicate
    /* conflict unspecified */ {kNew,   kDupR,  kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
    /* fail                 */ {kNew,   kDupR,  kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
    /* use existing         */ {kNew,   kUse,   kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
    /* terminate existing   */ {kNew,   kTerm,  kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
    /* cancel existing      */ {kNew,   kCanc,  kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
    /* enqueue              */ {kNew,   kQueue, kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
  }},
  {{  // reuse: allow duplicate, failed only
    /* conflict unspecified */ {kNew,   kDupR,  kDupS,  kNew,   kNew,   kNew,   kNew,  kDupS},
    /* fail                 */ {kNew,   kDupR,  kDupS,  kNew,   kNew,   kNew,   kNew,  kDupS},
    /* use existing         */ {kNew,   kUse,   kDupS,  kNew,   kNew,   kNew,   kNew,  kDupS},
    /* terminate existing   */ {kNew,   kTerm,  kDupS,  kNew,   kNew,   kNew,   kNew,  kDupS},
    /* cancel existing      */ {kBad,   kBad,   kBad,   kBad,   kBad,   kBad,   kBad,  kBad },
    /* enqueue              */ {kBad,   kBad,   kBad,   kBad,   kBad,   kBad,   kBad,  kBad },
  }},
  {{  // reuse: reject duplicate
    /* conflict unspecified */ {kNew,   kDupR,  kDupF,  kDupF,  kDupF,  kDupF,  kDupF, kDupF},
    /* fail                 */ {kNew,   kDupR,  kDupF,  kDupF,  kDupF,  kDupF,  kDupF, kDupF},
    /* use existing         */ {kNew,   kUse,   kDupF,  kDupF,  kDupF,  kDupF,  kDupF, kDupF},
    /* terminate existing   */ {kBad,   kBad,   kBad,   kBad,   kBad,   kBad,   kBad,  kBad },
    /* cancel existing      */ {kBad,   kBad,   kBad,   kBad,   kBad,   kBad,   kBad,  kBad },
    /* enqueue              */ {kBad,   kBad,   kBad,   kBad,   kBad,   kBad,   kBad,  kBad },
  }},
  {{  // reuse: terminate if running
    /* conflict unspecified */ {kNew,   kTerm,  kNew,   kNew,   kNew,   kNew,   kNew,  kNew },
    /* fail                 */ {kBad,   kBad,   kBad,   kBad,   kBad,   kBad,   kBad,  kBad },
    /* use existing         */ {kBad,   kBad,   kBad,   kBad,   kBad,   kBad,   kBad,  kBad },
    /* terminate existing   */ {kBad,   kBad,   kBad,   kBad,   kBad,   kBad,   kBad,  kBad },
    /* cancel existing      */ {kBad,   kBad,   kBad,   kBad,   kBad,   kBad,   kBad,  kBad },
    /* enqueue              */ {kBad,   kBad,   kBad,   kBad,   kBad,   kBad,   kBad,  kBad },
  }},
}};
// clang-format on

}  // namespace start_table

/// Row of a conflict policy; behind all rows for a value outside the enumeration.
constexpr std::size_t conflict_row(ConflictPolicy policy) {
  switch (policy) {
    case ConflictPolicy::kUnspecified: return 0;
    case ConflictPolicy::kFail: return 1;
    case ConflictPolicy::kUseExisting: return 2;
    case ConflictPolicy::kTerminateExisting: return 3;
    case ConflictPolicy::kCancelExisting: return 4;
    case ConflictPolicy::kEnqueue: return 5;
  }
  return kConflictPolicies;
}

/// The cell for a pair of policies and the status of the current run (kUnspecified: none).
/// Values outside the enumerations get kInvalid.
constexpr StartCell start_cell(ReusePolicy reuse, ConflictPolicy conflict, RunStatus current) {
  const auto row = static_cast<std::size_t>(reuse);
  const std::size_t column = conflict_row(conflict);
  if (row >= kReusePolicies || column >= kConflictPolicies) return StartCell::kInvalid;
  return start_table::kCells[row][column][start_column(current)];
}

/// True if the pair may be used together. Source: specification section 1.3.
constexpr bool is_valid_pair(ReusePolicy reuse, ConflictPolicy conflict) {
  return start_cell(reuse, conflict, RunStatus::kUnspecified) != StartCell::kInvalid;
}

}  // namespace onerun::core
