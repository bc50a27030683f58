// Pausing runs, and the runs of an id, through the public API on both stores.
#include <gtest/gtest.h>

#include "core/keys.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

using namespace std::chrono_literals;

class Pauses : public test::OnBothStores {
 protected:
  Result<RunInfo> pause(const std::string& request_id = "p") {
    return orders()
        .pause({WorkflowId("W")}, {.reason = "why", .request_id = RequestId(request_id)})
        .get();
  }
  Result<RunInfo> unpause() { return orders().unpause({WorkflowId("W")}).get(); }
};

TEST_P(Pauses, AreStatusAndEvents) {
  const RunId a = start("W")->run_id;
  EXPECT_EQ(pause()->status, RunStatus::kPaused);
  const auto paused = describe("W");
  EXPECT_EQ(paused->run.status, RunStatus::kPaused);
  EXPECT_FALSE(paused->run.close_time) << "C245: paused runs are open";
  ASSERT_TRUE(paused->pause);
  EXPECT_EQ(paused->pause->reason, "why");
  EXPECT_EQ(paused->pause->time, clock().now());
  EXPECT_EQ(unpause()->status, RunStatus::kRunning);
  EXPECT_FALSE(describe("W", a)->pause);
  const auto events = orders().history({WorkflowId("W")}).get()->events;
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[1].type(), EventType::kRunPaused);
  EXPECT_EQ(events[1].as<event::RunPaused>()->request_id.text(), "p");
  EXPECT_EQ(events[2].type(), EventType::kRunUnpaused);
}

TEST_P(Pauses, AreSafeToRepeat) {
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(pause("p").ok());
  EXPECT_TRUE(pause("p").ok());
  const Status another = pause("q").status();
  EXPECT_EQ(another.code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(another.detail<IsPaused>(), nullptr);
  EXPECT_TRUE(unpause().ok());
  EXPECT_TRUE(unpause().ok());
  EXPECT_EQ(describe("W")->history_length, 3u);
  EXPECT_TRUE(pause("q").ok());
}

TEST_P(Pauses, C194_ARunIsTerminatedAtOnceAndCanceledAfterwards) {
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(pause().ok());
  EXPECT_TRUE(orders().request_cancel({WorkflowId("W")}).get().ok());
  for (const Status& refused :
       {orders().report_canceled({WorkflowId("W")}).get().status(),
        orders().fail({WorkflowId("W")}).get().status(), complete("W").status(),
        orders().continue_as_new({WorkflowId("W")}).get().status()}) {
    EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition);
    EXPECT_NE(refused.detail<IsPaused>(), nullptr);
  }
  ASSERT_TRUE(unpause().ok());
  EXPECT_TRUE(orders().report_canceled({WorkflowId("W")}).get().ok());

  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(pause().ok());
  EXPECT_TRUE(orders().terminate({WorkflowId("W")}).get().ok());
  EXPECT_EQ(pause().code(), StatusCode::kNotFound) << "and a closed run is not paused";
}

TEST_P(Pauses, C079_ASignalWithStartReachesAPausedRun) {
  const RunId a = start("W")->run_id;
  ASSERT_TRUE(pause().ok());
  const auto signaled =
      orders().signal_with_start({.workflow_id = WorkflowId("W")}, {.name = "s"}).get();
  ASSERT_TRUE(signaled.ok());
  EXPECT_FALSE(signaled->started);
  EXPECT_EQ(signaled->run_id, a);
  EXPECT_EQ(describe("W")->run.status, RunStatus::kPaused);
  EXPECT_EQ(start("W").code(), StatusCode::kAlreadyExists) << "it counts as running";
}

TEST_P(Pauses, C221_TimeoutsGoOn) {
  for (const bool of_run : {true, false}) {
    StartRequest request{.workflow_id = WorkflowId("W")};
    (of_run ? request.run_timeout : request.execution_timeout) = 10s;
    ASSERT_TRUE(start(request).ok());
    ASSERT_TRUE(pause().ok());
    clock().advance(10s);
    EXPECT_EQ(*testing::fire_timers_now(runtime()), 1u);
    EXPECT_EQ(describe("W")->run.status, RunStatus::kTimedOut);
  }
}

