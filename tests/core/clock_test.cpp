// A clock that was ahead and is set right, and one that goes back (specification section 0.1):
// times that are stored keep their order, durations count from the clock of the request.
#include <gtest/gtest.h>

#include "core/begin_run.hpp"
#include "tests/support/chain_life.hpp"
#include "tests/support/history.hpp"

namespace onerun::core {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::ChainLife;
using test::kId;
using test::Life;
using test::run_id;

constexpr Duration kYear = 365 * 24h;

/// The clock is right, a year ahead for a run that begins then, and right again.
class ClockWasAhead : public ::testing::Test {
 protected:
  void begin_ahead(StartCommand start = {.workflow_id = kId}) {
    life.now += kYear;
    ASSERT_TRUE(life.begin(std::move(start)).ok());
    ahead = life.now;
  }
  void set_right() { life.now -= kYear; }
  test::Told<RunInfo> complete() {
    return life.ask(CloseCommand{.run = {kId}, .status = RunStatus::kCompleted});
  }

  ChainLife life;
  Timestamp ahead;
};

TEST_F(ClockWasAhead, TimeoutsOfTheNextRunCountFromTheClock) {
  begin_ahead();
  complete();
  set_right();
  ASSERT_TRUE(life.begin({.workflow_id = kId, .execution_timeout = 1h, .run_timeout = 1min}).ok());
  EXPECT_EQ(life.run().start_time, ahead) << "not before the end of the run before it";
  EXPECT_EQ(life.run().execution_time(), life.now);
  EXPECT_EQ(life.run().run_deadline, life.now + 1min);
  EXPECT_EQ(life.run().execution_deadline, life.now + 1h);
}

TEST_F(ClockWasAhead, ARunThatDisplacesAnotherCountsFromTheClock) {
  begin_ahead();
  set_right();
  const auto begun = life.begin({.workflow_id = kId,
                                 .conflict_policy = ConflictPolicy::kTerminateExisting,
                                 .run_timeout = 1min,
                                 .start_delay = 1s});
  ASSERT_TRUE(begun.ok());
  EXPECT_EQ(begun->displaced->close_time, ahead) << "no run ends before it began";
  EXPECT_EQ(life.run().start_time, ahead);
  EXPECT_EQ(life.run().execution_time(), life.now + 1s);
  EXPECT_EQ(life.run().run_deadline, life.now + 1s + 1min);
}

TEST_F(ClockWasAhead, ACronScheduleThatIsBegunAnewWaitsForTheNextPointOfTheClock) {
  begin_ahead();
  complete();
  set_right();
  ASSERT_TRUE(life.begin({.workflow_id = kId, .cron_schedule = "@every 10s"}).ok());
  EXPECT_EQ(life.run().execution_time(), life.now + 10s);
}

TEST_F(ClockWasAhead, ACronScheduleGoesOnFromTheClock) {
  begin_ahead({.workflow_id = kId, .execution_timeout = 10h, .cron_schedule = "@every 10s"});
  set_right();
  complete();
  EXPECT_EQ(life.run().initiator, Initiator::kCronSchedule);
  EXPECT_EQ(life.run().start_time, ahead);
  EXPECT_EQ(life.run().execution_time(), life.now + 10s);
  life.now += 10s;
  complete();
  EXPECT_EQ(life.run().execution_time(), life.now + 10s) << "from then on as ever";
}

TEST_F(ClockWasAhead, ARetryWaitsForItsIntervalOnTheClock) {
  begin_ahead({.workflow_id = kId, .retry_policy = RetryPolicy{.initial_interval = 3s}});
  set_right();
  life.fail();
  EXPECT_EQ(life.run().initiator, Initiator::kRetry);
  EXPECT_EQ(life.run().execution_time(), life.now + 3s);
}

TEST_F(ClockWasAhead, AContinuedRunWaitsForNoMoreThanTheShortestInterval) {
  begin_ahead({.workflow_id = kId, .run_timeout = 1min, .start_delay = 10h});
  set_right();
  life.continue_as_new();
  EXPECT_EQ(life.run().execution_time(), life.now + limits::kMinRunInterval);
  EXPECT_EQ(life.run().run_deadline, life.now + limits::kMinRunInterval + 1min);
}

TEST_F(ClockWasAhead, TheRetryPolicyIsAskedWhenARunTimeoutIsOver) {
  begin_ahead();
  complete();
  set_right();
  ASSERT_TRUE(life.begin({.workflow_id = kId,
                          .execution_timeout = 1h,
                          .run_timeout = 1min,
                          .retry_policy = RetryPolicy()})
                  .ok());
  life.now += 1min;
  const auto closed = life.time_out();
  ASSERT_TRUE(closed.ok());
  EXPECT_EQ(life.run().initiator, Initiator::kRetry) << "the chain has time left";
  EXPECT_EQ(life.run().execution_deadline, life.now - 1min + 1h);
}

TEST_F(ClockWasAhead, NoEventIsBeforeTheStartOfItsRun) {
  begin_ahead();
  set_right();
  life.ask(SignalCommand{{kId}, {.name = "s"}});
  life.ask(RequestCancelCommand{{kId}});
  life.ask(PauseCommand{{kId}, true});
  life.ask(PauseCommand{{kId}, false});
  const auto page = test::read_history(life.run().run_id, life.history, 1, 100);
  ASSERT_EQ(page->events.size(), 5u);
  for (const HistoryEvent& event : page->events) EXPECT_EQ(event.time, ahead);
}

TEST_F(ClockWasAhead, AQueuedRunCountsFromTheClock) {
  begin_ahead();
  set_right();
  StartCommand waits{.workflow_id = kId, .conflict_policy = ConflictPolicy::kEnqueue};
  waits.run_timeout = 1min;
  ASSERT_TRUE(life.does(waits).ok());
  RunRecord queued;
  queued.started = started_by(waits);
  ASSERT_TRUE(life.does(CloseCommand{.run = {kId}, .status = RunStatus::kCompleted},
                        {.queued_start = queued})
                  .ok());
  EXPECT_EQ(life.run().start_time, ahead);
  EXPECT_EQ(life.run().run_deadline, life.now + 1min);
}

TEST_F(ClockWasAhead, AResetCountsFromTheClock) {
  begin_ahead({.workflow_id = kId, .execution_timeout = 1h, .run_timeout = 1min});
  const ResetSource source{.history = life.history};
  set_right();
  const Decision decision =
      decide(life.state, ResetCommand{{kId}, {.request_id = RequestId("again")}},
             life.facts({.reset = source}));
  ASSERT_TRUE(decision.answer.ok()) << decision.answer.status();
  const RunHead& begun = *std::get<RunReset>(decision.events.at(1)).head;
  EXPECT_EQ(begun.start_time, ahead);
  EXPECT_EQ(begun.execution_time(), life.now);
  EXPECT_EQ(begun.run_deadline, life.now + 1min);
  EXPECT_EQ(begun.execution_deadline, life.now + 1h);
}

TEST_F(ClockWasAhead, AStartIntervalCountsFromTheClock) {
  life.config.start_interval = 10s;
  begin_ahead();
  complete();
  set_right();
  ASSERT_TRUE(life.begin({.workflow_id = kId}).ok()) << "nobody waits for a year";
  complete();
  const Status refused = life.begin({.workflow_id = kId}).status();
  ASSERT_NE(refused.detail<TooSoon>(), nullptr);
  EXPECT_EQ(refused.detail<TooSoon>()->retry_at, life.now + 10s + 1ms);
}

TEST(ClockStepsBack, AStartIntervalHoldsOnAClockThatIsALittleBehind) {
  ChainLife life;
  life.config.start_interval = 10s;
  ASSERT_TRUE(life.begin({.workflow_id = kId}).ok());
  ASSERT_TRUE(life.ask(CloseCommand{.run = {kId}, .status = RunStatus::kCompleted}).ok());
  life.now -= 2s;
  const Status refused = life.begin({.workflow_id = kId}).status();
  ASSERT_NE(refused.detail<TooSoon>(), nullptr);
  life.now = refused.detail<TooSoon>()->retry_at;
  EXPECT_TRUE(life.begin({.workflow_id = kId}).ok());
}

// ---- the rate of an id ----

Status start_at_rate(Life& life) {
  return life.start({.workflow_id = kId, .conflict_policy = ConflictPolicy::kTerminateExisting})
      .status();
}

TEST(RateOfAnId, LeavesOneTokenOfABucketThatWasFilledFurtherAhead) {
  for (const StartRate rate : {StartRate{1, 10s}, StartRate{3, 10s}, StartRate{7, 10ms}}) {
    Life life;
    life.config.start_rate = rate;
    life.now += kYear;
    for (std::uint32_t i = 0; i < rate.starts; ++i) ASSERT_TRUE(start_at_rate(life).ok());
    ASSERT_FALSE(start_at_rate(life).ok());
    life.now -= kYear;
    EXPECT_TRUE(start_at_rate(life).ok());
    const Status refused = start_at_rate(life);
    ASSERT_NE(refused.detail<TooSoon>(), nullptr);
    EXPECT_LE(refused.detail<TooSoon>()->retry_at, life.now + rate.period / rate.starts + 1ms);
    life.now = refused.detail<TooSoon>()->retry_at;
    EXPECT_TRUE(start_at_rate(life).ok()) << "a refusal says when a start is accepted";
  }
}

TEST(RateOfAnId, LeavesOneTokenWhenItBecomesFaster) {
  Life life;
  life.config.start_rate = {1, 24h};
  ASSERT_TRUE(start_at_rate(life).ok());
  life.config.start_rate = {1, 1s};
  EXPECT_TRUE(start_at_rate(life).ok());
  const Status refused = start_at_rate(life);
  ASSERT_NE(refused.detail<TooSoon>(), nullptr);
  life.now = refused.detail<TooSoon>()->retry_at;
  EXPECT_TRUE(start_at_rate(life).ok());
}

TEST(RateOfAnId, HoldsOnAClockThatIsALittleBehind) {
  Life life;
  life.config.start_rate = {1, 10s};
  ASSERT_TRUE(start_at_rate(life).ok());
  life.now -= 2s;
  const Status refused = start_at_rate(life);
  ASSERT_NE(refused.detail<TooSoon>(), nullptr);
  EXPECT_EQ(refused.detail<TooSoon>()->retry_at, life.now + 2s + 10s);
}

}  // namespace
}  // namespace onerun::core
