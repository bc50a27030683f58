// What actors say to each other. Messages stay in this process; none is ever serialised.
#pragma once

#include <cstdint>
#include <memory>

#include "actors/caf.hpp"
#include "actors/request.hpp"
#include "actors/timers.hpp"
#include "onerun/detail/promise.hpp"

namespace onerun::actors {

/// To a supervisor: find or make the workflow actor. To a workflow actor: decide.
struct Deliver {
  RequestPtr request;
  bool is_for_another_id = false;  ///< the actor belongs to a new workflow id from here on
  std::uint64_t others = 0;        ///< requests of the supervisor for other ids since the last one
};

/// To a workflow actor whose requests wait: go on.
struct GoOn {
  std::uint64_t wait = 0;       ///< that is over: the actor counts its waits
  bool log_is_settled = false;  ///< with all that it had put there
};

/// To a supervisor, the retention actor or the timer actor: time has passed.
struct Tick {};

/// To a supervisor: passivate all that is idle, and say how many there were.
struct PassivateIdle {
  std::shared_ptr<Promise<Result<std::uint64_t>>> passivated;
};

/// To the retention actor: look now, until nothing is left, and say how many runs were reclaimed.
struct ReclaimNow {
  std::shared_ptr<Promise<Result<std::uint64_t>>> reclaimed;
};

/// To the retention actor: the last page of removals is through the log.
struct PageDone {};

/// A timer whose run has been asked to time out, and what came of that.
struct FiredTimer {
  PendingTimer pending;
  Status answer;
};

/// To the timer actor: an answer is there.
struct TimerDone {
  std::shared_ptr<FiredTimer> timer;
};

/// To the timer actor: fire all that is due, and say how many runs timed out.
struct FireNow {
  std::shared_ptr<Promise<Result<std::uint64_t>>> fired;
};

}  // namespace onerun::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::Deliver)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::GoOn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::Tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::PassivateIdle)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::ReclaimNow)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::PageDone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::TimerDone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::FireNow)