TEST_P(Pauses, OutliveARestart) {
  if (store() == StoreKind::kMemory) GTEST_SKIP() << "needs a disk";
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(pause("p").ok());
  reopen();
  EXPECT_EQ(describe("W")->run.status, RunStatus::kPaused);
  EXPECT_TRUE(pause("p").ok());
  EXPECT_EQ(pause("q").code(), StatusCode::kFailedPrecondition);
}

ONERUN_ON_BOTH_STORES(Pauses);

class RunsOfAnId : public test::OnBothStores {
 protected:
  RunId run(RunStatus status = RunStatus::kCompleted) {
    const RunId id = start("W")->run_id;
    clock().advance(1s);
    EXPECT_TRUE(close_as("W", status).ok());
    clock().advance(1s);
    return id;
  }
  /// A run with an id of the caller's own.
  void run_with(const RunId& run_id, const std::string& id = "W") {
    ASSERT_TRUE(start({.workflow_id = WorkflowId(id), .run_id = run_id}).ok());
    ASSERT_TRUE(complete(id).ok());
  }
  std::vector<RunId> runs(std::size_t limit = 100, const RunId& before = {}) {
    const auto found = orders().runs(WorkflowId("W"), limit, before).get();
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<RunId> ids;
    for (const RunInfo& one : *found) ids.push_back(one.run_id);
    return ids;
  }
  void remove(const RunId& id) { ASSERT_TRUE(orders().remove({WorkflowId("W"), id}).get().ok()); }
};

using Ids = std::vector<RunId>;

