// What clients of the model ask for: anything, of a few workflow ids, and some of it again.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sim/checker.hpp"
#include "tests/sim/dice.hpp"

namespace onerun::sim {

class Requests {
 public:
  /// The workflow ids that they are about.
  static constexpr std::array kIds = {"a", "b", "c"};

  /// What the run ids begin with that starts bring.
  static constexpr std::string_view kOwnRunId = "own-";

  /// Both must outlive it. `most_padding`: bytes at the end of what is given.
  Requests(Dice& dice, const Checker& checker, std::size_t most_padding = 0)
      : dice_(dice), checker_(checker), most_padding_(most_padding) {}

  WorkflowId some_id() { return WorkflowId(kIds[draw(kIds.size())]); }

  /// The current run (the empty run id), one that was heard of, or one that never was.
  RunId some_run(const WorkflowId& id);

  StartRequest start();

  /// Something that is asked of a run.
  Operation change(Timestamp now);

 private:
  std::uint64_t draw(std::uint64_t bound) { return dice_.draw(bound); }
  bool chance(unsigned percent) { return dice_.chance(percent); }

  StartRequest new_start(WorkflowId workflow_id);
  template <class Request>
  void add_texts(Request& request);
  void add_deadlines(StartRequest& request);
  void make_reset(Operation& operation);
  Signal some_signal();
  std::string something_new();

  Dice& dice_;
  const Checker& checker_;
  const std::size_t most_padding_;
  unsigned requests_ = 0;
  unsigned given_ = 0;              ///< inputs, results and signals
  std::vector<StartRequest> made_;  ///< to be repeated
  std::vector<Operation> resets_;   ///< so are these
};

inline Operation start_at(Timestamp now, StartRequest request) {
  return {.kind = Operation::Kind::kStart, .now = now, .start = std::move(request)};
}

}  // namespace onerun::sim
