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

}  // namespace onerun::load
