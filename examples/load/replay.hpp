// Replay of a trace: its operations at full speed, in parallel over workflow ids and in order
// within one, each at the time that the trace gives it.
#pragma once

#include <atomic>
#include <chrono>
#include <vector>

#include "session.hpp"
#include "settings.hpp"
#include "tally.hpp"
#include "trace.hpp"

namespace onerun::load {

/// The clock of a replay. For a request it is the time of the operation that is being submitted;
/// for what the runtime does by itself it is the time up to which all operations are done, so that
/// nothing is reclaimed that an operation still to come would have found.
class TraceClock final : public Clock {
 public:
  Timestamp now() const override;

  /// The time of requests that this thread makes from now on.
  static void set_for_this_thread(Timestamp instant);

  void set_background(Timestamp instant) {
    background_ms_.store(instant.time_since_epoch().count(), std::memory_order_release);
  }

 private:
  std::atomic<std::int64_t> background_ms_{0};
};

/// What a replay leaves behind.
struct ReplayResult {
  std::chrono::nanoseconds took{};
  std::uint64_t workflow_ids = 0;
  std::uint64_t open_at_end = 0;
};

/// Replays the trace and waits for all answers. An end applies to the run that its request id
/// started, if that run is still open; otherwise it is skipped.
Result<ReplayResult> replay(const Settings& settings, const std::vector<TraceOperation>& trace,
                            Session& session, TraceClock& clock, Tally& tally);

}  // namespace onerun::load
