// A time zone that is gone when the runtime is opened again, as after an update of the system: the
// runs of its schedules wait for it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/runtimes.hpp"
#include "tests/support/zone_files.hpp"

namespace onerun {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::string_view kZone = "US/Eastern";

/// A runtime on a database of one zone, which can be taken away while it is closed.
class ZoneIsGone : public test::OnDisk {
 protected:
  void SetUp() override {
    ASSERT_EQ(setenv("TZDIR", database_.path().c_str(), 1), 0);
    bring_back();
    reopen();
  }
  void TearDown() override { unsetenv("TZDIR"); }

  void bring_back() {
    test::write_zone(database_.path(), std::string(kZone),
                     {.types = {-5 * 3600}, .rule = "EST5EDT,M3.2.0,M11.1.0"});
  }
  void take_away() {
    close();
    fs::remove(database_.path() / kZone);
    open();
  }

  StartRequest daily() {
    StartRequest request{.workflow_id = WorkflowId("report")};
    request.cron_schedule = "CRON_TZ=US/Eastern 30 8 * * *";
    return request;
  }
  static void expect_refused(const Status& status) {
    EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition) << status;
    const auto* unknown = status.detail<UnknownTimeZone>();
    ASSERT_NE(unknown, nullptr) << status;
    EXPECT_EQ(unknown->time_zone, kZone);
  }
  std::size_t lines_about_the_zone() {
    engine()->wait_for_log();
    std::size_t lines = 0;
    for (const std::string& line : log().lines()) {
      lines += line.find(kZone) == std::string::npos ? 0 : 1;
    }
    return lines;
  }

 private:
  test::TemporaryDirectory database_;
};

TEST_F(ZoneIsGone, ARunOfItsScheduleClosesOnceItIsBack) {
  ASSERT_TRUE(start(daily()).ok());
  take_away();
  expect_refused(complete("report").status());
  EXPECT_EQ(describe("report")->run.status, RunStatus::kRunning);
  expect_refused(complete("report").status());
  bring_back();
  const auto closed = complete("report");
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_FALSE(closed->new_execution_run_id.empty()) << "the schedule goes on";
}

TEST_F(ZoneIsGone, AStartThatWaitsForItsTurnBeginsAtItsPointOnceItIsBack) {
  ASSERT_TRUE(start("report").ok());
  StartRequest waits = daily();
  waits.conflict_policy = ConflictPolicy::kEnqueue;
  ASSERT_TRUE(start(waits).ok());
  take_away();
  expect_refused(complete("report").status());
  EXPECT_EQ(describe("report")->queued_starts, 1u);
  bring_back();
  ASSERT_TRUE(complete("report").ok());
  EXPECT_GT(describe("report")->execution_time, describe("report")->run.start_time);
}

TEST_F(ZoneIsGone, ATimeoutWaitsForItAndSaysSoOnce) {
  StartRequest limited = daily();
  limited.run_timeout = 1min;
  const RunId run = start(limited)->run_id;
  take_away();
  clock().set(*describe("report")->run_deadline);
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 0u);
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 0u);
  EXPECT_EQ(lines_about_the_zone(), 1u);
  EXPECT_EQ(describe("report", run)->run.status, RunStatus::kRunning);
  bring_back();
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 1u);
  EXPECT_EQ(describe("report", run)->run.status, RunStatus::kTimedOut);
  EXPECT_EQ(describe("report")->run.initiator, Initiator::kCronSchedule);
}

TEST_F(ZoneIsGone, ANewScheduleInItIsInvalid) {
  take_away();
  EXPECT_EQ(start(daily()).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace onerun
