// What the files of the world share.
#pragma once

#include <array>
#include <string_view>
#include <tuple>

#include "onerun/run.hpp"

namespace onerun::sim {

inline const NamespaceName kNamespace("sim");
inline const NamespaceName kOther("other");

inline constexpr std::array kIds = {"a", "b", "c"};

/// What the run ids begin with that starts bring.
inline constexpr std::string_view kOwnRunId = "own-";

struct LessOfRuns {
  bool operator()(const RunRef& a, const RunRef& b) const {
    return std::tie(a.workflow_id, a.run_id) < std::tie(b.workflow_id, b.run_id);
  }
};

}  // namespace onerun::sim
