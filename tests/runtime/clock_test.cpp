// A clock that was ahead and is set right again, through the public API on both stores.
#include <gtest/gtest.h>

#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

using namespace std::chrono_literals;

class ClockSetRight : public test::OnBothStores {
 protected:
  /// A run of the id begins and ends while the clock is ahead.
  void use_ahead(const std::string& id) {
    clock().advance(365 * 24h);
    EXPECT_TRUE(start(id).ok());
    EXPECT_TRUE(complete(id).ok());
    clock().advance(-365 * 24h);
  }
};

TEST_P(ClockSetRight, ARunTimesOutOnTime) {
  use_ahead("W");
  ASSERT_TRUE(
      start({.workflow_id = WorkflowId("W"), .execution_timeout = 1h, .run_timeout = 1min}).ok());
  if (store() == StoreKind::kRocksDb) reopen();
  const auto begun = describe("W");
  EXPECT_EQ(begun->execution_time, clock().now());
  EXPECT_EQ(begun->run_deadline, clock().now() + 1min);
  EXPECT_EQ(begun->execution_deadline, clock().now() + 1h);
  EXPECT_GT(begun->run.start_time, clock().now()) << "not before the end of the run before it";
  clock().advance(1min - 1ms);
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 0u);
  clock().advance(1ms);
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 1u);
  const auto closed = describe("W");
  EXPECT_EQ(closed->run.status, RunStatus::kTimedOut);
  EXPECT_GE(closed->run.close_time, closed->run.start_time);
  EXPECT_EQ(orders().runs(WorkflowId("W")).get()->size(), 2u);
}

TEST_P(ClockSetRight, AScheduleWaitsForItsNextPoint) {
  use_ahead("W");
  StartRequest daily{.workflow_id = WorkflowId("W"), .cron_schedule = "@daily"};
  ASSERT_TRUE(start(daily).ok());
  EXPECT_LE(describe("W")->execution_time, clock().now() + 24h);
  clock().set(describe("W")->execution_time);
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(describe("W")->execution_time, clock().now() + 24h);
}

TEST_P(ClockSetRight, AStartIntervalLetsTheNextOneIn) {
  ASSERT_TRUE(orders().update_namespace({.start_interval = 10s}).get().ok());
  use_ahead("W");
  EXPECT_TRUE(start("W").ok());
  ASSERT_TRUE(complete("W").ok());
  const Status refused = start("W").status();
  ASSERT_NE(refused.detail<TooSoon>(), nullptr);
  EXPECT_EQ(refused.detail<TooSoon>()->retry_at, clock().now() + 10s + 1ms);
}

TEST_P(ClockSetRight, AResetCountsItsTimeoutFromTheClock) {
  clock().advance(365 * 24h);
  ASSERT_TRUE(start({.workflow_id = WorkflowId("W"), .run_timeout = 1min}).ok());
  clock().advance(-365 * 24h);
  ASSERT_TRUE(orders().reset({WorkflowId("W")}, {.request_id = RequestId("r")}).get().ok());
  EXPECT_EQ(describe("W")->run_deadline, clock().now() + 1min);
}

TEST_P(ClockSetRight, ListsAgreeWithDescribe) {
  use_ahead("W");
  ASSERT_TRUE(start({.workflow_id = WorkflowId("W"), .start_delay = 1h}).ok());
  const auto page = orders().list({.filter = "ExecutionTime < '2024-10-05T00:00:00Z'"}).get();
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->runs.size(), 1u);
  EXPECT_EQ(page->runs.front().run.run_id, describe("W")->run.run_id);
}

ONERUN_ON_BOTH_STORES(ClockSetRight);

}  // namespace
}  // namespace onerun
