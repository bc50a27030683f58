// Which run a command means, and the end of a run. Specification sections 3.7, 4.1 and 4.2.
#include <gtest/gtest.h>

#include "tests/support/core.hpp"

namespace onerun::core {
namespace {

using test::kId;
using test::Life;
using test::run_id;

constexpr std::array kWaysToClose = {RunStatus::kCompleted, RunStatus::kFailed,
                                     RunStatus::kCanceled, RunStatus::kTerminated};

RequestCancelCommand cancel(RunId run = {}, RunId first = {}) {
  return {.run = {kId, std::move(run)},
          .options = {.reason = "why", .first_execution_run_id = std::move(first)}};
}

TEST(DecideClose, ClosesTheCurrentRunForAnEmptyRunId) {
  for (const RunStatus status : kWaysToClose) {
    Life life = Life::with_current(RunStatus::kRunning);
    life.now += Duration(7);
    const auto closed = life.close(status);
    ASSERT_TRUE(closed.ok()) << status;
    EXPECT_EQ(closed->run_id, run_id(1));
    EXPECT_EQ(closed->status, status);
    EXPECT_EQ(closed->close_time, life.now);
    EXPECT_EQ(life.state.current->status, status);
  }
}

TEST(DecideClose, ClosesOnlyOnce) {
  for (const RunStatus first : kWaysToClose) {
    for (const RunStatus second : kWaysToClose) {
      Life life = Life::with_current(first);
      const Status again = life.close(second).status();
      EXPECT_EQ(again.code(), StatusCode::kNotFound);
      ASSERT_NE(again.detail<AlreadyClosed>(), nullptr);
      EXPECT_EQ(again.detail<AlreadyClosed>()->status, first);
      EXPECT_EQ(again.detail<AlreadyClosed>()->run_id, run_id(1));
      EXPECT_EQ(life.state.current->status, first);
    }
  }
}

TEST(DecideRequestCancel, LooksOnlyAtTheCurrentRunWhenAChainIsNamed) {
  Life life = Life::with_current(RunStatus::kCompleted);
  const RunHead closed = *life.state.current;
  life.state.current.reset();
  const auto decision = decide_request_cancel(life.state, cancel(closed.run_id, closed.run_id),
                                              life.facts({.other_run = closed}));
  EXPECT_EQ(decision.answer.code(), StatusCode::kNotFound)
      << "the run id that came with it does not matter";
}

TEST(DecideClose, TellsApartAMissingWorkflowAndAMissingRun) {
  Life none;
  const Status no_workflow = none.close(RunStatus::kCompleted).status();
  ASSERT_NE(no_workflow.detail<Missing>(), nullptr);
  EXPECT_EQ(no_workflow.detail<Missing>()->what, Missing::What::kWorkflow);

  Life life = Life::with_current(RunStatus::kRunning);
  const Status no_run = life.close(RunStatus::kCompleted, run_id(77)).status();
  ASSERT_NE(no_run.detail<Missing>(), nullptr);
  EXPECT_EQ(no_run.detail<Missing>()->what, Missing::What::kRun);
  EXPECT_EQ(life.state.current->status, RunStatus::kRunning);
}

TEST(DecideClose, NeverClosesAnotherRunThanTheOneNamed) {
  Life life = Life::with_current(RunStatus::kRunning);
  const RunHead older{.run_id = run_id(50), .status = RunStatus::kTerminated};
  const auto answer =
      life.does(CloseCommand{.run = {kId, run_id(50)}, .status = RunStatus::kCompleted},
                {.other_run = older});
  const Status status = answer.status();
  ASSERT_NE(status.detail<AlreadyClosed>(), nullptr);
  EXPECT_EQ(status.detail<AlreadyClosed>()->run_id, run_id(50));
  EXPECT_EQ(life.state.current->status, RunStatus::kRunning);
}

TEST(DecideClose, DoesNotFindAnExpiredRun) {
  Life life = Life::with_current(RunStatus::kCompleted);
  life.config.retention.closed = std::chrono::seconds(1);
  life.config.retention.ids = std::chrono::hours(1);
  life.now = life.state.current->close_time + std::chrono::seconds(1);
  EXPECT_NE(life.close(RunStatus::kFailed).status().detail<Missing>(), nullptr)
      << "the id is still used, but its run is gone";
}

TEST(DecideClose, NeverEndsBeforeItStarted) {
  Life life = Life::with_current(RunStatus::kRunning);
  life.now -= std::chrono::hours(1);
  const auto closed = life.close(RunStatus::kCompleted);
  EXPECT_EQ(closed->close_time, closed->start_time);
}

TEST(DecideTerminate, DropsTheRunIdWhenAChainIsNamed) {
  Life life = Life::with_current(RunStatus::kRunning);
  const auto answer = life.does(CloseCommand{.run = {kId, run_id(77)},
                                             .status = RunStatus::kTerminated,
                                             .first_execution_run_id = run_id(1)});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(std::get<RunInfo>(*answer).run_id, run_id(1));
}

TEST(DecideTerminate, RefusesAnotherChain) {
  Life life = Life::with_current(RunStatus::kRunning);
  const auto answer = life.does(CloseCommand{
      .run = {kId}, .status = RunStatus::kTerminated, .first_execution_run_id = run_id(77)});
  EXPECT_EQ(answer.code(), StatusCode::kNotFound);
  EXPECT_EQ(life.state.current->status, RunStatus::kRunning);
}

TEST(DecideTerminate, SaysThatARunIsClosedBeforeItComparesChains) {
  Life life = Life::with_current(RunStatus::kCompleted);
  const auto answer = life.does(CloseCommand{
      .run = {kId}, .status = RunStatus::kTerminated, .first_execution_run_id = run_id(77)});
  const Status status = answer.status();
  EXPECT_NE(status.detail<AlreadyClosed>(), nullptr);
}

TEST(DecideRequestCancel, LeavesTheRunOpen) {
  Life life = Life::with_current(RunStatus::kRunning);
  const auto asked = Life::info(life.does(cancel()));
  ASSERT_TRUE(asked.ok());
  EXPECT_TRUE(asked->cancel_requested);
  EXPECT_EQ(asked->status, RunStatus::kRunning);
  EXPECT_EQ(life.last_events, 1u);
}

TEST(DecideRequestCancel, IsASuccessThatChangesNothingTheSecondTime) {
  Life life = Life::with_current(RunStatus::kRunning);
  ASSERT_TRUE(life.does(cancel()).ok());
  const WorkflowState before = life.state;
  EXPECT_TRUE(life.does(cancel()).ok());
  EXPECT_EQ(life.last_events, 0u);
  EXPECT_EQ(life.state, before);
}

TEST(DecideRequestCancel, IsASuccessThatChangesNothingOnAClosedRun) {
  for (const RunStatus status : kWaysToClose) {
    Life life = Life::with_current(status);
    const auto asked = Life::info(life.does(cancel()));
    ASSERT_TRUE(asked.ok()) << status;
    EXPECT_EQ(asked->status, status);
    EXPECT_FALSE(asked->cancel_requested);
    EXPECT_EQ(life.last_events, 0u);
  }
}

TEST(DecideRequestCancel, DoesNotFindWhatIsNotThere) {
  Life none;
  EXPECT_EQ(none.does(cancel()).code(), StatusCode::kNotFound);
  Life life = Life::with_current(RunStatus::kRunning);
  EXPECT_EQ(life.does(cancel(run_id(77))).code(), StatusCode::kNotFound);
  EXPECT_EQ(life.does(cancel({}, run_id(77))).code(), StatusCode::kNotFound);
}

TEST(DecideRemove, TerminatesAnOpenRunWithIt) {
  Life life = Life::with_current(RunStatus::kRunning);
  const auto removed = Life::info(life.does(RemoveCommand{{kId}}));
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed->status, RunStatus::kTerminated);
  EXPECT_FALSE(life.state.current);
}

TEST(DecideRemove, LeavesTheCurrentRunWhenAnOlderOneGoes) {
  Life life = Life::with_current(RunStatus::kRunning);
  const RunHead older{.run_id = run_id(50), .status = RunStatus::kCompleted};
  ASSERT_TRUE(life.does(RemoveCommand{{kId, run_id(50)}}, {.other_run = older}).ok());
  ASSERT_TRUE(life.state.current);
  EXPECT_EQ(life.state.current->run_id, run_id(1));
}

TEST(DecideRemove, MakesTheIdNew) {
  Life life = Life::with_current(RunStatus::kCompleted);
  ASSERT_TRUE(life.does(RemoveCommand{{kId}}).ok());
  const auto again =
      life.start({.workflow_id = kId, .reuse_policy = ReusePolicy::kRejectDuplicate});
  EXPECT_EQ(again->rule, StartRule::kStarted);
}

TEST(DecideRemove, DoesNotFindWhatIsNotThere) {
  Life life;
  EXPECT_EQ(life.does(RemoveCommand{{kId}}).code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace onerun::core