TEST_P(RunsOfAnId, AreListedNewestFirstAndInPages) {
  EXPECT_TRUE(runs().empty());
  const RunId a = run(), b = run(), c = run();
  EXPECT_EQ(runs(), (Ids{c, b, a}));
  EXPECT_EQ(runs(2), (Ids{c, b}));
  EXPECT_EQ(runs(2, b), (Ids{a}));
  EXPECT_EQ(orders().runs(WorkflowId("W"), 0).get().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(orders().runs(WorkflowId("W"), 1, RunId(std::string_view("no"))).get().code(),
            StatusCode::kNotFound);
  const RunInfo newest = orders().runs(WorkflowId("W")).get()->front();
  EXPECT_EQ(newest, describe("W")->run);
}

/// A page does not know what those before it have given.
TEST_P(RunsOfAnId, AreGivenOnceByPagesThoughOneHasTheIdOfAnEarlierOne) {
  const RunId own(std::string_view("own"));
  run_with(own);
  const RunId middle = start("W")->run_id;  // all in one instant
  ASSERT_TRUE(complete("W").ok());
  remove(own);
  run_with(own);
  const RunId last = start("W")->run_id;
  EXPECT_EQ(runs(), (Ids{last, own, middle}));
  for (const std::size_t size : {1u, 2u}) {
    Ids paged;
    for (Ids page = runs(size); !page.empty() && paged.size() < 10;
         page = runs(size, page.back())) {
      paged.insert(paged.end(), page.begin(), page.end());
    }
    EXPECT_EQ(paged, runs()) << size;
  }
}

TEST_P(RunsOfAnId, AreFoundBehindOnesThatWereRemoved) {
  const RunId a = run(), b = run(), c = run(), d = run(), e = run();
  remove(c);
  EXPECT_EQ(runs(), (Ids{e, d, b, a}));
  remove(b);
  EXPECT_EQ(runs(), (Ids{e, d, a}));
  remove(e);
  EXPECT_EQ(runs(), (Ids{d, a})) << "without a current run";
  EXPECT_EQ(describe("W").code(), StatusCode::kNotFound);
  const RunId f = run();
  EXPECT_EQ(runs(), (Ids{f, d, a}));
  if (store() == StoreKind::kRocksDb) reopen();
  EXPECT_EQ(runs(), (Ids{f, d, a}));
}

TEST_P(RunsOfAnId, AreFoundBehindOnesThatExpiredEarlier) {
  set_retention({.closed = 1h, .by_status = {{RunStatus::kFailed, 10s}}});
  const RunId a = run(), b = run(RunStatus::kFailed), c = run(), d = run(RunStatus::kFailed);
  clock().advance(20s);
  EXPECT_EQ(runs(), (Ids{c, a})) << "expired ones are not there";
  EXPECT_EQ(*testing::reclaim_now(runtime()), 2u);
  EXPECT_EQ(runs(), (Ids{c, a})) << "and nor is the way to others when they are gone";
  const RunId e = run();
  EXPECT_EQ(runs(), (Ids{e, c, a}));
}

TEST_P(RunsOfAnId, LeaveNothingWhenAllAreGone) {
  if (store() == StoreKind::kMemory) GTEST_SKIP() << "looks into the store";
  set_retention({.closed = 1h, .by_status = {{RunStatus::kFailed, 10s}}});
  run();
  run(RunStatus::kFailed);
  run(RunStatus::kFailed);
  clock().advance(20s);
  EXPECT_EQ(*testing::reclaim_now(runtime()), 2u);
  clock().advance(1h);
  EXPECT_EQ(*testing::reclaim_now(runtime()), 1u);
  EXPECT_TRUE(runs().empty());
  close();
  const auto opened = onerun::store::open_rocksdb_store_to_read({.data_dir = directory()});
  ASSERT_TRUE(opened.ok()) << opened.status();
  const auto [first, last] = core::keys::range_of(1);
  for (const auto family : {core::Family::kHead, core::Family::kRun, core::Family::kDue}) {
    std::size_t left = 0;
    ASSERT_TRUE((*opened)->scan(family, first, last, [&](auto, auto) { return ++left > 0; }).ok());
    EXPECT_EQ(left, 0u) << name_of(family);
  }
}

TEST_P(RunsOfAnId, DoNotGoRoundWhereARunIdIsBroughtAgain) {
  const RunId x(std::string_view("x"));
  const RunId a = run();
  run_with(x);
  const RunId b = run();
  remove(x);
  ASSERT_TRUE(start({.workflow_id = WorkflowId("W"), .run_id = x}).ok());
  EXPECT_EQ(runs(), (Ids{x, b, a}));
}

TEST_P(RunsOfAnId, HaveAnEndWhereLinksGoRound) {
  const RunId x(std::string_view("x"));
  const RunId y(std::string_view("y"));
  const RunId a = run();
  run_with(x);
  run_with(y);
  remove(x);
  run_with(x);
  remove(x);
  remove(y);
  const auto found = runs();
  EXPECT_TRUE(found.empty() || found == Ids{a});
}

TEST_P(RunsOfAnId, KeepTheirWayWhateverOtherIdsDoWithARunId) {
  const RunId x(std::string_view("x"));
  const RunId a = run();
  run_with(x);
  const RunId b = run();
  remove(x);
  ASSERT_TRUE(start("other").ok());
  ASSERT_TRUE(complete("other").ok());
  run_with(x, "other");
  ASSERT_TRUE(orders().remove({WorkflowId("other"), x}).get().ok());
  EXPECT_EQ(runs(), (Ids{b, a}));
}

TEST_P(RunsOfAnId, AreNotStartsThatWaitWithTheIdOfARunThatIsGone) {
  const RunId x(std::string_view("x"));
  const RunId a = run();
  run_with(x);
  const RunId b = start("W")->run_id;
  remove(x);
  StartRequest waiting{.workflow_id = WorkflowId("W"), .run_id = x};
  waiting.conflict_policy = ConflictPolicy::kEnqueue;
  ASSERT_TRUE(start(waiting).ok());
  EXPECT_EQ(runs(), (Ids{b, a}));
}

TEST_P(RunsOfAnId, AreFoundBehindOneThatTookItsIdFromTheRunBeforeIt) {
  const RunId x(std::string_view("x"));
  const RunId a = run();
  run_with(x);
  const RunId b = run();
  remove(x);
  remove(b);
  ASSERT_TRUE(start({.workflow_id = WorkflowId("W"), .run_id = x}).ok());
  EXPECT_EQ(runs(), (Ids{x, a}));
  remove(x);
  EXPECT_EQ(runs(), (Ids{a}));
}

ONERUN_ON_BOTH_STORES(RunsOfAnId);

}  // namespace
}  // namespace onerun
