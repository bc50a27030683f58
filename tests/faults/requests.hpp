// What clients of the model ask for: anything, of a few workflow ids, and some of it again.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tests/faults/dice.hpp"
#include "tests/sim/checker.hpp"

namespace onerun::test {

class Requests {
 public:
  /// The workflow ids that they are about.
  static constexpr std::array kIds = {"a", "b", "c"};

  /// Both must outlive it.
  Requests(Dice& dice, const sim::Checker& checker) : dice_(dice), checker_(checker) {}

  /// A start, or a change of a run.
  sim::Operation next(Timestamp now);

  WorkflowId some_id() { return WorkflowId(kIds[draw(kIds.size())]); }

  /// The current run (the empty run id), one that was heard of, or one that never was.
  RunId some_run(const WorkflowId& id);

 private:
  std::uint64_t draw(std::uint64_t bound) { return dice_.draw(bound); }
  bool chance(unsigned percent) { return dice_.chance(percent); }

  sim::Operation start(Timestamp now);
  StartRequest new_start(WorkflowId workflow_id);
  void add_deadlines(StartRequest& request);
  sim::Operation change(Timestamp now);
  void make_reset(sim::Operation& operation);
  Signal some_signal();

  Dice& dice_;
  const sim::Checker& checker_;
  unsigned made_so_far_ = 0;
  std::vector<StartRequest> made_;      ///< to be repeated
  std::vector<sim::Operation> resets_;  ///< so are these
};

}  // namespace onerun::test
