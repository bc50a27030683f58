// A second namespace, registered and deleted again and again: what it held must not come back.
#pragma once

#include <map>
#include <utility>

#include "runtime/engine.hpp"
#include "tests/sim/checker.hpp"

namespace onerun::test {

class OtherNamespace {
 public:
  explicit OtherNamespace(sim::Checker& checker) : checker_(checker) {}

  /// Registers it, or deletes it with all that it has. Nothing may be under way.
  void change(runtime::Engine& engine, bool deletes) {
    const State before = std::exchange(state_, State::kUnknown);
    auto changed = deletes ? engine.delete_namespace(kName)
                           : engine.register_namespace(kName, {.retention = kRetention});
    engine.work_until_idle();
    const auto answer = changed.get();
    if (answer.code() == StatusCode::kUnavailable) return;  // a fault
    const State needed = deletes ? State::kThere : State::kAbsent;
    const StatusCode refused = deletes ? StatusCode::kNotFound : StatusCode::kAlreadyExists;
    const bool fits = before == State::kUnknown || answer.ok() == (before == needed);
    if (!fits || (!answer.ok() && answer.code() != refused)) {
      checker_.complain("the other namespace: " + answer.status().to_string());
    }
    state_ = deletes ? State::kAbsent : State::kThere;
    deletions_ += deletes && answer.ok() ? 1 : 0;
  }

  /// Uses an open run if there is one: there must be none from before the last deletion.
  void start(runtime::Engine& engine, const WorkflowId& id) {
    auto started =
        engine.start(kName, {.workflow_id = id, .conflict_policy = ConflictPolicy::kUseExisting});
    engine.work_until_idle();
    const auto answer = started.get();
    if (!answer.ok()) return;
    const auto run = runs_.try_emplace(answer->run_id, deletions_).first;
    if (run->second < deletions_) {
      checker_.complain("a run has outlived its namespace: " + answer->run_id.text());
    }
  }

  /// What was answered may be undone.
  void lose() {
    state_ = State::kUnknown;
    runs_.clear();
  }

  /// It is there, or not, as was answered last.
  void check(runtime::Engine& engine) const {
    const StatusCode code = engine.describe_namespace(kName).get().code();
    const bool fits = state_ == State::kUnknown ||
                      code == (state_ == State::kThere ? StatusCode::kOk : StatusCode::kNotFound);
    if (!fits) checker_.complain("the other namespace is not as it should be");
  }

 private:
  enum class State { kAbsent, kThere, kUnknown };

  inline static const NamespaceName kName{"other"};
  inline static const Retention kRetention{.closed = std::chrono::seconds(2)};

  sim::Checker& checker_;
  State state_ = State::kAbsent;
  std::uint64_t deletions_ = 0;               ///< that were acknowledged
  std::map<RunId, std::uint64_t> runs_ = {};  ///< and how many of them were before it
};

}  // namespace onerun::test
