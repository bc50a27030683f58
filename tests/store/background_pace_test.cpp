// Threads that write tables rest while requests are served, and only then.
#include "store/background_pace.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <vector>

namespace onerun::store {
namespace {

using rocksdb::Env;
using std::chrono::nanoseconds;

nanoseconds processor_time() {
  std::timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

/// Computes for that long at least.
void work(nanoseconds time) {
  const nanoseconds end = processor_time() + time;
  while (processor_time() < end) {
  }
}

class BackgroundPaceTest : public ::testing::Test {
 protected:
  BackgroundPaceTest() {
    work(BackgroundPace::kLeastWork);
    begun_ = processor_time();
    ask();  // what this thread did before the test counts for nothing
    now_ += BackgroundPace::kAtWork;
  }

  void ask(Env::IOPriority priority = Env::IO_LOW) { pace_.Request(4096, priority, nullptr); }

  nanoseconds worked_at_most() const { return processor_time() - begun_; }

  nanoseconds begun_{};
  std::atomic<CommitNumber> last_commit_{7};
  BackgroundPace::Clock::time_point now_{std::chrono::hours(1)};
  std::vector<nanoseconds> rests_;
  BackgroundPace pace_{last_commit_, [this](nanoseconds time) { rests_.push_back(time); },
                       [this] { return now_; }};
};

TEST_F(BackgroundPaceTest, RestsForAShareOfItsWorkWhileCommitsCome) {
  constexpr nanoseconds kWork = 3 * BackgroundPace::kLeastWork;
  ++last_commit_;
  work(kWork);
  ask();
  ASSERT_EQ(rests_.size(), 1u);
  EXPECT_GE(rests_[0], kWork / 2);
  EXPECT_LE(2 * rests_[0], worked_at_most());
}

TEST_F(BackgroundPaceTest, RestsLongerWhileAFlushAndAMergeAreAtWork) {
  constexpr nanoseconds kWork = 3 * BackgroundPace::kLeastWork;
  ++last_commit_;
  ask(Env::IO_HIGH);
  now_ += BackgroundPace::kAtWork - nanoseconds(1);
  work(kWork);
  ask(Env::IO_LOW);
  ASSERT_EQ(rests_.size(), 1u);
  EXPECT_GE(rests_[0], kWork);
}

TEST_F(BackgroundPaceTest, ForgetsWhatHasNotAskedForAWhile) {
  ++last_commit_;
  ask(Env::IO_HIGH);
  now_ += BackgroundPace::kAtWork;
  work(BackgroundPace::kLeastWork);
  ask(Env::IO_LOW);
  ASSERT_EQ(rests_.size(), 1u);
  EXPECT_LE(2 * rests_[0], worked_at_most());
}

TEST_F(BackgroundPaceTest, NeverRestsForLong) {
  ++last_commit_;
  work(3 * BackgroundPace::kMostRest);
  ask();
  EXPECT_EQ(rests_, std::vector{BackgroundPace::kMostRest});
}

TEST_F(BackgroundPaceTest, WorksOnWhenThereIsLittleBehindIt) {
  ++last_commit_;
  work(BackgroundPace::kLeastWork);
  ask();
  ++last_commit_;
  ask();
  EXPECT_EQ(rests_.size(), 1u);
}

TEST_F(BackgroundPaceTest, WorksOnWhileNoCommitsCome) {
  work(BackgroundPace::kLeastWork);
  ask();
  EXPECT_TRUE(rests_.empty());
}

TEST_F(BackgroundPaceTest, WorksOnWhenWritesWaitForIt) {
  ++last_commit_;
  work(BackgroundPace::kLeastWork);
  ask(Env::IO_USER);
  EXPECT_TRUE(rests_.empty());
}

}  // namespace
}  // namespace onerun::store
