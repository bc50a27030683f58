// Time as onerun sees it: an injected clock, and instants and durations in milliseconds.
#pragma once

#include <chrono>

#include "onerun/export.hpp"

namespace onerun {

/// An instant in UTC, to the millisecond.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// A length of time, to the millisecond.
using Duration = std::chrono::milliseconds;

/// Where a runtime reads the time. It is read once for each request, on the thread that makes the
/// request; that instant is the request's time in every rule (start time, close time, expiry). The
/// runtime's own threads read it too: for timers, retention, and for how often an id is asked.
///
/// What it throws is the answer of the request: unavailable, and nothing was done. The runtime's
/// own threads log it and take the last reading until the clock works again: timers and retention
/// wait so long. A call that a clock makes is refused if it needs the clock, or would have to wait.
///
/// Threads: `now` is called from many threads at once.
class ONERUN_EXPORT Clock {
 public:
  virtual ~Clock() = default;

  /// Returns the current instant. It may step back: no rule relies on its order.
  virtual Timestamp now() const = 0;
};

/// The clock of the machine (`std::chrono::system_clock`).
class ONERUN_EXPORT SystemClock final : public Clock {
 public:
  Timestamp now() const override;
};

}  // namespace onerun
