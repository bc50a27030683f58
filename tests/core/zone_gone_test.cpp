// A stored schedule whose time zone is not known any more (specification section 3.4): no run of it
// ends or begins as if it had no schedule.
#include <gtest/gtest.h>

#include "core/begin_run.hpp"
#include "core/cron.hpp"
#include "tests/support/chain_life.hpp"

namespace onerun::core {
namespace {

using namespace std::chrono_literals;
using test::ChainLife;
using test::kId;

const std::string kSchedule = "CRON_TZ=US/Eastern 30 8 * * *";

/// Knows one zone, until it is gone.
struct Zones final : TimeZones {
  bool has_eastern = true;
  const TimeZone* find(std::string_view name) const override {
    return has_eastern && name == "US/Eastern" ? &kUtc : nullptr;
  }
};

class ZoneIsGone : public ::testing::Test {
 protected:
  ZoneIsGone() { life.zones = &zones; }

  void start(StartCommand start = {.workflow_id = kId, .cron_schedule = kSchedule}) {
    ASSERT_TRUE(life.begin(std::move(start)).ok());
    zones.has_eastern = false;
  }
  Status close_as(RunStatus status) {
    return life.ask(CloseCommand{.run = {kId}, .status = status}).status();
  }
  /// Refused by the zone's name, and nothing has changed.
  void expect_refused(const Status& status, const RunId& of) {
    ASSERT_EQ(status.code(), StatusCode::kFailedPrecondition) << status;
    const auto* unknown = status.detail<UnknownTimeZone>();
    ASSERT_NE(unknown, nullptr) << status;
    EXPECT_EQ(unknown->time_zone, "US/Eastern");
    EXPECT_EQ(unknown->run_id, of);
    EXPECT_NE(status.message().find("\"US/Eastern\""), std::string_view::npos) << status;
    EXPECT_TRUE(is_open(life.run().status));
  }

  Zones zones;
  ChainLife life;
};

TEST_F(ZoneIsGone, ARunOfTheScheduleIsNotClosedUntilItIsBack) {
  start();
  const RunId first = life.run().run_id;
  expect_refused(close_as(RunStatus::kCompleted), first);
  expect_refused(close_as(RunStatus::kFailed), first);
  zones.has_eastern = true;
  ASSERT_TRUE(close_as(RunStatus::kCompleted).ok());
  EXPECT_EQ(life.run().initiator, Initiator::kCronSchedule);
  EXPECT_NE(life.run().run_id, first);
}

TEST_F(ZoneIsGone, WhatEndsTheScheduleNeedsNoZone) {
  for (const RunStatus status : {RunStatus::kCanceled, RunStatus::kTerminated}) {
    zones.has_eastern = true;
    start();
    EXPECT_TRUE(close_as(status).ok()) << status;
  }
}

TEST_F(ZoneIsGone, ContinueAsNewGivesAnotherSchedule) {
  start();
  ASSERT_TRUE(life.continue_as_new({.cron_schedule = "@daily"}).ok());
  EXPECT_TRUE(close_as(RunStatus::kCompleted).ok());
}

TEST_F(ZoneIsGone, ARetryNeedsNoZone) {
  start({.workflow_id = kId, .retry_policy = RetryPolicy(), .cron_schedule = kSchedule});
  ASSERT_TRUE(life.fail().ok());
  EXPECT_EQ(life.run().initiator, Initiator::kRetry);
}

TEST_F(ZoneIsGone, ARunDoesNotTimeOutUntilItIsBack) {
  start({.workflow_id = kId, .run_timeout = 1min, .cron_schedule = kSchedule});
  life.now = *life.run().run_deadline;
  expect_refused(life.time_out().status(), life.run().run_id);
  zones.has_eastern = true;
  EXPECT_TRUE(life.time_out().ok());
}

TEST_F(ZoneIsGone, AStartThatWaitsKeepsItsPlace) {
  start({.workflow_id = kId});
  zones.has_eastern = true;
  StartCommand waits{.workflow_id = kId, .conflict_policy = ConflictPolicy::kEnqueue};
  waits.cron_schedule = kSchedule;
  ASSERT_TRUE(life.does(waits).ok());
  zones.has_eastern = false;
  const RunId waiting = life.state.queue.front().run_id;
  RunRecord queued;
  queued.started = started_by(waits);
  const CloseCommand complete{.run = {kId}, .status = RunStatus::kCompleted};
  expect_refused(life.does(complete, {.queued_start = queued}).status(), waiting);
  EXPECT_EQ(life.state.queue.size(), 1u);
  EXPECT_TRUE(life.does(RemoveCommand{{kId, waiting}}).ok()) << "a way out";
  EXPECT_TRUE(life.does(complete).ok());
}

TEST(BackoffOfASchedule, IsDataLossForWhatWasNeverOne) {
  EXPECT_EQ(backoff_of(RunId(), "what", {}, {}, nullptr).code(), StatusCode::kDataLoss);
  EXPECT_EQ(zone_name_of("TZ=Europe/Berlin @daily"), "Europe/Berlin");
  EXPECT_EQ(zone_name_of("@daily"), "");
}

}  // namespace
}  // namespace onerun::core
