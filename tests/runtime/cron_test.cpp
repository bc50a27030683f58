// Cron schedules through the public API, on both stores: the specification's cases of section G.
#include <gtest/gtest.h>

#include "tests/support/payloads.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

using namespace std::chrono_literals;

class Cron : public test::OnBothStores {
 protected:
  static StartRequest every(const std::string& schedule) {
    StartRequest request{.workflow_id = WorkflowId("W"), .request_id = RequestId("R")};
    request.cron_schedule = schedule;
    return request;
  }

  RunDescription current() { return *describe("W"); }

  /// Lets the time come at which the current run may do something.
  void reach_the_point() { clock().set(current().execution_time); }

  Result<RunInfo> complete_with(const std::string& result) {
    return orders().complete({WorkflowId("W")}, {Payload::bytes(result)}).get();
  }
  Result<RunInfo> fail_with(const std::string& message) {
    return orders().fail({WorkflowId("W")}, {.message = message}).get();
  }
};

TEST_P(Cron, TheFirstRunWaitsForTheFirstPoint) {
  clock().set(Timestamp(1'700'000'000'500ms));  // 22:13:20.5
  ASSERT_TRUE(start(every("*/5 * * * *")).ok());
  const auto run = current();
  EXPECT_EQ(run.run.status, RunStatus::kRunning);
  EXPECT_EQ(run.run.initiator, Initiator::kCronSchedule);
  EXPECT_TRUE(run.run.continued_execution_run_id.empty());
  EXPECT_EQ(run.run.first_execution_run_id, run.run.run_id);
  EXPECT_EQ(run.execution_time, run.run.start_time + 100s) << "rounded up to a whole second";
  EXPECT_EQ(run.cron_schedule, "*/5 * * * *");
  EXPECT_EQ(run.history_length, 1u);
}

TEST_P(Cron, C140_RetryComesBeforeTheSchedule) {
  StartRequest request = every("@every 5s");
  request.retry_policy = RetryPolicy{.maximum_attempts = 2};
  ASSERT_TRUE(start(request).ok());
  reach_the_point();
  ASSERT_TRUE(fail_with("once").ok());
  EXPECT_EQ(current().run.initiator, Initiator::kRetry);
  EXPECT_EQ(current().run.attempt, 2u);
  reach_the_point();
  ASSERT_TRUE(fail_with("twice").ok());
  EXPECT_EQ(current().run.initiator, Initiator::kCronSchedule);
  EXPECT_EQ(current().run.attempt, 1u);
  EXPECT_EQ(current().continued_failure->message, "twice");
}

TEST_P(Cron, C142_OneChainAtMultiplesOfTheInterval) {
  StartRequest request = every("@every 3s");
  request.memo = {{"m", Payload::bytes("1")}};
  request.search_attributes = {{"t", "1"}};
  const RunId first = start(request)->run_id;
  const Timestamp begun = current().run.start_time;
  for (int i = 0; i < 3; ++i) {
    const auto run = current();
    EXPECT_LT((run.execution_time - begun) % 3s, 1s) << "waits are whole seconds, rounded up";
    EXPECT_EQ(run.memo.at("m").data, "1");
    EXPECT_EQ(run.search_attributes.at("t"), SearchAttribute("1"));
    EXPECT_EQ(run.run.first_execution_run_id, first);
    reach_the_point();
    clock().advance(Duration(700 * (i + 1)));
    const auto closed = i < 2 ? fail_with("no") : complete_with("yes");
    ASSERT_TRUE(closed.ok());
    EXPECT_EQ(closed->new_execution_run_id, current().run.run_id);
  }
  ASSERT_TRUE(orders().terminate({WorkflowId("W")}).get().ok());
  EXPECT_EQ(orders().chain({WorkflowId("W")}).get()->size(), 4u);
}

TEST_P(Cron, C143_EachRunKnowsTheLastResultAndTheLastFailure) {
  StartRequest request = every("@every 10s");
  request.run_timeout = 5s;
  ASSERT_TRUE(start(request).ok());
  reach_the_point();
  ASSERT_TRUE(complete_with("pass").ok());

  EXPECT_EQ(test::text_of(current().last_completion_result), "pass");
  EXPECT_FALSE(current().continued_failure);
  reach_the_point();
  ASSERT_TRUE(fail_with("second error").ok());

  EXPECT_EQ(test::text_of(current().last_completion_result), "pass");
  EXPECT_EQ(current().continued_failure->message, "second error");
  reach_the_point();
  clock().advance(5s);
  ASSERT_EQ(*testing::fire_timers_now(runtime()), 1u);

  EXPECT_EQ(test::text_of(current().last_completion_result), "pass");
  EXPECT_FALSE(current().continued_failure) << "the status of the run before it says so";
  reach_the_point();
  ASSERT_TRUE(complete_with("pass again").ok());

  EXPECT_EQ(test::text_of(current().last_completion_result), "pass again");
  EXPECT_FALSE(current().continued_failure);
}

