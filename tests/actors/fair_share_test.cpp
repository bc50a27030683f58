// What one workflow id may put into the commit log, and answer, while others want to get in.
#include "actors/fair_share.hpp"

#include <gtest/gtest.h>

namespace onerun::actors {
namespace {

class FairShareTest : public ::testing::Test {
 protected:
  /// The id puts groups into the log until it has to wait, at most that many. Returns how many.
  std::uint64_t put(std::uint64_t most) {
    std::uint64_t taken = 0;
    while (taken < most && !share_.is_used_up(durable_)) {
      share_.took(++last_, durable_);
      ++taken;
    }
    return taken;
  }

  void others_put(std::uint64_t groups) { last_ += groups; }
  void commit() { durable_ = last_; }

  FairShare share_;
  store::Ticket last_ = 0;
  store::Ticket durable_ = 0;
};

TEST_F(FairShareTest, DoublesFromTurnToTurnWithoutOthersUpToItsBound) {
  for (std::uint64_t share = FairShare::kAlways; share < FairShare::kMost; share *= 2) {
    EXPECT_EQ(put(10'000), share);
    commit();
  }
  for (int turn = 0; turn < 3; ++turn) {
    EXPECT_EQ(put(10'000), FairShare::kMost) << "turn " << turn;
    commit();
  }
}

TEST_F(FairShareTest, DoublesAlsoWhileTheLastTurnIsNotAllDurable) {
  put(10'000);
  durable_ = 1;  // the turn is over, and the rest of it is under way
  EXPECT_EQ(put(10'000), 2 * FairShare::kAlways);
}

TEST_F(FairShareTest, DoublesAlsoAfterAWaitForAllThatIsUnderWay) {
  put(10'000);
  share_.took(++last_, durable_);  // what tells the id
  commit();
  share_.end_turn();
  EXPECT_EQ(put(10'000), 2 * FairShare::kAlways);
}

TEST_F(FairShareTest, IsLittleAgainWhenOthersHaveComeAlsoIfTheyAreDurable) {
  for (int turn = 0; turn < 10; ++turn) {
    put(10'000);
    commit();
  }
  others_put(1);
  commit();
  EXPECT_EQ(put(10'000), FairShare::kAlways);
}

TEST_F(FairShareTest, HasABound) {
  others_put(1'000'000);
  EXPECT_EQ(put(10'000), FairShare::kMost);
}

TEST_F(FairShareTest, IsAQuarterOfWhatOthersHaveUnderWay) {
  for (const std::uint64_t others : {100, 60}) {
    others_put(others);
    EXPECT_EQ(put(10'000), others / 4);
    commit();
  }
}

TEST_F(FairShareTest, DoesNotDependOnWhatIsDurable) {
  others_put(1'000'000);
  commit();
  others_put(100);
  EXPECT_EQ(put(10'000), 25u);
}

TEST_F(FairShareTest, IsNeverLessThanWhatIsLittle) {
  others_put(1);
  EXPECT_EQ(put(10'000), FairShare::kAlways);
}

TEST_F(FairShareTest, IsUsedUpUntilTheFirstGroupOfTheTurnIsDurable) {
  others_put(1);
  put(10'000);
  durable_ = 1;
  EXPECT_TRUE(share_.is_used_up(durable_));
  durable_ = 2;
  EXPECT_FALSE(share_.is_used_up(durable_));
}

TEST_F(FairShareTest, IsThereAgainAfterATurnOfWhichNothingBecameDurable) {
  others_put(1);
  put(10'000);
  share_.end_turn();
  EXPECT_EQ(put(10'000), 2 * FairShare::kAlways) << "no others have come since";
}

class AnswerShareTest : public ::testing::Test {
 protected:
  /// Asks until the id has to wait, at most so often. Returns how often.
  std::uint64_t ask(std::uint64_t most = 1'000'000) {
    for (std::uint64_t answers = 0; answers < most; ++answers) {
      if (share_.is_used_up()) share_.add_until(now_);
      if (share_.is_used_up()) return answers;
      share_.answered();
    }
    return most;
  }

  void pass(int milliseconds) { now_ += Duration(milliseconds); }

  static constexpr std::uint64_t kThreads = 3;
  static constexpr std::uint64_t kPerMillisecond = kThreads * AnswerShare::kPerMillisecond;

  AnswerShare share_{kThreads};
  Timestamp now_{std::chrono::hours(1)};
};

TEST_F(AnswerShareTest, IsThereAgainWithEachMillisecond) {
  ask();
  for (const int ms : {1, 2, 49}) {
    pass(ms);
    EXPECT_EQ(ask(), static_cast<std::uint64_t>(ms) * kPerMillisecond);
  }
}

TEST_F(AnswerShareTest, HasABoundOfWhatIsSaved) {
  ask();
  pass(1'000'000);
  EXPECT_EQ(ask(), AnswerShare::kMostSaved * kPerMillisecond);
}

TEST_F(AnswerShareTest, IsNotUsedUpByWhoIsAskedLess) {
  ask();
  for (int ms = 1; ms < 1'000; ++ms) {
    pass(1);
    EXPECT_EQ(ask(kPerMillisecond / 2), kPerMillisecond / 2);
  }
}

TEST_F(AnswerShareTest, LetsWhatHasPiledUpGoWhileCommitsTakeLong) {
  ask();
  std::uint64_t waiting = 10 * kPerMillisecond;
  for (int commit = 0; commit < 4; ++commit) {
    pass(10);
    waiting += 10 * kPerMillisecond / 3;  // a third of the rate
    share_.has_waited();
    waiting -= ask(waiting);
  }
  EXPECT_EQ(waiting, 0u);
}

TEST_F(AnswerShareTest, LetsAnIdGoOnThatHasWaitedAlsoIfTheClockStandsStill) {
  ask();
  for (int i = 0; i < 1'000; ++i) share_.answered();  // while nobody writes
  for (int turn = 0; turn < 3; ++turn) {
    share_.has_waited();
    EXPECT_EQ(ask(), AnswerShare::kAfterWaiting);
  }
}

TEST_F(AnswerShareTest, GrowsWithWhatOthersAsk) {
  ask();
  share_.others_asked(5);
  EXPECT_EQ(ask(), 2u);
  share_.others_asked(1);
  EXPECT_EQ(ask(), 1u) << "with the one from before";
  share_.others_asked(1);
  EXPECT_EQ(ask(), 0u);
}

TEST_F(AnswerShareTest, HasABoundOfWhatItGetsForOthers) {
  ask();
  share_.others_asked(1'000'000);
  EXPECT_EQ(ask(), AnswerShare::kMostForOthers);
}

TEST_F(AnswerShareTest, TakesAClockThatStepsBackForAMillisecond) {
  ask();
  pass(-1'000);
  EXPECT_EQ(ask(), kPerMillisecond);
  EXPECT_EQ(ask(), 0u);
}

}  // namespace
}  // namespace onerun::actors
