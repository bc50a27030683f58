// How a benchmark ends that can't go on.
#pragma once

#include <benchmark/benchmark.h>

#include "onerun/status.hpp"

namespace onerun::bench {

inline void skip(benchmark::State& timing, const Status& status) {
  timing.SkipWithError(status.to_string().c_str());
}

}  // namespace onerun::bench
