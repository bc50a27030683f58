// What actors say to each other. Messages stay in this process; none is ever serialised.
#pragma once

#include <memory>

#include "actors/caf.hpp"
#include "actors/request.hpp"
#include "onerun/future.hpp"

namespace onerun::actors {

/// To a supervisor: find or make the workflow actor. To a workflow actor: decide.
struct Deliver {
  RequestPtr request;
};

/// To a workflow actor that waits for the log: what it had put there is settled, go on.
struct GoOn {};

/// To a supervisor or the retention actor: time has passed.
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

}  // namespace onerun::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::Deliver)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::GoOn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::Tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::PassivateIdle)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::ReclaimNow)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::actors::PageDone)
