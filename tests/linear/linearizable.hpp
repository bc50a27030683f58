// Is there an order of operations that explains their answers, in which none comes before one that
// had ended when it began? The search of Wing and Gong, with Lowe's memory of where it has been;
// the model is that of the simulator. Workflow ids are independent, so each is checked alone.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tests/sim/model.hpp"

namespace onerun::linear {

/// Something that was asked for and may have changed the workflow id.
struct Changed {
  sim::Operation operation;
  sim::ModelAnswer answer;
};

/// A run was described.
struct Described {
  RunRef run;
  Result<RunDescription> answer;
};

/// The history of a run was read, all of it.
struct HistoryRead {
  RunRef run;
  Result<HistoryPage> answer;
};

/// What a client did, and when it asked and had the answer.
struct Entry {
  std::variant<Changed, Described, HistoryRead> what;
  std::int64_t asked;
  std::int64_t answered;
};

/// Everything that was asked of one workflow id, while no time passed.
using History = std::vector<Entry>;

/// Empty if there is such an order; otherwise the longest explanation that was found, what did not
/// fit behind it, and whether the search was given up.
std::string contradiction(History history, const Retention& retention, Timestamp now);

}  // namespace onerun::linear
