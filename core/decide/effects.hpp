// What the outside is told of a decision, or gets by it, once the commit that it rests on is
// durable. A closed list: each effect is carried out in one place.
#pragma once

#include <variant>
#include <vector>

#include "core/event.hpp"
#include "core/workflow_state.hpp"
#include "onerun/chain.hpp"
#include "onerun/ids.hpp"
#include "onerun/policy.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// Something must happen to the run when that time has come.
struct SetTimer {
  RunId run_id;
  Timestamp due;

  friend bool operator==(const SetTimer&, const SetTimer&) = default;
};

/// It need not happen any more.
struct DropTimer {
  RunId run_id;
  Timestamp due;

  friend bool operator==(const DropTimer&, const DropTimer&) = default;
};

/// The run, or the start that waited for one, has come to its end: who waits for that is answered.
struct ReleaseCloseWaiters {
  RunId run_id;

  friend bool operator==(const ReleaseCloseWaiters&, const ReleaseCloseWaiters&) = default;
};

/// The history of the run has grown, or is gone: who watches it reads on.
struct WakeWatchers {
  RunId run_id;

  friend bool operator==(const WakeWatchers&, const WakeWatchers&) = default;
};

/// A run has closed with that status.
struct CountClosed {
  RunStatus status;

  friend bool operator==(const CountClosed&, const CountClosed&) = default;
};

/// A run continues another one.
struct CountContinued {
  Initiator initiator;

  friend bool operator==(const CountContinued&, const CountContinued&) = default;
};

using Effect = std::variant<SetTimer, DropTimer, ReleaseCloseWaiters, WakeWatchers, CountClosed,
                            CountContinued>;

/// The effects of the events of one decision, in their order. `state`: before the events.
std::vector<Effect> effects_of(const WorkflowState& state, const std::vector<IdEvent>& events);

}  // namespace onerun::core
