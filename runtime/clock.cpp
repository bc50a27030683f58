#include "runtime/clock.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace onerun {

Timestamp SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

namespace runtime {

BoundedClock::BoundedClock(std::shared_ptr<const Clock> clock) : clock_(std::move(clock)) {}

Timestamp BoundedClock::now() const {
  using namespace std::chrono;
  constexpr Timestamp kFirst{};
  constexpr Timestamp kLast{sys_days{year{9999} / December / 31}.time_since_epoch()};
  return std::clamp(clock_->now(), kFirst, kLast);
}

}  // namespace runtime
}  // namespace onerun
