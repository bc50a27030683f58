// Run ids: UUIDv7, growing within a source, unique over threads and clocks that step back.
#include "runtime/id_source.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "onerun/testing.hpp"

namespace onerun::runtime {
namespace {

Timestamp at(std::int64_t ms) { return Timestamp(Duration(ms)); }

TEST(IdSource, MintsVersion7WithTheTimeInFront) {
  SystemIdSource source;
  const RunId id = source.next_run_id(at(0x017F22E279B0));
  ASSERT_TRUE(id.is_uuid());
  EXPECT_EQ(id.text().substr(0, 15), "017f22e2-79b0-7");
}

TEST(IdSource, GrowsWhateverTheClockDoes) {
  SystemIdSource source;
  RunId before;
  for (const std::int64_t ms : {1'000, 1'000, 1'001, 5, 5, -7, 1'000, 2'000}) {
    const RunId next = source.next_run_id(at(ms));
    EXPECT_LT(before, next) << ms;
    before = next;
  }
}

TEST(IdSource, GrowsThroughMoreIdsThanOneMillisecondHolds) {
  SystemIdSource source;
  RunId before;
  for (int i = 0; i < 10'000; ++i) {
    const RunId next = source.next_run_id(at(1'000));
    ASSERT_LT(before, next);
    before = next;
  }
}

TEST(IdSource, NeverGivesTheSameIdToTwoThreads) {
  SystemIdSource source;
  std::vector<std::vector<RunId>> minted(4);
  std::vector<std::thread> threads;
  for (auto& mine : minted) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) mine.push_back(source.next_run_id(at(1'000 + i / 100)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<RunId> all;
  for (const auto& mine : minted) {
    EXPECT_TRUE(std::ranges::is_sorted(mine)) << "each thread sees them grow";
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
}

TEST(IdSource, MintsRandomNamespaceIds) {
  SystemIdSource source;
  const Uuid first = source.next_namespace_id();
  EXPECT_EQ(first[6] >> 4, 4);
  EXPECT_NE(first, source.next_namespace_id());
}

TEST(SeededIdSource, RepeatsItself) {
  testing::SeededIdSource one(7);
  testing::SeededIdSource same(7);
  testing::SeededIdSource other(8);
  for (int i = 0; i < 100; ++i) {
    const RunId id = one.next_run_id(at(i));
    EXPECT_EQ(id, same.next_run_id(at(i)));
    EXPECT_NE(id, other.next_run_id(at(i)));
  }
}

TEST(ManualClock, MovesOnlyWhenTold) {
  testing::ManualClock clock(at(100));
  EXPECT_EQ(clock.now(), at(100));
  clock.advance(Duration(5));
  EXPECT_EQ(clock.now(), at(105));
  clock.set(at(3));
  EXPECT_EQ(clock.now(), at(3));
}

TEST(SystemClock, TellsTheTime) {
  const auto before = std::chrono::system_clock::now();
  const Timestamp now = SystemClock().now();
  EXPECT_GE(now, std::chrono::time_point_cast<Duration>(before));
}

}  // namespace
}  // namespace onerun::runtime
