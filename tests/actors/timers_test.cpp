// Which timers are in memory, and in which order they come out.
#include "actors/timers.hpp"

#include <gtest/gtest.h>

#include "core/uuid.hpp"
#include "tests/support/stores.hpp"

namespace onerun::actors {
namespace {

using namespace std::chrono_literals;
namespace keys = core::keys;
using core::Family;

class TimersTest : public ::testing::Test {
 protected:
  static RunId run_id(unsigned number) {
    return RunId(core::make_uuid_v7(std::uint64_t{number} << 12, 1));
  }
  static Timestamp at(std::int64_t ms) { return Timestamp(Duration(ms)); }

  void store_timer(Timestamp due, unsigned number) {
    ASSERT_TRUE(onerun::test::commit(store_, epoch_, [&](auto& writes) {
                  writes.put(Family::kTimer, keys::timer(1, {due, run_id(number)}), "w");
                }).ok());
  }
  void add(Timestamp due, unsigned number) { timers_.add(1, WorkflowId("w"), run_id(number), due); }
  bool load(Timestamp now = at(0)) { return *timers_.load(store_, 1, now); }

  /// The runs whose timers are due by now.
  std::vector<RunId> due_by(Timestamp now) {
    std::vector<RunId> runs;
    while (auto due = timers_.take_due(now)) runs.push_back(due->timer.run_id);
    return runs;
  }

  onerun::test::FaultyStore store_;
  const store::Epoch epoch_ = *store_.acquire_epoch();
  int nearer_ = 0;
  Timers timers_{[this] { ++nearer_; }};
};

TEST_F(TimersTest, ComeOutWhenTheyAreDueInOrder) {
  store_timer(at(30), 1);
  store_timer(at(10), 2);
  store_timer(at(20), 3);
  EXPECT_TRUE(load());
  EXPECT_FALSE(load());
  EXPECT_TRUE(due_by(at(9)).empty());
  EXPECT_EQ(due_by(at(20)), (std::vector<RunId>{run_id(2), run_id(3)}));
  EXPECT_EQ(timers_.next_due(), at(30));
}

TEST_F(TimersTest, StayOnTheStoreUntilTheirTimeIsNear) {
  store_timer(at(0) + Timers::kHorizon + 1s, 1);
  EXPECT_TRUE(load(at(0)));
  EXPECT_FALSE(timers_.next_due());
  EXPECT_TRUE(load(at(0) + Timers::kHorizon));
  EXPECT_TRUE(timers_.next_due());
}

TEST_F(TimersTest, AreAddedOnlyIfTheyAreNear) {
  add(at(5), 1);
  EXPECT_FALSE(timers_.next_due()) << "nothing is loaded yet: it will be read";
  EXPECT_TRUE(load());
  EXPECT_FALSE(load());
  add(at(5), 1);
  add(at(0) + Timers::kHorizon, 2);
  EXPECT_EQ(due_by(at(0) + 2 * Timers::kHorizon), std::vector<RunId>{run_id(1)});
}

TEST_F(TimersTest, SayWhenAnotherOneIsNext) {
  load();
  add(at(50), 1);
  EXPECT_EQ(nearer_, 1);
  add(at(60), 2);
  EXPECT_EQ(nearer_, 1);
  add(at(40), 3);
  EXPECT_EQ(nearer_, 2);
}

TEST_F(TimersTest, AreNotTakenTwiceForBeingAddedAndRead) {
  store_timer(at(10), 1);
  load();
  add(at(10), 1);
  EXPECT_EQ(due_by(at(10)).size(), 1u);
}

TEST_F(TimersTest, ThatCouldNotBeHandledAreReadAgain) {
  store_timer(at(10), 1);
  store_timer(at(20), 2);
  load();
  const auto first = timers_.take_due(at(30));
  timers_.put_back(*first);
  EXPECT_FALSE(timers_.take_due(at(30))) << "the one before it has to be read first";
  EXPECT_TRUE(load(at(30)));
  EXPECT_EQ(due_by(at(30)), (std::vector<RunId>{run_id(1), run_id(2)}));
}

TEST_F(TimersTest, AreBoundedInMemory) {
  load();
  const auto count = static_cast<unsigned>(Timers::kMostLoaded) + 10;
  for (unsigned i = 0; i < count; ++i) {
    // From the last to the first, so that those which are there make room.
    store_timer(at(1 + (count - i)), i);
    add(at(1 + (count - i)), i);
  }
  std::size_t taken = 0;
  Timestamp last{};
  bool more = true;
  while (more) {
    while (auto due = timers_.take_due(at(0) + 10min)) {
      EXPECT_GE(due->timer.due, last);
      last = due->timer.due;
      ++taken;
    }
    more = load(at(0) + 10min);
  }
  EXPECT_EQ(taken, count) << "those that had no place were read again";
}

TEST_F(TimersTest, OfANamespaceThatIsGoneAreForgotten) {
  load();
  add(at(10), 1);
  timers_.forget(1);
  EXPECT_TRUE(due_by(at(100)).empty());
}

TEST_F(TimersTest, AreReadAfterAReadThatHadNoMemory) {
  store_timer(at(10), 1);
  store_.before_scan = []() -> Status { throw std::bad_alloc(); };
  EXPECT_THROW(static_cast<void>(timers_.load(store_, 1, at(0))), std::bad_alloc);
  store_.before_scan = [] { return Status(); };
  EXPECT_TRUE(load());
  EXPECT_EQ(due_by(at(10)).size(), 1u);
}

TEST_F(TimersTest, AreReadAfterAFailedRead) {
  store_timer(at(10), 1);
  store_.before_scan = [] { return Status(StatusCode::kUnavailable, "no"); };
  EXPECT_FALSE(timers_.load(store_, 1, at(0)).ok());
  store_.before_scan = [] { return Status(); };
  EXPECT_TRUE(load());
  EXPECT_EQ(due_by(at(10)).size(), 1u);
}

}  // namespace
}  // namespace onerun::actors
