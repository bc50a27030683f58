// The middle of what was measured several times.
#pragma once

#include <algorithm>
#include <vector>

namespace onerun::load {

/// The upper one of two. Requires one at least.
inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace onerun::load
