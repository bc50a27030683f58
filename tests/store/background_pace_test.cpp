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
    ask();  // what this thread did before the test counts for nothing
  }

  void ask(Env::IOPriority priority = Env::IO_LOW) { pace_.Request(4096, priority, nullptr); }

  std::atomic<CommitNumber> last_commit_{7};
  std::vector<nanoseconds> rests_;
  BackgroundPace pace_{last_commit_, [this](nanoseconds time) { rests_.push_back(time); }};
};

TEST_F(BackgroundPaceTest, RestsForAShareOfItsWorkWhileCommitsCome) {
  constexpr nanoseconds kWork = 3 * BackgroundPace::kLeastWork;
  ++last_commit_;
  work(kWork);
  ask();
  ASSERT_EQ(rests_.size(), 1u);
  EXPECT_GE(rests_[0], kWork / BackgroundPace::kWorkByRest);
  EXPECT_LE(rests_[0], BackgroundPace::kMostRest);
}

TEST_F(BackgroundPaceTest, NeverRestsForLong) {
  ++last_commit_;
  work(BackgroundPace::kMostRest * (BackgroundPace::kWorkByRest + 1));
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
