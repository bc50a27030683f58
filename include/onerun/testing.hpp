// For the tests of programs that embed onerun: a clock that stands still, ids that repeat, and
// clean-up on demand. Together with StoreKind::kMemory a test needs no disk and no sleep.
#pragma once

#include <atomic>
#include <cstdint>

#include "onerun/export.hpp"
#include "onerun/ids.hpp"
#include "onerun/runtime.hpp"
#include "onerun/time.hpp"

namespace onerun::testing {

/// A clock that moves only when it is told to.
///
/// Threads: may be read and moved from many threads.
class ONERUN_EXPORT ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = Timestamp(std::chrono::days(20'000)));

  Timestamp now() const override;
  void set(Timestamp instant);
  void advance(Duration by);

 private:
  std::atomic<std::int64_t> now_ms_;
};

/// Mints UUIDv7 that follow from the clock and a seed alone: the same calls give the same ids.
class ONERUN_EXPORT SeededIdSource final : public IdSource {
 public:
  explicit SeededIdSource(std::uint64_t seed);

  RunId next_run_id(Timestamp now) override;
  Uuid next_namespace_id() override;

 private:
  std::uint64_t next_random();

  const std::uint64_t seed_;
  std::atomic<std::uint64_t> last_{0};
  std::atomic<std::uint64_t> drawn_{0};
};

/// Runs the retention actor now and waits until nothing that has expired is left on the store, and
/// no deleted namespace either. Returns the runs that were reclaimed by it. A pass of the runtime's
/// own, each `Options::reclaim_interval`, may be faster: then they are gone, and not counted here.
ONERUN_EXPORT Result<std::uint64_t> reclaim_now(Runtime& runtime);

/// Fires all timers that are due now and waits for what comes of them. Returns the runs that timed
/// out.
ONERUN_EXPORT Result<std::uint64_t> fire_timers_now(Runtime& runtime);

/// Passivates all workflow actors that are idle. Returns how many there were. One whose answer has
/// just arrived may not be idle yet.
ONERUN_EXPORT Result<std::uint64_t> passivate_now(Runtime& runtime);

}  // namespace onerun::testing
