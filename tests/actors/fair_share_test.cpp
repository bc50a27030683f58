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

TEST_F(FairShareTest, IsAThousandWithoutOthers) {
  for (int turn = 0; turn < 3; ++turn) {
    EXPECT_EQ(put(10'000), FairShare::kAlone) << "turn " << turn;
    commit();
  }
}

TEST_F(FairShareTest, IsAThousandAlsoWhileTheLastTurnIsNotAllDurable) {
  put(100);
  durable_ = 1;  // the turn is over, and 99 groups are under way
  EXPECT_EQ(put(10'000), FairShare::kAlone);
}

TEST_F(FairShareTest, IsHalfOfWhatOthersHaveUnderWay) {
  for (const std::uint64_t others : {100, 60}) {
    others_put(others);
    EXPECT_EQ(put(10'000), others / 2);
    commit();
  }
}

TEST_F(FairShareTest, DoesNotDependOnWhatIsDurable) {
  others_put(1'000'000);
  commit();
  others_put(100);
  EXPECT_EQ(put(10'000), 50u);
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
  EXPECT_EQ(put(10'000), FairShare::kAlways);
}

/// Asks until the id has to wait, at most so often. Returns how often.
std::uint64_t ask(AnswerShare& share, Timestamp now, std::uint64_t most = 10'000) {
  std::uint64_t answers = 0;
  for (; answers < most && !share.is_used_up(now); ++answers) share.answered();
  return answers;
}

Timestamp at(int milliseconds) { return Timestamp(Duration(milliseconds)); }

TEST(AnswerShareTest, IsThereAgainWithEachMillisecond) {
  AnswerShare share;
  ask(share, at(1));
  for (int ms = 2; ms < 5; ++ms) EXPECT_EQ(ask(share, at(ms)), AnswerShare::kAMillisecond);
}

TEST(AnswerShareTest, IsNotUsedUpByWhoIsAskedLess) {
  AnswerShare share;
  for (int ms = 1; ms < 1'000; ++ms) {
    EXPECT_EQ(ask(share, at(ms), AnswerShare::kAMillisecond / 2), AnswerShare::kAMillisecond / 2);
  }
}

TEST(AnswerShareTest, LetsAnIdGoOnThatHasWaitedAlsoIfTheClockStandsStill) {
  AnswerShare share;
  ask(share, at(1));
  for (int turn = 0; turn < 3; ++turn) {
    share.has_waited();
    EXPECT_EQ(ask(share, at(1)), AnswerShare::kAfterWaiting);
  }
}

TEST(AnswerShareTest, DoesNotGrowByWaitingOfWhoHasLeft) {
  AnswerShare share;
  for (int i = 0; i < 100; ++i) share.has_waited();
  ask(share, at(1));
  EXPECT_EQ(ask(share, at(2)), AnswerShare::kAMillisecond);
}

}  // namespace
}  // namespace onerun::actors
