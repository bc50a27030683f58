// The workflow actor: pending state, the dependence rule, failures, and restart from the store.
#include "actors/workflow_actor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "core/transition.hpp"
#include "tests/support/actors.hpp"
#include "tests/support/history.hpp"

namespace onerun::actors {
namespace {

using core::Family;

class WorkflowActorTest : public test::ActorTest {
 protected:
  /// With one supervisor, all ids are others to each other.
  explicit WorkflowActorTest(ActorOptions options = {.supervisors_per_namespace = 1})
      : ActorTest(std::move(options)) {}

  /// Lets the actors decide and the log do nothing.
  void decide() { actors_->run_all(); }

  /// Fails the next `times` reads of heads with an exception.
  void throw_on_reads(int times) {
    throws_left_ = times;
    store_.before_get = [this](Family family, std::string_view) -> Status {
      if (family == Family::kHead && throws_left_ > 0) {
        --throws_left_;
        throw std::bad_alloc();
      }
      return {};
    };
  }

  int throws_left_ = 0;
};

// ---- the dependence rule (design section 3) ----

TEST_F(WorkflowActorTest, AnswersAStartOnlyWhenItIsDurable) {
  auto started = send_start("a");
  decide();
  EXPECT_FALSE(started.ready());
  log_.commit_ready();
  EXPECT_TRUE(started.ready());
}

TEST_F(WorkflowActorTest, HoldsARefusalUntilWhatItRestsOnIsDurable) {
  auto started = send_start("a");
  auto refused = send_start("a");
  auto used =
      send_start({.workflow_id = WorkflowId("a"), .conflict_policy = ConflictPolicy::kUseExisting});
  decide();
  EXPECT_FALSE(refused.ready()) << "the run that it names may still be lost";
  EXPECT_FALSE(used.ready());
  log_.commit_ready();
  EXPECT_EQ(refused.get().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(used.get()->run_id, started.get()->run_id);
}

TEST_F(WorkflowActorTest, AnswersAtOnceWhatRestsOnNothingPending) {
  ASSERT_TRUE(start("a").ok());
  auto refused = send_start("a");
  decide();
  EXPECT_TRUE(refused.ready()) << "no write, no wait";
}

TEST_F(WorkflowActorTest, DecidesOnPendingState) {
  auto started = send_start("a");
  auto completed = send_complete("a");
  auto again = send_start("a");
  decide();
  EXPECT_EQ(store_.commits, 0);
  log_.commit_ready();
  EXPECT_EQ(store_.commits, 1) << "a start, its end and the next start share one commit";
  ASSERT_TRUE(again.get().ok());
  EXPECT_TRUE(started.get().ok());
  EXPECT_EQ(completed.get()->status, RunStatus::kCompleted);
}

TEST_F(WorkflowActorTest, FindsARunThatItReplacedBeforeTheStoreDoes) {
  auto first = send_start("a");
  settle();
  const RunId replaced = first.get()->run_id;
  auto second = send_start(
      {.workflow_id = WorkflowId("a"), .conflict_policy = ConflictPolicy::kTerminateExisting});
  auto late = send_complete("a", replaced);
  decide();
  EXPECT_FALSE(late.ready());
  settle();
  const Status status = late.get().status();
  ASSERT_NE(status.detail<AlreadyClosed>(), nullptr) << status;
  EXPECT_EQ(status.detail<AlreadyClosed>()->status, RunStatus::kTerminated);
  EXPECT_TRUE(second.get().ok());
}

TEST_F(WorkflowActorTest, FindsARunThatClosedAndWasReplacedBeforeTheStoreDoes) {
  // The store still has the first run as open: a second close of it fenced the runtime.
  const RunId first = start("a")->run_id;
  auto completed = send_complete("a", first);
  auto second = send_start("a");
  auto again = send_complete("a", first);
  auto canceled = send(core::RequestCancelCommand{{WorkflowId("a"), first}, {}});
  settle();
  EXPECT_TRUE(completed.get().ok());
  EXPECT_TRUE(second.get().ok());
  const Status closed = again.get().status();
  ASSERT_NE(closed.detail<AlreadyClosed>(), nullptr) << closed;
  EXPECT_EQ(closed.detail<AlreadyClosed>()->status, RunStatus::kCompleted);
  EXPECT_EQ(canceled.get()->status, RunStatus::kCompleted);
  EXPECT_TRUE(observer_.fences.empty());
}

TEST_F(WorkflowActorTest, FindsNoRunWhoseRecordIsReclaimed) {
  // The workflow id is used for longer than the run is kept, and then the run would be kept longer.
  set_retention({.closed = std::chrono::hours(1), .ids = std::chrono::hours(24)});
  const RunId run = start("a")->run_id;
  ASSERT_TRUE(complete("a").ok());
  clock_.advance(std::chrono::hours(2));
  ASSERT_EQ(reclaim(), 1u);
  set_retention({.closed = std::chrono::hours(10), .ids = std::chrono::hours(24)});
  for (const RunId& addressed : {RunId(), run}) {
    EXPECT_NE(complete("a", addressed).status().detail<Missing>(), nullptr);
    auto removed = send(core::RemoveCommand{{WorkflowId("a"), addressed}});
    settle();
    EXPECT_EQ(removed.get().code(), StatusCode::kNotFound);
  }
  EXPECT_EQ(log_.counts(1), core::RunCounts());
  EXPECT_EQ(
      start({.workflow_id = WorkflowId("a"), .reuse_policy = ReusePolicy::kRejectDuplicate}).code(),
      StatusCode::kAlreadyExists)
      << "the id is still used";
}

TEST_F(WorkflowActorTest, CountsARunOnceThatIsRemovedAndReclaimedAtOnce) {
  set_retention({.closed = std::chrono::seconds(1)});
  ASSERT_TRUE(start("a").ok());
  ASSERT_TRUE(complete("a").ok());
  auto removed = send(core::RemoveCommand{{WorkflowId("a")}});
  clock_.advance(std::chrono::seconds(5));
  auto reclaimed = actors_->reclaim_now();
  decide();  // both before either is in the log's commit
  settle();
  EXPECT_TRUE(removed.get().ok());
  EXPECT_TRUE(reclaimed.get().ok());
  EXPECT_EQ(log_.counts(1), core::RunCounts());
  EXPECT_TRUE(observer_.fences.empty());
  EXPECT_EQ(keys_in(Family::kRun) + keys_in(Family::kHead) + keys_in(Family::kDue), 0u);
}

TEST_F(WorkflowActorTest, ForgetsARunThatItRemovedBeforeTheStoreDoes) {
  const RunId run = start("a")->run_id;
  auto second = send_start(
      {.workflow_id = WorkflowId("a"), .conflict_policy = ConflictPolicy::kTerminateExisting});
  auto removed = send(core::RemoveCommand{{WorkflowId("a"), run}});
  auto again = send(core::RemoveCommand{{WorkflowId("a"), run}});
  decide();
  settle();
  EXPECT_TRUE(second.get().ok());
  EXPECT_EQ(removed.get()->status, RunStatus::kTerminated);
  EXPECT_EQ(again.get().code(), StatusCode::kNotFound);
}

TEST_F(WorkflowActorTest, FindsOlderRunsOnTheStore) {
  const RunId run = start("a")->run_id;
  ASSERT_TRUE(complete("a").ok());
  ASSERT_TRUE(start("a").ok());
  passivate();
  const Status status = complete("a", run).status();
  ASSERT_NE(status.detail<AlreadyClosed>(), nullptr);
  EXPECT_EQ(status.detail<AlreadyClosed>()->status, RunStatus::kCompleted);
}

TEST_F(WorkflowActorTest, DoesNotFindARunOfAnotherWorkflow) {
  const RunId run = start("a")->run_id;
  ASSERT_TRUE(start("b").ok());
  const Status status = complete("b", run).status();
  EXPECT_NE(status.detail<Missing>(), nullptr);
  EXPECT_TRUE(complete("a", run).ok());
}

// ---- run ids that callers bring ----

TEST_F(WorkflowActorTest, GivesARunIdToOneOfTwoIdsThatBringIt) {
  const RunId mine(std::string_view("my run"));
  auto first = send_start({.workflow_id = WorkflowId("a"), .run_id = mine});
  auto second = send_start({.workflow_id = WorkflowId("b"), .run_id = mine});
  decide();
  EXPECT_FALSE(first.ready() || second.ready());
  settle();
  const auto a = first.get();
  const auto b = second.get();
  EXPECT_NE(a.ok(), b.ok());
  const Status refused = a.ok() ? b.status() : a.status();
  ASSERT_NE(refused.detail<RunIdInUse>(), nullptr) << refused;
  EXPECT_EQ(refused.detail<RunIdInUse>()->run_id, mine);
}

TEST_F(WorkflowActorTest, RefusesARunIdThatIsOnTheStore) {
  const RunId mine(std::string_view("my run"));
  ASSERT_TRUE(start({.workflow_id = WorkflowId("a"), .run_id = mine}).ok());
  passivate();
  const Status refused = start({.workflow_id = WorkflowId("b"), .run_id = mine}).status();
  EXPECT_NE(refused.detail<RunIdInUse>(), nullptr);
  EXPECT_EQ(keys_in(Family::kRun), 1u);
}

TEST_F(WorkflowActorTest, AttachesARequestIdAlsoIfTheBroughtRunIdIsUsed) {
  const RunId mine(std::string_view("my run"));
  ASSERT_TRUE(start({.workflow_id = WorkflowId("a"), .run_id = mine}).ok());
  const core::StartCommand attach{.workflow_id = WorkflowId("a"),
                                  .request_id = RequestId("r2"),
                                  .conflict_policy = ConflictPolicy::kUseExisting,
                                  .run_id = mine,
                                  .attach_request_id = true};
  EXPECT_EQ(start(attach)->rule, StartRule::kUsedExisting);
  passivate();
  EXPECT_EQ(start(attach)->rule, StartRule::kDeduplicatedAttached);
}

TEST_F(WorkflowActorTest, RefusesARunIdThatItsHeadStillNames) {
  set_retention({.closed = std::chrono::seconds(1), .ids = std::chrono::hours(1)});
  const core::StartCommand command{.workflow_id = WorkflowId("a"),
                                   .request_id = RequestId("r1"),
                                   .run_id = RunId(std::string_view("my run"))};
  ASSERT_TRUE(start(command).ok());
  ASSERT_TRUE(complete("a").ok());
  clock_.advance(std::chrono::minutes(1));
  ASSERT_EQ(reclaim(), 1u);
  core::StartCommand again = command;
  again.request_id = RequestId("r2");
  EXPECT_NE(start(again).status().detail<RunIdInUse>(), nullptr);
}

TEST_F(WorkflowActorTest, GivesARunIdAgainOnceItsRunIsRemoved) {
  const RunId mine(std::string_view("my run"));
  ASSERT_TRUE(start({.workflow_id = WorkflowId("a"), .run_id = mine}).ok());
  auto removed = send(core::RemoveCommand{{WorkflowId("a")}});
  settle();
  ASSERT_TRUE(removed.get().ok());
  EXPECT_TRUE(start({.workflow_id = WorkflowId("b"), .run_id = mine}).ok());
}

// ---- failure and restart ----

TEST_F(WorkflowActorTest, BeginsAgainFromTheStoreWhenItFails) {
  const RunId run = start("a")->run_id;
  passivate();
  throw_on_reads(1);
  auto refused = send_start("a");
  auto completed = send_complete("a");
  settle();
  EXPECT_EQ(refused.get().status().detail<AlreadyStarted>()->run_id, run);
  EXPECT_EQ(completed.get()->run_id, run) << "the mailbox and its order stay";
  EXPECT_EQ(metric("onerun_actors_restarted_total"), 1);
  ASSERT_FALSE(sink_.lines.empty());
  EXPECT_NE(sink_.lines[0].find("workflow_id=\"a\""), std::string::npos);
}

TEST_F(WorkflowActorTest, WaitsForItsOwnDecisionsBeforeItBeginsAgain) {
  ASSERT_TRUE(start("a").ok());
  auto completed = send_complete("a");
  decide();
  // The end is decided and not durable; now the actor fails on the next request.
  store_.before_get = [failed = false](Family family, std::string_view) mutable -> Status {
    if (family == Family::kRun && !std::exchange(failed, true)) throw std::bad_alloc();
    return {};
  };
  auto lookup = send_complete("a", RunId(std::string_view("no such run")));
  auto again = send_start("a");
  decide();
  EXPECT_FALSE(again.ready()) << "the store still says that the run is open";
  settle();
  EXPECT_EQ(completed.get()->status, RunStatus::kCompleted);
  EXPECT_EQ(lookup.get().code(), StatusCode::kNotFound);
  EXPECT_TRUE(again.get().ok()) << "the end was not forgotten";
  EXPECT_EQ(metric("onerun_actors_restarted_total"), 1);
}

TEST_F(WorkflowActorTest, GivesUpOnARequestThatFailsAgainAndAgain) {
  throw_on_reads(static_cast<int>(WorkflowActor::kMaxAttempts));
  auto poisoned = send_start("a");
  auto next = send_start("a");
  settle();
  EXPECT_EQ(poisoned.get().code(), StatusCode::kInternal);
  EXPECT_TRUE(next.get().ok()) << "and goes on with the next";
  EXPECT_EQ(metric("onerun_actors_restarted_total"), WorkflowActor::kMaxAttempts);
  EXPECT_EQ(keys_in(Family::kHead), 1u);
}

TEST_F(WorkflowActorTest, NeverAnswersTwice) {
  // A promise that is answered twice would end the test with a crash.
  throw_on_reads(2);
  std::vector<Future<Result<StartResult>>> futures;
  for (int i = 0; i < 10; ++i) futures.push_back(send_start("a"));
  settle();
  int started = 0;
  for (auto& future : futures) {
    ASSERT_TRUE(future.ready());
    if (future.get().ok()) ++started;
  }
  EXPECT_EQ(started, 1);
}

TEST_F(WorkflowActorTest, CanBePassivatedAfterAFailure) {
  throw_on_reads(1);
  ASSERT_TRUE(start("a").ok());
  EXPECT_EQ(passivate(), 1u);
}

// ---- a hot id and the others ----

class HotIdTest : public WorkflowActorTest {
 protected:
  using WorkflowActorTest::WorkflowActorTest;

  static constexpr std::size_t kOthers = 20;
  static constexpr std::size_t kRequests = 50;

  /// Behind starts of others that are under way, as many of one id as there are.
  std::vector<Future<Result<StartResult>>> make_hot() {
    send_others();
    decide();
    std::vector<Future<Result<StartResult>>> hot;
    for (std::size_t i = 0; i < kRequests; ++i) hot.push_back(send_hot());
    decide();
    return hot;
  }

  Future<Result<StartResult>> send_hot() {
    return send_start(
        {.workflow_id = WorkflowId("hot"), .conflict_policy = ConflictPolicy::kTerminateExisting});
  }

  void send_others() {
    for (std::size_t i = 0; i < kOthers; ++i) {
      others_.push_back(send_start("other " + std::to_string(others_.size())));
    }
  }

  static std::size_t answered(const std::vector<Future<Result<StartResult>>>& futures) {
    return static_cast<std::size_t>(
        std::ranges::count_if(futures, [](const auto& future) { return future.ready(); }));
  }

  std::vector<Future<Result<StartResult>>> others_;
};

TEST_F(HotIdTest, TakesItsShareOfACommitAndLeavesTheRestToOthers) {
  const auto hot = make_hot();
  send_others();
  decide();
  log_.commit_ready();
  EXPECT_EQ(answered(hot), kOthers / 4);
  EXPECT_EQ(answered(others_), 2 * kOthers);
}

TEST_F(HotIdTest, IsServedInOrder) {
  auto hot = make_hot();
  while (answered(hot) < kRequests) {
    const std::size_t before = answered(hot);
    EXPECT_TRUE(std::all_of(hot.begin(), hot.begin() + static_cast<std::ptrdiff_t>(before),
                            [](const auto& future) { return future.ready(); }));
    send_others();
    decide();
    ASSERT_TRUE(log_.commit_ready());
  }
  const RunId last = hot.back().get()->run_id;
  EXPECT_EQ(complete("hot")->run_id, last);
}

TEST_F(HotIdTest, IsNotPassivatedWhileItsRequestsWait) {
  auto hot = make_hot();
  auto passivated = actors_->passivate_now();
  log_.commit_ready();  // what it had decided is durable; it has not gone on yet
  while (!passivated.ready()) {
    // The supervisors come before the workflow actor, which is told by the log last.
    ASSERT_GT(actors_->runnable(), 0u);
    actors_->run_one(0);
  }
  EXPECT_EQ(*passivated.get(), kOthers);
  EXPECT_EQ(answered(hot), kOthers / 4) << "the others wait";
  settle();
  EXPECT_EQ(answered(hot), kRequests);
}

TEST_F(HotIdTest, IsAnsweredWhenTheCommitFailsWhileItsRequestsWait) {
  auto hot = make_hot();
  log_.fence(Status(StatusCode::kUnavailable, "the disk is gone"));
  settle();
  ASSERT_EQ(answered(hot), kRequests);
  EXPECT_EQ(hot.back().get().code(), StatusCode::kUnavailable);
}

TEST_F(HotIdTest, BeginsAgainInOrderWhenItFailsWhileItsRequestsWait) {
  auto hot = make_hot();
  auto failing = send_complete("hot", RunId(std::string_view("no such run")));
  std::vector<Future<Result<StartResult>>> more;
  for (std::size_t i = 0; i < kRequests; ++i) more.push_back(send_hot());
  store_.before_get = [failed = false](Family family, std::string_view) mutable -> Status {
    if (family == Family::kRun && !std::exchange(failed, true)) throw std::bad_alloc();
    return {};
  };
  settle();
  EXPECT_EQ(answered(hot), kRequests);
  EXPECT_EQ(failing.get().code(), StatusCode::kNotFound);
  ASSERT_EQ(answered(more), kRequests);
  EXPECT_EQ(metric("onerun_actors_restarted_total"), 1);
  EXPECT_EQ(complete("hot")->run_id, more.back().get()->run_id);
}

TEST_F(HotIdTest, ReadsWhatItHadDecidedWhenItFailsOnTheLastRequestOfAMessage) {
  auto hot = make_hot();
  // The first turn has a part of what others have under way, the later ones what it always may;
  // so this is the first of its message.
  while ((hot.size() - kOthers / FairShare::kOthersForOne) % FairShare::kAlways != 1) {
    hot.push_back(send_hot());
  }
  auto failing = send_complete("hot", RunId(std::string_view("no such run")));
  auto asked = send_start(
      {.workflow_id = WorkflowId("hot"), .conflict_policy = ConflictPolicy::kUseExisting});
  store_.before_get = [failed = false](Family family, std::string_view) mutable -> Status {
    if (family == Family::kRun && !std::exchange(failed, true)) throw std::bad_alloc();
    return {};
  };
  while (!asked.ready()) {
    send_others();
    decide();
    ASSERT_TRUE(log_.commit_ready());
    decide();
  }
  EXPECT_EQ(metric("onerun_actors_restarted_total"), 1);
  EXPECT_EQ(failing.get().code(), StatusCode::kNotFound);
  EXPECT_EQ(asked.get()->run_id, hot.back().get()->run_id);
}

TEST_F(HotIdTest, IsServedBesideAnotherOne) {
  auto hot = make_hot();
  std::vector<Future<Result<StartResult>>> other;
  for (std::size_t i = 0; i < kRequests; ++i) {
    other.push_back(send_start({.workflow_id = WorkflowId("also hot"),
                                .conflict_policy = ConflictPolicy::kTerminateExisting}));
  }
  settle();
  EXPECT_EQ(answered(hot), kRequests);
  EXPECT_EQ(answered(other), kRequests);
}

class AskedIdTest : public HotIdTest {
 protected:
  using HotIdTest::HotIdTest;

  /// What there is before the first look at the clock, and what is saved by then.
  static constexpr std::size_t kAtOnce =
      AnswerShare::kPerMillisecond * (1 + AnswerShare::kMostSaved);
  static constexpr std::size_t kAsked = 3 * kAtOnce;

  void SetUp() override {
    HotIdTest::SetUp();
    ASSERT_TRUE(start("hot").ok());
  }

  /// Somebody puts something into the log.
  void write() {
    core::WriteSet writes;
    writes.put(Family::kHead, core::keys::head(1, WorkflowId("other")), "");
    log_.append({.writes = std::move(writes)});
  }

  std::vector<Future<Result<StartResult>>> ask(const std::string& id = "hot") {
    std::vector<Future<Result<StartResult>>> asked;
    for (std::size_t i = 0; i < kAsked; ++i) {
      asked.push_back(send_start(
          {.workflow_id = WorkflowId(id), .conflict_policy = ConflictPolicy::kUseExisting}));
    }
    decide();
    return asked;
  }
};

TEST_F(AskedIdTest, IsAnsweredAtOnceWhileNobodyWrites) { EXPECT_EQ(answered(ask()), kAsked); }

TEST_F(AskedIdTest, WaitsForTheWritesOfOthersWhenItIsAskedTooOften) {
  write();
  const auto asked = ask();
  EXPECT_EQ(answered(asked), kAtOnce);
  log_.commit_ready();
  decide();
  EXPECT_EQ(answered(asked), kAsked) << "nobody writes any more";
}

TEST_F(AskedIdTest, WaitsAlsoWhenTheWritesOfOthersAreDurableAlready) {
  write();
  log_.commit_ready();
  const auto asked = ask();
  EXPECT_EQ(answered(asked), kAtOnce);
  log_.commit_ready();
  decide();
  EXPECT_EQ(answered(asked), kAsked) << "nobody has written since";
}

TEST_F(AskedIdTest, IsAnsweredMoreOftenTheMoreOthersAsk) {
  for (int i = 0; i < 20; ++i) {
    static_cast<void>(send_start({.workflow_id = WorkflowId("other " + std::to_string(i))}));
  }
  EXPECT_EQ(answered(ask()), kAtOnce + 10);
}

TEST_F(AskedIdTest, LetsOthersRunAfterAFewOfThoseThatHaveWaited) {
  write();
  const auto asked = ask();
  log_.commit_ready();
  for (std::size_t before = answered(asked); actors_->runnable() > 0;) {
    actors_->run_one(0);
    const std::size_t now = answered(asked);
    EXPECT_LE(now - before, static_cast<std::size_t>(WorkflowActor::kMostOfOneMessage));
    before = now;
  }
  EXPECT_EQ(answered(asked), kAsked);
}

TEST_F(AskedIdTest, GoesOnInOrderWithEachCommitAlthoughTheClockStandsStill) {
  write();
  const auto asked = ask();
  for (std::size_t i = kAtOnce; i < kAsked;) {
    ASSERT_EQ(answered(asked), i);
    log_.commit_ready();
    write();
    decide();
    i += std::min(AnswerShare::kAfterWaiting, kAsked - i);
    EXPECT_TRUE(std::all_of(asked.begin(), asked.begin() + static_cast<std::ptrdiff_t>(i),
                            [](const auto& future) { return future.ready(); }));
  }
}

TEST_F(AskedIdTest, GoesOnWithAWholeMillisecondOnceThatHasPassed) {
  write();
  const auto asked = ask();
  clock_.advance(Duration(1));
  log_.commit_ready();
  write();
  decide();
  EXPECT_EQ(answered(asked), kAtOnce + AnswerShare::kAfterWaiting + AnswerShare::kPerMillisecond);
}

TEST_F(AskedIdTest, IsNotPassivatedWhileItsRequestsWait) {
  write();
  const auto asked = ask();
  auto passivated = actors_->passivate_now();
  decide();
  EXPECT_EQ(*passivated.get(), 0u);
  settle();
  EXPECT_EQ(answered(asked), kAsked);
}

TEST_F(AskedIdTest, IsAnsweredWhenTheLogStopsWhileItsRequestsWait) {
  write();
  const auto asked = ask();
  log_.fence(Status(StatusCode::kUnavailable, "the disk is gone"));
  settle();
  EXPECT_EQ(answered(asked), kAsked);
}

TEST_F(AskedIdTest, IsNotHeldUpByAnotherOneThatWaits) {
  ASSERT_TRUE(start("also hot").ok());
  write();
  const auto asked = ask();
  const auto also_asked = ask("also hot");
  EXPECT_EQ(answered(also_asked), kAtOnce + kAsked / 2);
  log_.commit_ready();
  decide();
  EXPECT_EQ(answered(asked), kAsked);
  EXPECT_EQ(answered(also_asked), kAsked) << "who waits does not write";
}

class AskedIdOfAnotherTest : public AskedIdTest {
 protected:
  AskedIdOfAnotherTest() : AskedIdTest({.supervisors_per_namespace = 1, .max_idle_actors = 2}) {}
};

TEST_F(AskedIdOfAnotherTest, GetsNothingForWhatOthersAskedBefore) {
  for (int i = 0; i < 40; ++i) static_cast<void>(start("busy"));
  ASSERT_TRUE(start("new").ok());
  ASSERT_EQ(actors_->live_actors(), 2u) << "it has the actor that was of the hot one";
  write();
  EXPECT_EQ(answered(ask("new")), kAtOnce);
}

// ---- errors of the store ----

TEST_F(WorkflowActorTest, TellsAReadErrorAndTriesAgainNextTime) {
  store_.before_get = [](Family family, std::string_view) {
    return family == Family::kHead ? Status(StatusCode::kUnavailable, "no read") : Status();
  };
  EXPECT_EQ(start("a").code(), StatusCode::kUnavailable);
  store_.before_get = [](Family, std::string_view) { return Status(); };
  EXPECT_TRUE(start("a").ok());
}

TEST_F(WorkflowActorTest, NamesTheKeyOfACorruptHead) {
  core::WriteSet writes;
  writes.put(Family::kHead, core::keys::head(1, WorkflowId("a")), "garbage");
  log_.append({.writes = std::move(writes)});
  settle();
  const Status status = start("a").status();
  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  ASSERT_NE(status.detail<Corruption>(), nullptr);
  EXPECT_EQ(status.detail<Corruption>()->family, "head");
  EXPECT_EQ(status.detail<Corruption>()->key, core::to_hex(core::keys::head(1, WorkflowId("a"))));
  EXPECT_TRUE(start("b").ok()) << "others are not concerned";
}

TEST_F(WorkflowActorTest, SaysThatTheOutcomeIsUnknownWhenTheCommitFails) {
  ASSERT_TRUE(start("a").ok());
  store_.before_commit = [](const store::Commit&) {
    return Status(StatusCode::kUnavailable, "no sync");
  };
  auto completed = send_complete("a");
  auto refused = send_complete("a");
  settle();
  const Status first = completed.get().status();
  EXPECT_NE(first.detail<OutcomeUnknown>(), nullptr);
  const Status second = refused.get().status();
  EXPECT_NE(second.detail<OutcomeUnknown>(), nullptr) << "it rests on the first";
  const Status later = start("b").status();
  EXPECT_NE(later.detail<Fenced>(), nullptr) << later;
  EXPECT_EQ(observer_.fences.size(), 1u);
}

TEST_F(WorkflowActorTest, NamesTheKeyOfAnOpenRunThatIsNotTheCurrentOne) {
  // The store says of a run that was replaced that it is open: its end would be a second one.
  const RunId replaced = start("a")->run_id;
  const std::string key = core::keys::run(1, replaced);
  const std::string while_open = onerun::test::get(store_, Family::kRun, key);
  ASSERT_TRUE(
      start({.workflow_id = WorkflowId("a"), .conflict_policy = ConflictPolicy::kTerminateExisting})
          .ok());
  ASSERT_TRUE(onerun::test::commit(store_, epoch_, [&](core::WriteSet& writes) {
                writes.put(Family::kRun, key, while_open);
              }).ok());
  const int commits = store_.commits;

  const Status refused = complete("a", replaced).status();
  EXPECT_EQ(refused.code(), StatusCode::kDataLoss) << refused;
  ASSERT_NE(refused.detail<Corruption>(), nullptr);
  EXPECT_EQ(refused.detail<Corruption>()->key, core::to_hex(key));
  EXPECT_EQ(store_.commits, commits);
  EXPECT_EQ(onerun::test::get(store_, Family::kRun, key), while_open);
}

TEST_F(WorkflowActorTest, FencesInsteadOfWritingWhatBreaksAnInvariant) {
  // An open run that was never counted: after its end there would be one open run less than none.
  const StartRequest request{.workflow_id = WorkflowId("a")};
  const auto begun = core::test::started(RunId("uncounted"), clock_.now(), {}, request);
  core::WorkflowState state;
  const auto started = core::apply(1, request.workflow_id, state, {begun});
  ASSERT_TRUE(started.ok());
  ASSERT_TRUE(onerun::test::commit(store_, epoch_, [&](core::WriteSet& writes) {
                started->writes.for_each([&](const core::Write& write) {
                  writes.put(write.family, write.key, write.value);
                });
              }).ok());
  const int commits = store_.commits;

  const Status refused = complete("a", begun.run_id).status();
  EXPECT_FALSE(refused.ok()) << refused;
  EXPECT_EQ(store_.commits, commits);
  ASSERT_EQ(observer_.fences.size(), 1u);
  EXPECT_NE(observer_.fences.front().find("would have -1 open"), std::string::npos)
      << observer_.fences.front();
  EXPECT_NE(start("b").status().detail<Fenced>(), nullptr) << "no other id goes on either";
}

// ---- metrics ----

TEST_F(WorkflowActorTest, CountsDecisionsWhenTheyAreDurable) {
  const onerun::test::Labels started{{"namespace", "orders"}, {"rule", "started"}};
  const onerun::test::Labels rejected{{"namespace", "orders"}, {"rule", "rejected_running"}};
  auto first = send_start("a");
  decide();
  EXPECT_EQ(metric("onerun_start_decisions_total", started), 0);
  settle();
  EXPECT_EQ(metric("onerun_start_decisions_total", started), 1);
  ASSERT_FALSE(start("a").ok());
  EXPECT_EQ(metric("onerun_start_decisions_total", rejected), 1);
  ASSERT_TRUE(complete("a").ok());
  EXPECT_EQ(metric("onerun_runs_closed_total", {{"namespace", "orders"}, {"status", "completed"}}),
            1);
  EXPECT_TRUE(first.get().ok());
}

}  // namespace
}  // namespace onerun::actors
