// An order of runs, for sets and maps of tests.
#pragma once

#include <tuple>

#include "onerun/run.hpp"

namespace onerun::test {

struct LessOfRuns {
  bool operator()(const RunRef& a, const RunRef& b) const {
    return std::tie(a.workflow_id, a.run_id) < std::tie(b.workflow_id, b.run_id);
  }
};

}  // namespace onerun::test
