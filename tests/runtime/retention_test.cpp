// Retention through the public API: exact on read, whatever the clean-up has done.
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

using std::chrono::seconds;

class RetentionRules : public test::OnBothStores {
 protected:
  RetentionRules() { set_retention({.closed = seconds(10)}); }

  Result<StartResult> start_unless_used(const std::string& id) {
    return start({.workflow_id = WorkflowId(id), .reuse_policy = ReusePolicy::kRejectDuplicate});
  }
};

TEST_P(RetentionRules, HoldAtTheEndsOfTime) {
  // Sums of an instant and a retention used to leave the range of their type.
  for (const Timestamp instant : {Timestamp::max() - std::chrono::hours(1), Timestamp::min()}) {
    clock().set(instant);
    const std::string id = "at " + std::to_string(instant.time_since_epoch().count());
    ASSERT_TRUE(start(id).ok());
    ASSERT_TRUE(complete(id).ok());
    EXPECT_TRUE(describe(id).ok());
    EXPECT_EQ(start({.workflow_id = WorkflowId(id), .reuse_policy = ReusePolicy::kRejectDuplicate})
                  .code(),
              StatusCode::kAlreadyExists);
  }
}

TEST_P(RetentionRules, ExpireARunExactlyOnRead) {
  bring_into("a", RunStatus::kCompleted);
  EXPECT_EQ(describe("a")->expires_at, clock().now() + seconds(10));
  clock().advance(seconds(10) - Duration(1));
  EXPECT_TRUE(describe("a").ok());
  EXPECT_EQ(complete("a").status().detail<AlreadyClosed>()->status, RunStatus::kCompleted);
  clock().advance(Duration(1));
  EXPECT_EQ(describe("a").code(), StatusCode::kNotFound);
  EXPECT_NE(complete("a").status().detail<Missing>(), nullptr);
  EXPECT_EQ(orders().wait_closed({WorkflowId("a")}).get().code(), StatusCode::kNotFound);
  EXPECT_TRUE(start_unless_used("a").ok());
}

TEST_P(RetentionRules, GiveTheSameAnswersBeforeAndAfterTheCleanUp) {
  bring_into("a", RunStatus::kCompleted);
  bring_into("b", RunStatus::kCompleted);
  clock().advance(seconds(10));
  EXPECT_TRUE(start_unless_used("a").ok());
  EXPECT_EQ(*testing::reclaim_now(runtime()), 2u);
  EXPECT_TRUE(start_unless_used("b").ok());
  EXPECT_EQ(describe("a")->previous_run_id, RunId());
  EXPECT_EQ(describe("b")->previous_run_id, RunId());
}

TEST_P(RetentionRules, FollowTheCurrentPolicyForRunsThatAreClosed) {
  bring_into("a", RunStatus::kCompleted);
  set_retention({.closed = seconds(100)});
  clock().advance(seconds(50));
  EXPECT_TRUE(describe("a").ok());
  set_retention({.closed = seconds(20)});
  EXPECT_EQ(describe("a").code(), StatusCode::kNotFound);
}

TEST_P(RetentionRules, MayDifferByStatus) {
  set_retention({.closed = seconds(10), .by_status = {{RunStatus::kFailed, seconds(100)}}});
  bring_into("completed", RunStatus::kCompleted);
  bring_into("failed", RunStatus::kFailed);
  clock().advance(seconds(10));
  EXPECT_EQ(describe("completed").code(), StatusCode::kNotFound);
  EXPECT_EQ(describe("failed")->expires_at, clock().now() + seconds(90));
}

TEST_P(RetentionRules, KeepIdsUsedLongerThanTheirRuns) {
  set_retention({.closed = seconds(10), .ids = seconds(100)});
  StartRequest request{.workflow_id = WorkflowId("a"), .request_id = RequestId("r")};
  const RunId run = start(request)->run_id;
  ASSERT_TRUE(complete("a").ok());
  clock().advance(seconds(10));
  ASSERT_TRUE(testing::reclaim_now(runtime()).ok());
  EXPECT_EQ(describe("a").code(), StatusCode::kNotFound) << "the run is gone";
  EXPECT_EQ(start_unless_used("a").code(), StatusCode::kAlreadyExists) << "the id is not";
  EXPECT_EQ(start(request)->run_id, run) << "nor is its request id";
  clock().advance(seconds(90));
  EXPECT_TRUE(start_unless_used("a").ok());
}

TEST_P(RetentionRules, DoNotTouchOpenRuns) {
  ASSERT_TRUE(start("a").ok());
  clock().advance(limits::kMaxDuration);
  EXPECT_EQ(*testing::reclaim_now(runtime()), 0u);
  EXPECT_EQ(describe("a")->run.status, RunStatus::kRunning);
}

TEST_P(RetentionRules, DoNotBringBackWhatWasReclaimed) {
  // The actor still knows the head of the run that the clean-up removed.
  bring_into("a", RunStatus::kCompleted);
  clock().advance(seconds(10));
  ASSERT_EQ(*testing::reclaim_now(runtime()), 1u);
  set_retention({.closed = std::chrono::hours(1)});
  EXPECT_EQ(describe("a").code(), StatusCode::kNotFound);
  EXPECT_TRUE(start_unless_used("a").ok()) << "a longer retention does not revive it";
}

TEST_P(RetentionRules, ReclaimInTheBackgroundWithoutBeingAsked) {
  options().reclaim_interval = std::chrono::milliseconds(1);
  close();
  open();
  ASSERT_TRUE(runtime().ensure_namespace(NamespaceName("orders")).ok());
  set_retention({.closed = seconds(10)});
  bring_into("a", RunStatus::kCompleted);
  clock().advance(seconds(10));
  // No sleep: the count falls as soon as the retention actor has been by.
  while (orders().describe_namespace().get()->closed_runs != 0) std::this_thread::yield();
  SUCCEED();
}

ONERUN_ON_BOTH_STORES(RetentionRules);

}  // namespace
}  // namespace onerun
