// Facts that come late: no actor's turn waits for them, the order of an id's requests stays, and
// nothing is decided on what is missing.
#include <gtest/gtest.h>

#include <string>

#include "core/keys.hpp"
#include "tests/support/actors.hpp"

namespace onerun::actors {
namespace {

class LateFactsTest : public test::ActorTest {
 protected:
  LateFactsTest() : ActorTest({.supervisors_per_namespace = 1}) { loader_.is_late = true; }

  ~LateFactsTest() override { answer_all(); }

  void decide() { actors_->run_all(); }

  void answer_all() {
    do {
      settle();
    } while (loader_.answer_one());
  }
};

TEST_F(LateFactsTest, HoldARequestUntilTheyAreThere) {
  auto started = send_start("a");
  settle();
  EXPECT_FALSE(started.ready());
  EXPECT_EQ(loader_.asked(), 1u);
  ASSERT_TRUE(loader_.answer_one());
  settle();
  EXPECT_TRUE(started.get().ok());
}

TEST_F(LateFactsTest, AreAskedForManyIdsAtOnce) {
  auto a = send_start("a");
  auto b = send_start("b");
  auto c = send_start("c");
  settle();
  EXPECT_EQ(loader_.asked(), 3u) << "no id waits for the facts of another";
  answer_all();
  EXPECT_TRUE(a.get().ok() && b.get().ok() && c.get().ok());
}

TEST_F(LateFactsTest, KeepTheOrderOfTheRequestsOfAnId) {
  auto started = send_start("a");
  auto completed = send_complete("a");
  auto again = send_start("a");
  auto refused = send_start("a");
  settle();
  EXPECT_EQ(loader_.asked(), 1u) << "the others wait behind the first";
  answer_all();
  const auto first = started.get();
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(completed.get()->run_id, first->run_id);
  ASSERT_TRUE(again.get().ok());
  EXPECT_EQ(refused.get().code(), StatusCode::kAlreadyExists);
}

TEST_F(LateFactsTest, ThatCanNotBeReadRefuseTheRequestAlone) {
  loader_.fails = Status(StatusCode::kUnavailable, "the store is away");
  auto refused = send_start("a");
  answer_all();
  EXPECT_EQ(refused.get().code(), StatusCode::kUnavailable);
  loader_.fails = {};
  auto started = send_start("a");
  answer_all();
  EXPECT_TRUE(started.get().ok());
}

TEST_F(LateFactsTest, GiveARunIdToOneOfTwoStartsThatBringIt) {
  const RunId mine("my run");
  auto first = send_start({.workflow_id = WorkflowId("a"), .run_id = mine});
  auto second = send_start({.workflow_id = WorkflowId("b"), .run_id = mine});
  // Both heads are there; then the first one asks for the run id, and the second one waits for it.
  decide();
  ASSERT_TRUE(loader_.answer_one() && loader_.answer_one());
  decide();
  EXPECT_EQ(loader_.asked(), 1u);
  answer_all();
  ASSERT_TRUE(first.get().ok());
  const Status refused = second.get().status();
  EXPECT_NE(refused.detail<RunIdInUse>(), nullptr) << refused;
}

TEST_F(LateFactsTest, GiveBackARunIdThatWasNotUsed) {
  loader_.is_late = false;
  ASSERT_TRUE(start("a").ok());
  ASSERT_TRUE(start("b").ok());
  ASSERT_TRUE(complete("b").ok());
  loader_.is_late = true;
  const RunId mine("my run");
  auto refused = send_start({.workflow_id = WorkflowId("a"), .run_id = mine});  // a run is open
  auto started = send_start({.workflow_id = WorkflowId("b"), .run_id = mine});
  settle();
  EXPECT_EQ(loader_.asked(), 1u) << "b waits for the claim that a has";
  answer_all();
  const Status why = refused.get().status();
  EXPECT_NE(why.detail<AlreadyStarted>(), nullptr) << why;
  EXPECT_EQ(started.get()->run_id, mine);
}

/// The state was dropped after it had asked: it must be read again behind what it had decided.
TEST_F(LateFactsTest, OfAStateThatWasDroppedDoNotLetTheIdGoOn) {
  loader_.is_late = false;
  auto started = send_start("a");
  decide();  // in the log, and not durable
  loader_.is_late = loader_.throws = true;
  auto second = send_start({.workflow_id = WorkflowId("a"), .run_id = RunId("my run")});
  decide();
  ASSERT_EQ(loader_.asked(), 1u);
  loader_.is_late = loader_.throws = false;
  ASSERT_TRUE(loader_.answer_one());
  decide();
  EXPECT_FALSE(second.ready());
  settle();
  EXPECT_TRUE(started.get().ok());
  EXPECT_EQ(second.get().code(), StatusCode::kAlreadyExists) << "the run is open";
}

/// Between the answer and the decision the run was reclaimed: its removal must not count it again.
TEST_F(LateFactsTest, GuardWhatIsDecidedOnThemFromWhenTheyWereAskedFor) {
  loader_.is_late = false;
  set_retention({.closed = std::chrono::seconds(1)});
  ASSERT_TRUE(start("a").ok());
  ASSERT_TRUE(complete("a").ok());
  loader_.is_late = true;
  auto removed = send(core::RemoveCommand{{WorkflowId("a")}});
  decide();
  ASSERT_EQ(loader_.asked(), 1u);
  ASSERT_TRUE(loader_.answer_one());  // the actor has the answer before it as a message
  clock_.advance(std::chrono::seconds(5));
  auto reclaimed = actors_->reclaim_now();
  while (!reclaimed.ready()) {
    actors_->run_all();
    settle_log();
  }
  answer_all();
  EXPECT_TRUE(removed.get().ok());
  EXPECT_EQ(log_.counts(1), core::RunCounts());
  EXPECT_TRUE(observer_.fences.empty());
}

// ---- claims ----

TEST_F(LateFactsTest, WhoeverWaitsForAClaimGoesOnWhenItIsDecided) {
  const RunId mine("my run");
  int went_on = 0;
  claims_.when_decided(1, mine, [&] { ++went_on; });
  EXPECT_EQ(went_on, 1) << "nobody has claimed it";
  {
    auto [use, claim] = claims_.claim(1, mine);
    EXPECT_EQ(use, RunIdClaims::Use::kNone);
    EXPECT_EQ(claims_.claim(1, mine).first, RunIdClaims::Use::kIsDecided);
    EXPECT_EQ(claims_.claim(2, mine).first, RunIdClaims::Use::kNone) << "of another namespace";
    claims_.when_decided(1, mine, [&] { ++went_on; });
    EXPECT_EQ(went_on, 1);
  }
  EXPECT_EQ(went_on, 2);
  auto [use, claim] = claims_.claim(1, mine);
  ASSERT_TRUE(claim);
  claim->keep_until(log_.append({}));
  EXPECT_EQ(claims_.claim(1, mine).first, RunIdClaims::Use::kOnItsWay);
  settle();
  EXPECT_EQ(claims_.claim(1, mine).first, RunIdClaims::Use::kNone) << "the store knows it now";
}

}  // namespace
}  // namespace onerun::actors
