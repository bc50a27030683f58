#include "runtime/clock.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "actors/host_failure.hpp"
#include "actors/logging.hpp"
#include "onerun/detail/meeting.hpp"

namespace onerun {

Timestamp SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

namespace runtime {

namespace {

/// True while the host's clock is asked on this thread.
thread_local bool asking = false;

class Asking {
 public:
  Asking() {
    if (std::exchange(asking, true)) {
      throw actors::HostFailure("a clock can't ask for what needs the clock");
    }
  }
  ~Asking() { asking = false; }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
};

}  // namespace

HostClock::HostClock(std::shared_ptr<const Clock> clock, std::shared_ptr<LogSink> log)
    : clock_(std::move(clock)), log_(std::move(log)) {}

Timestamp HostClock::now() const {
  using namespace std::chrono;
  constexpr Timestamp kFirst{};
  constexpr Timestamp kLast{sys_days{year{9999} / December / 31}.time_since_epoch()};
  const Asking once;
  const detail::RuntimeThreadScope can_not_wait(*log_);
  return std::clamp(actors::call_host("the clock", [this] { return clock_->now(); }), kFirst,
                    kLast);
}

LastGoodClock::LastGoodClock(std::shared_ptr<const Clock> clock, LogSink& log)
    : clock_(std::move(clock)), log_(log), last_(clock_->now()) {}

Timestamp LastGoodClock::now() const noexcept {
  try {
    const Timestamp now = clock_->now();
    last_.store(now, std::memory_order_relaxed);
    is_failing_.store(false, std::memory_order_relaxed);
    return now;
  } catch (const std::exception& failure) {
    failed(failure.what());
    return last_.load(std::memory_order_relaxed);
  }
}

/// Says so once, until it works again.
void LastGoodClock::failed(const char* reason) const noexcept {
  if (is_failing_.exchange(true, std::memory_order_relaxed)) return;
  try {
    const std::string message = std::string(reason) + "; timers and retention wait";
    actors::log_line(log_, LogLevel::kError, message);
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace runtime
}  // namespace onerun
