// All 20 x 8 cells of the decision table (specification section 1.2), each through the running
// runtime on RocksDB: the answer, what is on the store afterwards, and the same after a restart.
#include <gtest/gtest.h>

#include <array>

#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

constexpr std::array kStates = {RunStatus::kUnspecified, RunStatus::kRunning,
                                RunStatus::kCompleted,   RunStatus::kFailed,
                                RunStatus::kCanceled,    RunStatus::kTerminated,
                                RunStatus::kTimedOut,    RunStatus::kContinuedAsNew};

/// What the specification says that a cell gets, written as it writes it.
std::string_view expected_cell(ReusePolicy reuse, ConflictPolicy conflict, RunStatus state) {
  using enum ReusePolicy;
  const bool terminates = conflict == ConflictPolicy::kTerminateExisting;
  if (reuse == kRejectDuplicate && terminates) return "IA";
  if (reuse == kTerminateIfRunning && conflict != ConflictPolicy::kUnspecified) return "IA";
  if (state == RunStatus::kUnspecified) return "NEW";
  if (state == RunStatus::kRunning) {
    if (reuse == kTerminateIfRunning || terminates) return "TERM";
    return conflict == ConflictPolicy::kUseExisting ? "USE" : "DUP-R";
  }
  if (reuse == kRejectDuplicate) return "DUP-F";
  const bool failed = state == RunStatus::kFailed || state == RunStatus::kCanceled ||
                      state == RunStatus::kTerminated || state == RunStatus::kTimedOut;
  return reuse == kAllowDuplicateFailedOnly && !failed ? "DUP-S" : "NEW";
}

/// What the answer amounts to, in the same words.
std::string_view cell_of(const Result<StartResult>& answer) {
  if (answer.ok()) {
    switch (answer->rule) {
      case StartRule::kStarted: return "NEW";
      case StartRule::kTerminatedExistingAndStarted: return "TERM";
      case StartRule::kUsedExisting: return "USE";
      default: return to_string(answer->rule);
    }
  }
  if (answer.code() == StatusCode::kInvalidArgument) return "IA";
  const Status status = answer.status();
  const auto* refused = status.detail<AlreadyStarted>();
  if (refused == nullptr) return to_string(answer.code());
  if (refused->rule == StartRule::kRejectedRunning) return "DUP-R";
  return refused->rule == StartRule::kRejectedCompleted ? "DUP-S" : "DUP-F";
}

class StartMatrix : public test::OnDisk {
 protected:
  void check(ReusePolicy reuse, ConflictPolicy conflict, RunStatus state) {
    const std::string id = "id-" + std::to_string(++cells_);
    SCOPED_TRACE(std::string(to_string(reuse)) + " " + std::string(to_string(conflict)) + " " +
                 std::string(to_string(state)));
    bring_into(id, state);
    const auto before = describe(id);
    StartRequest request{.workflow_id = WorkflowId(id),
                         .reuse_policy = reuse,
                         .conflict_policy = conflict,
                         .dry_run = true};
    EXPECT_EQ(cell_of(start(request)), expected_cell(reuse, conflict, state)) << "dry run";
    EXPECT_EQ(describe(id).ok(), before.ok());

    request.dry_run = false;
    const auto answer = start(request);
    const std::string_view cell = cell_of(answer);
    EXPECT_EQ(cell, expected_cell(reuse, conflict, state));
    check_afterwards(id, cell, before, answer);
  }

  void check_afterwards(const std::string& id, std::string_view cell,
                        const Result<RunDescription>& before, const Result<StartResult>& answer) {
    const auto after = describe(id);
    const bool starts = cell == "NEW" || cell == "TERM";
    if (starts) {
      ASSERT_TRUE(after.ok());
      EXPECT_EQ(after->run.run_id, answer->run_id);
      EXPECT_EQ(after->run.status, RunStatus::kRunning);
      EXPECT_TRUE(answer->started);
    } else if (before.ok()) {
      ASSERT_TRUE(after.ok());
      EXPECT_EQ(after->run, before->run) << "nothing has changed";
    } else {
      EXPECT_EQ(after.code(), StatusCode::kNotFound);
    }
    if (cell == "TERM") {
      const auto displaced = describe(id, before->run.run_id);
      EXPECT_EQ(displaced->run.status, RunStatus::kTerminated);
      EXPECT_FALSE(displaced->is_current);
      EXPECT_EQ(after->previous_run_id, before->run.run_id);
    }
    if (after.ok()) last_seen_[id] = after->run;
  }

  int cells_ = 0;
  std::map<std::string, RunInfo> last_seen_;
};

TEST_F(StartMatrix, GivesEveryCellWhatTheSpecificationSays) {
  for (int reuse = 0; reuse <= 4; ++reuse) {
    for (int conflict = 0; conflict <= 3; ++conflict) {
      for (const RunStatus state : kStates) {
        check(static_cast<ReusePolicy>(reuse), static_cast<ConflictPolicy>(conflict), state);
      }
    }
  }
  EXPECT_EQ(cells_, 20 * 8);
  reopen();
  for (const auto& [id, run] : last_seen_) {
    const auto again = describe(id);
    ASSERT_TRUE(again.ok()) << id;
    EXPECT_EQ(again->run, run) << id;
  }
}

}  // namespace
}  // namespace onerun