TEST_P(Cron, C145_TerminatingTheWaitingRunEndsIt) {
  ASSERT_TRUE(start(every("@every 10s")).ok());
  reach_the_point();
  ASSERT_TRUE(complete_with("pass").ok());
  const auto closed = orders().terminate({WorkflowId("W")}).get();
  ASSERT_TRUE(closed.ok());
  EXPECT_TRUE(closed->new_execution_run_id.empty());
  EXPECT_EQ(current().history_length, 2u);
  EXPECT_EQ(current().run.status, RunStatus::kTerminated);
}

TEST_P(Cron, ACanceledRunEndsIt) {
  ASSERT_TRUE(start(every("@every 10s")).ok());
  const auto closed = orders().report_canceled({WorkflowId("W")}).get();
  ASSERT_TRUE(closed.ok());
  EXPECT_TRUE(closed->new_execution_run_id.empty());
}

TEST_P(Cron, C211_GoesOnAfterARunTimeout) {
  StartRequest request = every("* * * * *");
  request.run_timeout = 10s;
  const RunId first = start(request)->run_id;
  reach_the_point();
  clock().advance(10s);
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 1u);
  EXPECT_EQ(describe("W", first)->run.status, RunStatus::kTimedOut);
  EXPECT_EQ(describe("W", first)->close->retry_state, RetryState::kRetryPolicyNotSet);
  EXPECT_EQ(current().run.initiator, Initiator::kCronSchedule);
  EXPECT_EQ(current().execution_time - describe("W", first)->execution_time, 60s);
}

TEST_P(Cron, EndsWithTheExecutionTimeout) {
  StartRequest request = every("@every 10s");
  request.execution_timeout = 25s;
  ASSERT_TRUE(start(request).ok());
  reach_the_point();
  ASSERT_TRUE(complete_with("1").ok());
  clock().advance(25s);
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 1u);
  EXPECT_EQ(current().run.status, RunStatus::kTimedOut);
  EXPECT_TRUE(current().run.new_execution_run_id.empty());
}

TEST_P(Cron, MissedPointsAreSkipped) {
  ASSERT_TRUE(start(every("0 * * * *")).ok());
  reach_the_point();
  clock().advance(std::chrono::hours(5) + 1min);
  ASSERT_TRUE(complete_with("late").ok());
  EXPECT_EQ(current().execution_time, clock().now() + 59min);
}

TEST_P(Cron, ContinueAsNewTakesTheScheduleThatItIsGiven) {
  ASSERT_TRUE(start(every("@every 10s")).ok());
  reach_the_point();
  clock().advance(2s);
  ASSERT_TRUE(
      orders().continue_as_new({WorkflowId("W")}, {.cron_schedule = "@every 7s"}).get().ok());
  EXPECT_EQ(current().run.initiator, Initiator::kWorkflow);
  EXPECT_EQ(current().execution_time, current().run.start_time) << "it does not wait";
  ASSERT_TRUE(complete_with("x").ok());
  EXPECT_EQ(current().execution_time, clock().now() + 7s);
}

TEST_P(Cron, ALateRepeatOfTheStartGetsTheFirstRun) {
  const RunId first = start(every("@every 10s"))->run_id;
  ASSERT_TRUE(complete_with("x").ok());
  const auto again = start(every("@every 10s"));
  EXPECT_EQ(again->rule, StartRule::kDeduplicated);
  EXPECT_EQ(again->run_id, first);
  EXPECT_EQ(again->status, RunStatus::kCompleted);
}

TEST_P(Cron, KnowsTheZonesOfTheMachine) {
  clock().set(Timestamp(1'700'000'000'000ms));
  ASSERT_TRUE(start(every("CRON_TZ=America/New_York 0 18 * * *")).ok());
  EXPECT_EQ(current().execution_time, Timestamp(1'700'002'800'000ms));
}

TEST_P(Cron, C146_RefusesWhatIsNoSchedule) {
  for (const char* bad : {"0 0 31 2 *", "invalid-cron-spec", "CRON_TZ=Nowhere/Land * * * * *"}) {
    const Status status = start(every(bad)).status();
    const auto* invalid = status.detail<InvalidField>();
    ASSERT_NE(invalid, nullptr) << bad;
    EXPECT_EQ(invalid->field, "cron_schedule") << bad;
  }
  StartRequest delayed = every("@every 10s");
  delayed.start_delay = 1s;
  ASSERT_NE(start(delayed).status().detail<InvalidField>(), nullptr);
  EXPECT_EQ(start(delayed).status().detail<InvalidField>()->field, "start_delay");
  ASSERT_TRUE(start("W").ok());
  const auto answer = orders().continue_as_new({WorkflowId("W")}, {.cron_schedule = "?"}).get();
  EXPECT_EQ(answer.code(), StatusCode::kInvalidArgument);
  const auto batch = orders().start_batch({every("no"), every("@every 1s")}).get();
  EXPECT_EQ((*batch)[0].code(), StatusCode::kInvalidArgument);
}

ONERUN_ON_BOTH_STORES(Cron);

}  // namespace
}  // namespace onerun
