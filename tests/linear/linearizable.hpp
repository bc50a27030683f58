// Is there an order of operations that explains their answers, in which none comes before one that
// had ended when it began? The search of Wing and Gong, with Lowe's memory of where it has been;
// the model is that of the simulator. Workflow ids are independent, so each is checked alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/model.hpp"

namespace onerun::linear {

/// An operation, and when a client asked for it and had the answer.
struct Entry {
  sim::Operation operation;
  sim::ModelAnswer answer;
  std::int64_t asked;
  std::int64_t answered;
};

/// Everything that was asked of one workflow id.
using History = std::vector<Entry>;

/// Empty if there is such an order; otherwise the longest explanation that was found, and what did
/// not fit behind it.
std::string contradiction(History history, const Retention& retention);

}  // namespace onerun::linear
