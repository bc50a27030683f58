// What the files of the world share.
#pragma once

#include <tuple>

#include "onerun/run.hpp"

namespace onerun::sim {

inline const NamespaceName kNamespace("sim");
inline const NamespaceName kOther("other");

struct LessOfRuns {
  bool operator()(const RunRef& a, const RunRef& b) const {
    return std::tie(a.workflow_id, a.run_id) < std::tie(b.workflow_id, b.run_id);
  }
};

}  // namespace onerun::sim
