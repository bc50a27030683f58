// The retention actor: reclaims what has expired and nothing else, in pages, and loses every race
// against a start.
#include <gtest/gtest.h>

#include "actors/reclaimer.hpp"
#include "tests/support/actors.hpp"

namespace onerun::actors {
namespace {

using core::Family;

class RetentionTest : public test::ActorTest {
 protected:
  RetentionTest() { set_retention({.closed = std::chrono::seconds(10)}); }

  void start_and_complete(const std::string& id) {
    ASSERT_TRUE(start(id).ok());
    ASSERT_TRUE(complete(id).ok());
  }

  void expect_nothing_left() {
    EXPECT_EQ(keys_in(Family::kHead), 0u);
    EXPECT_EQ(keys_in(Family::kRun), 0u);
    EXPECT_EQ(keys_in(Family::kDue), 0u);
    EXPECT_EQ(log_.counts(1), core::RunCounts{});
  }
};

TEST_F(RetentionTest, ReclaimsARunToTheMillisecond) {
  start_and_complete("a");
  clock_.advance(std::chrono::seconds(10) - Duration(1));
  EXPECT_EQ(reclaim(), 0u);
  EXPECT_EQ(keys_in(Family::kRun), 1u);
  clock_.advance(Duration(1));
  EXPECT_EQ(reclaim(), 1u);
  expect_nothing_left();
  EXPECT_EQ(metric("onerun_retention_reclaimed_total", {{"namespace", "orders"}}), 1);
}

TEST_F(RetentionTest, NeverReclaimsAnOpenRun) {
  ASSERT_TRUE(start("a").ok());
  clock_.advance(limits::kMaxDuration);
  EXPECT_EQ(reclaim(), 0u);
  EXPECT_EQ(keys_in(Family::kHead), 1u);
}

TEST_F(RetentionTest, LeavesTheHeadToTheRunThatItNames) {
  start_and_complete("a");
  clock_.advance(std::chrono::seconds(5));
  ASSERT_TRUE(start("a").ok());
  clock_.advance(std::chrono::seconds(5));
  EXPECT_EQ(reclaim(), 1u) << "the first run";
  EXPECT_EQ(keys_in(Family::kHead), 1u);
  EXPECT_EQ(keys_in(Family::kRun), 1u);
  EXPECT_EQ(start("a").code(), StatusCode::kAlreadyExists);
}

TEST_F(RetentionTest, WorksInPages) {
  const std::size_t runs = 2 * Reclaimer::kPage + 10;
  for (std::size_t i = 0; i < runs; ++i) {
    static_cast<void>(send_start("id-" + std::to_string(i)));
    static_cast<void>(send_complete("id-" + std::to_string(i)));
  }
  settle();
  clock_.advance(std::chrono::seconds(10));
  auto reclaimed = actors_->reclaim_now();
  actors_->run_all();
  log_.commit_ready();
  EXPECT_EQ(keys_in(Family::kRun), runs - Reclaimer::kPage) << "one page is under way, and no more";
  settle();
  EXPECT_EQ(*reclaimed.get(), runs);
  expect_nothing_left();
}

TEST_F(RetentionTest, CountsWhatIsDueAndSinceWhen) {
  for (const char* id : {"a", "b", "c"}) start_and_complete(id);
  clock_.advance(std::chrono::seconds(17));
  auto reclaimed = actors_->reclaim_now();
  actors_->run_all();
  metrics_.flush({});
  EXPECT_EQ(metric("onerun_retention_due_runs"), 3);
  EXPECT_EQ(metric("onerun_retention_lag_seconds"), 7);
  settle();
  metrics_.flush({});
  EXPECT_EQ(metric("onerun_retention_due_runs"), 0);
  EXPECT_EQ(metric("onerun_retention_lag_seconds"), 0);
  EXPECT_EQ(*reclaimed.get(), 3u);
}

/// It would be lost, or counted twice.
TEST_F(RetentionTest, TakesNothingOnTheWordOfAnEntryAlone) {
  start_and_complete("a");
  const auto open = start("open");
  ASSERT_TRUE(open.ok());
  const Timestamp now = clock_.now();
  const auto put_entry = [&](const RunId& run, const std::string& workflow_id) {
    core::WriteSet writes;
    const core::keys::Due due{core::keys::DueStage::kRun, RunStatus::kCompleted, now, run};
    writes.put(Family::kDue, core::keys::due(1, due), workflow_id);
    log_.append({.writes = std::move(writes)});
    settle_log();
  };
  put_entry(open->run_id, "open");
  put_entry(RunId(std::string_view("nobody's")), "a");
  clock_.advance(std::chrono::seconds(10));
  static_cast<void>(reclaim());
  EXPECT_EQ(log_.counts(1), (core::RunCounts{.open = 1, .closed = 0}));
  EXPECT_EQ(keys_in(Family::kRun), 1u);
  EXPECT_EQ(start("open").code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(keys_in(Family::kDue), 1u) << "the one that contradicts its run is left to be seen";
}

TEST_F(RetentionTest, GoesOnAfterARestart) {
  for (int i = 0; i < 5; ++i) start_and_complete("id-" + std::to_string(i));
  clock_.advance(std::chrono::seconds(10));
  // Another retention actor, as after a crash, finds the same work on the store.
  Reclaimer other(services_, [](const NamespaceEntry&) {});
  other.begin({entry_}, false);
  while (other.next_page([] {})) settle_log();
  EXPECT_EQ(other.reclaimed(), 5u);
  EXPECT_EQ(reclaim(), 0u);
  expect_nothing_left();
}

TEST_F(RetentionTest, GoesOnAfterAPassThatFailed) {
  start_and_complete("a");
  clock_.advance(std::chrono::seconds(10));
  store_.before_get = [](Family, std::string_view) -> Status { throw std::bad_alloc(); };
  auto failed = actors_->reclaim_now();
  settle();
  EXPECT_EQ(failed.get().code(), StatusCode::kUnavailable);
  store_.before_get = [](Family, std::string_view) { return Status(); };
  EXPECT_EQ(reclaim(), 1u);
  expect_nothing_left();
}

TEST_F(RetentionTest, ReclaimsOnDemandWhatClosedBehindEarlierPasses) {
  // A request waits for so long that a run which closed after its time is reclaimed before.
  ASSERT_TRUE(start("late").ok());
  auto late = send_complete("late");
  clock_.advance(std::chrono::seconds(1));
  start_and_complete("a");
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(reclaim(), 2u) << "both, whatever their order";
  ASSERT_TRUE(late.get().ok());
  expect_nothing_left();
}

TEST_F(RetentionTest, LosesTheRaceAgainstAStart) {
  start_and_complete("a");
  clock_.advance(std::chrono::seconds(10));
  auto reclaimed = actors_->reclaim_now();
  // The removal is read and decided, and the start too, before either is written. Both orders.
  for (const bool start_first : {true, false}) {
    SCOPED_TRACE(start_first);
    auto started = send_start("a");
    if (start_first) {
      while (actors_->runnable() > 0) actors_->run_one(actors_->runnable() - 1);
    } else {
      actors_->run_all();
    }
    settle();
    ASSERT_TRUE(started.get().ok());
    const auto id = reader_.state(1, WorkflowId("a"));
    ASSERT_TRUE(id->current) << "the head of the open run is still there";
    EXPECT_EQ(id->current->status, RunStatus::kRunning);
    ASSERT_TRUE(complete("a").ok());
    clock_.advance(std::chrono::seconds(10));
    if (start_first) reclaimed = actors_->reclaim_now();
  }
  settle();
  reclaim();
  expect_nothing_left();
}

TEST_F(RetentionTest, LosesTheRaceAgainstARetentionThatGrows) {
  start_and_complete("a");
  clock_.advance(std::chrono::seconds(10));
  auto reclaimed = actors_->reclaim_now();
  // The update is in the log before the removals of the page are.
  core::NamespaceRecord longer = *entry_->record();
  longer.config.retention.closed = std::chrono::hours(1);
  core::WriteSet writes;
  writes.put(Family::kMeta, core::keys::namespace_record(1), encode_namespace(longer));
  log_.append({.writes = std::move(writes)});
  actors_->run_all();
  entry_->publish(longer);
  settle();
  EXPECT_EQ(*reclaimed.get(), 0u);
  EXPECT_EQ(keys_in(Family::kRun), 1u) << "the longer retention was acknowledged first";
  EXPECT_EQ(reclaim(), 0u);
}

TEST_F(RetentionTest, FollowsAChangeOfRetention) {
  start_and_complete("a");
  set_retention({.closed = std::chrono::hours(1)});
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(reclaim(), 0u) << "a longer retention reaches runs already closed";
  set_retention({.closed = std::chrono::seconds(1)});
  EXPECT_EQ(reclaim(), 1u) << "and so does a shorter one";
}

TEST_F(RetentionTest, KeepsEachStatusForItsOwnTime) {
  set_retention({.closed = std::chrono::seconds(10),
                 .by_status = {{RunStatus::kFailed, std::chrono::seconds(100)}}});
  start_and_complete("completed");
  ASSERT_TRUE(start("failed").ok());
  auto failed =
      send(core::CloseCommand{.run = {WorkflowId("failed")}, .status = RunStatus::kFailed});
  settle();
  ASSERT_TRUE(failed.get().ok());
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(reclaim(), 1u);
  clock_.advance(std::chrono::seconds(90));
  EXPECT_EQ(reclaim(), 1u);
  expect_nothing_left();
}

TEST_F(RetentionTest, KeepsAnIdUsedAfterItsRunIsGone) {
  set_retention({.closed = std::chrono::seconds(10), .ids = std::chrono::seconds(100)});
  start_and_complete("a");
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(reclaim(), 1u);
  EXPECT_EQ(keys_in(Family::kRun), 0u);
  EXPECT_EQ(keys_in(Family::kHead), 1u);
  const core::StartCommand reject{.workflow_id = WorkflowId("a"),
                                  .reuse_policy = ReusePolicy::kRejectDuplicate};
  EXPECT_EQ(start(reject).code(), StatusCode::kAlreadyExists);
  passivate();
  EXPECT_EQ(start(reject).code(), StatusCode::kAlreadyExists);
  clock_.advance(std::chrono::seconds(90));
  EXPECT_EQ(reclaim(), 0u) << "an id is no run";
  expect_nothing_left();
  EXPECT_TRUE(start(reject).ok());
}

TEST_F(RetentionTest, FindsARunThatClosedBeforeWhereItStopped) {
  // The clock steps back: a later close sorts before an earlier one.
  start_and_complete("a");
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(reclaim(), 1u);
  clock_.advance(-std::chrono::hours(1));
  start_and_complete("b");
  clock_.advance(std::chrono::hours(2));
  for (unsigned i = 0; i <= Reclaimer::kPassesBetweenFullScans; ++i) reclaim();
  expect_nothing_left();
}

TEST_F(RetentionTest, OwesAPassThatBeganAfterTheQuestion) {
  start_and_complete("a");
  auto first = actors_->reclaim_now();
  actors_->run_all();
  clock_.advance(std::chrono::seconds(10));
  auto second = actors_->reclaim_now();
  settle();
  EXPECT_EQ(*first.get() + *second.get(), 1u);
  expect_nothing_left();
}

TEST_F(RetentionTest, LeavesNothingBehindWhenItEndsInTheMiddleOfAPage) {
  // The page held the actor and the actor the page: a leak that AddressSanitizer found.
  start_and_complete("a");
  clock_.advance(std::chrono::seconds(10));
  auto reclaimed = actors_->reclaim_now();
  actors_->run_all();
  actors_->stop();
  settle_log();
  EXPECT_FALSE(reclaimed.get().ok());
  EXPECT_EQ(keys_in(Family::kRun), 0u) << "what was in the log is done";
}

TEST_F(RetentionTest, LeavesACorruptHeadAloneAndGoesOn) {
  start_and_complete("a");
  start_and_complete("b");
  core::WriteSet writes;
  writes.put(Family::kHead, core::keys::head(1, WorkflowId("a")), "garbage");
  log_.append({.writes = std::move(writes)});
  settle();
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(reclaim(), 1u);
  EXPECT_EQ(keys_in(Family::kRun), 1u);
  ASSERT_FALSE(sink_.lines.empty());
  EXPECT_NE(sink_.lines.back().find("head"), std::string::npos);
}

// ---- deleted namespaces ----

TEST_F(RetentionTest, RemovesADeletedNamespaceWithAllItHas) {
  const std::size_t runs = Reclaimer::kPage;
  for (std::size_t i = 0; i < runs; ++i) static_cast<void>(send_start("id-" + std::to_string(i)));
  settle();
  const auto other = add_namespace(2, "other");
  core::NamespaceRecord deleted = *entry_->record();
  deleted.state = NamespaceState::kDeleted;
  entry_->publish(deleted);
  reclaim();
  EXPECT_EQ(keys_in(Family::kHead), 0u);
  EXPECT_EQ(keys_in(Family::kRun), 0u);
  EXPECT_EQ(onerun::test::get(store_, Family::kMeta, core::keys::namespace_record(1)), "<none>");
  EXPECT_EQ(onerun::test::get(store_, Family::kMeta, core::keys::namespace_counts(1)), "<none>");
  EXPECT_EQ(gone_, std::vector<std::string>{"orders"});
}

TEST_F(RetentionTest, WaitsForRequestsOfADeletedNamespace) {
  const NamespaceEntry::Use under_way(entry_);
  core::NamespaceRecord deleted = *entry_->record();
  deleted.state = NamespaceState::kDeleted;
  entry_->publish(deleted);
  reclaim();
  EXPECT_TRUE(gone_.empty()) << "the request may still add to it";
}

}  // namespace
}  // namespace onerun::actors
