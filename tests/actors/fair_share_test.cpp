// What one workflow id may put into the commit log while others want to get in.
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

TEST_F(FairShareTest, IsAllThatOneLikesWithoutOthers) {
  for (int turn = 0; turn < 3; ++turn) {
    EXPECT_EQ(put(1'000), 1'000u) << "turn " << turn;
    commit();
  }
}

TEST_F(FairShareTest, IsHalfOfWhatAllOthersTookInTheLastTurn) {
  put(1'000);
  others_put(100);
  commit();
  EXPECT_EQ(put(1'000), 50u);
  others_put(60);
  commit();
  EXPECT_EQ(put(1'000), 30u);
}

TEST_F(FairShareTest, IsNeverLessThanWhatAnIdThatIsNotHotNeeds) {
  put(1);
  others_put(1);
  commit();
  EXPECT_EQ(put(1'000), FairShare::kAlways);
}

TEST_F(FairShareTest, IsUsedUpUntilTheFirstGroupOfTheTurnIsDurable) {
  put(1);
  others_put(1);
  commit();
  put(1'000);
  EXPECT_TRUE(share_.is_used_up(durable_));
  durable_ = last_ - FairShare::kAlways + 1;
  EXPECT_FALSE(share_.is_used_up(durable_));
}

TEST_F(FairShareTest, IsThereAgainAfterATurnOfWhichNothingBecameDurable) {
  put(1);
  others_put(1);
  commit();
  put(1'000);
  others_put(1);
  share_.end_turn();
  EXPECT_EQ(put(1'000), FairShare::kAlways);
}

TEST_F(FairShareTest, IsGreatAgainWhenOthersHaveGone) {
  put(1);
  others_put(1);
  commit();
  put(1'000);
  commit();
  EXPECT_EQ(put(1'000), 1'000u);
}

}  // namespace
}  // namespace onerun::actors
