// Threads that write tables rest while requests are served, and only then.
#include "store/background_pace.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <vector>

#include "store/rocksdb_options.hpp"

namespace onerun::store {
namespace {

using rocksdb::Env;
using std::chrono::nanoseconds;

constexpr nanoseconds kLeast = BackgroundPace::kLeastWork;

/// The work of this thread; it goes on from test to test, as that of a thread does.
nanoseconds worked = std::chrono::hours(1);

class BackgroundPaceTest : public ::testing::Test {
 protected:
  BackgroundPaceTest() {
    worked += kLeast;
    ask();  // what the thread did before the test is settled
    now_ += BackgroundPace::kBreak;
  }

  void ask(Env::IOPriority priority = Env::IO_LOW) { pace_.Request(4096, priority, nullptr); }

  std::atomic<CommitNumber> last_commit_{7};
  BackgroundPace::Clock::time_point now_{std::chrono::hours(1)};
  std::vector<nanoseconds> rests_;
  BackgroundPace pace_{last_commit_,
                       {[] { return worked; }, [this] { return now_; },
                        [this](nanoseconds time) { rests_.push_back(time); }}};
};

TEST_F(BackgroundPaceTest, RestsTwiceAsLongAsItWorkedWhileCommitsCome) {
  for (const Env::IOPriority priority : {Env::IO_LOW, Env::IO_HIGH}) {
    rests_.clear();
    now_ += BackgroundPace::kAtWork;
    ++last_commit_;
    worked += 3 * kLeast / 2;
    ask(priority);
    EXPECT_EQ(rests_, std::vector{3 * kLeast});
  }
}

TEST_F(BackgroundPaceTest, RestsLongerWhileAFlushAndAMergeAreAtWork) {
  ++last_commit_;
  ask(Env::IO_HIGH);
  now_ += BackgroundPace::kAtWork - nanoseconds(1);
  worked += 3 * kLeast / 2;
  ask(Env::IO_LOW);
  EXPECT_EQ(rests_, std::vector{9 * kLeast / 2});
}

TEST_F(BackgroundPaceTest, ForgetsWhatHasNotAskedForAWhile) {
  ++last_commit_;
  ask(Env::IO_HIGH);
  now_ += BackgroundPace::kAtWork;
  worked += 3 * kLeast / 2;
  ask(Env::IO_LOW);
  EXPECT_EQ(rests_, std::vector{3 * kLeast});
}

TEST_F(BackgroundPaceTest, WorksOnWithoutARestWhenItHasFallenBehind) {
  const auto end = now_ + BackgroundPace::kBehind;
  for (; now_ < end; now_ += BackgroundPace::kBreak / 2) ask();
  now_ = end - nanoseconds(1);
  ++last_commit_;
  worked += kLeast;
  ask();
  EXPECT_EQ(rests_, std::vector{2 * kLeast});
  now_ = end;
  ++last_commit_;
  worked += kLeast;
  ask();
  EXPECT_EQ(rests_, std::vector{2 * kLeast});
}

TEST_F(BackgroundPaceTest, RestsAgainAfterABreak) {
  const auto end = now_ + BackgroundPace::kBehind;
  for (; now_ < end; now_ += BackgroundPace::kBreak / 2) ask();
  now_ += BackgroundPace::kBreak;
  ++last_commit_;
  worked += kLeast;
  ask();
  EXPECT_EQ(rests_, std::vector{2 * kLeast});
}

TEST_F(BackgroundPaceTest, NeverRestsForLong) {
  ++last_commit_;
  worked += std::chrono::minutes(1);
  ask();
  EXPECT_EQ(rests_, std::vector{BackgroundPace::kMostRest});
}

TEST_F(BackgroundPaceTest, WorksOnUntilThereIsSomethingBehindIt) {
  ++last_commit_;
  worked += kLeast - nanoseconds(1);
  ask();
  EXPECT_TRUE(rests_.empty());
  worked += nanoseconds(1);
  ask();
  EXPECT_EQ(rests_.size(), 1u);
}

TEST_F(BackgroundPaceTest, RestsAlsoBetweenCommitsThatTakeLong) {
  ++last_commit_;
  ask(Env::IO_HIGH);
  now_ += BackgroundPace::kLongestCommit - nanoseconds(1);
  worked += kLeast;
  ask();
  EXPECT_EQ(rests_.size(), 1u);
}

TEST_F(BackgroundPaceTest, WorksOnWhenNoCommitHasComeForAWhile) {
  ++last_commit_;
  ask(Env::IO_HIGH);
  now_ += BackgroundPace::kLongestCommit;
  worked += kLeast;
  ask();
  EXPECT_TRUE(rests_.empty());
}

TEST_F(BackgroundPaceTest, WorksOnUntilTheFirstCommitComes) {
  worked += kLeast;
  ask();
  EXPECT_TRUE(rests_.empty());
}

TEST_F(BackgroundPaceTest, WorksOnWhenWritesWaitedForItAsItBegan) {
  ++last_commit_;
  worked += kLeast;
  ask(Env::IO_USER);
  EXPECT_TRUE(rests_.empty());
}

TEST_F(BackgroundPaceTest, IsWhatTheStoreHasAndSetsNoRateForDelayedWrites) {
  LogDamage damage;
  const rocksdb::DBOptions options = db_options({}, true, last_commit_, damage);
  EXPECT_NE(dynamic_cast<BackgroundPace*>(options.rate_limiter.get()), nullptr);
  EXPECT_GT(options.delayed_write_rate, 0u) << "RocksDB would take the rate of the limiter";
}

}  // namespace
}  // namespace onerun::store
