// When requests are due that are made at a rate.
#pragma once

#include <chrono>
#include <cstdint>

namespace onerun::load {

/// The time of request `number`, counted from 0, of so many a second since `begun`.
inline std::chrono::steady_clock::time_point due(std::chrono::steady_clock::time_point begun,
                                                 double per_second, std::uint64_t number) {
  const std::chrono::duration<double> after(static_cast<double>(number) / per_second);
  return begun + std::chrono::duration_cast<std::chrono::steady_clock::duration>(after);
}

/// How long to sleep at least before the next requests of so many a second. A client that wakes for
/// each takes the processor from those that serve it each time. At rates that keep a machine busy
/// it makes those of some time at once, and more where most are refused at once; their latency
/// still counts from when each was due.
inline std::chrono::steady_clock::duration least_sleep(double per_second) {
  constexpr double kBusy = 100'000;
  constexpr double kOverloaded = 200'000;
  if (per_second < kBusy) return {};
  return std::chrono::microseconds(per_second < kOverloaded ? 200 : 1000);
}

}  // namespace onerun::load
