// What every store must do. The same tests run against each of them.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "store/memory_store.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/support/stores.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::store {
namespace {

using core::Family;
using core::WriteSet;
using test::commit;
using test::get;
using test::scan;

class StoreConformance : public ::testing::TestWithParam<const char*> {
 protected:
  StoreConformance() {
    if (GetParam() == std::string("memory")) {
      store_ = std::make_unique<MemoryStore>();
    } else {
      auto opened = open_rocksdb_store({.data_dir = directory_.path()});
      EXPECT_TRUE(opened.ok()) << opened.status();
      store_ = std::move(opened->store);
    }
    epoch_ = *store_->acquire_epoch();
  }

  Status put(std::string_view key, std::string_view value) {
    return commit(*store_, epoch_, [&](WriteSet& w) { w.put(Family::kRun, key, value); });
  }

  test::TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
  Epoch epoch_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreConformance, ::testing::Values("memory", "rocksdb"),
                         [](const auto& store) { return store.param; });

TEST_P(StoreConformance, BeginsEmpty) {
  EXPECT_EQ(store_->last_commit(), 0u);
  EXPECT_EQ(get(*store_, Family::kHead, "k"), "<none>");
  EXPECT_TRUE(scan(*store_, Family::kHead, "", "\xFF").empty());
}

TEST_P(StoreConformance, ReadsWhatWasPut) {
  ASSERT_TRUE(put("k", "v").ok());
  EXPECT_EQ(get(*store_, Family::kRun, "k"), "v");
  ASSERT_TRUE(put("k", "").ok());
  EXPECT_EQ(get(*store_, Family::kRun, "k"), "") << "an empty value is a value";
}

TEST_P(StoreConformance, KeepsFamiliesApart) {
  ASSERT_TRUE(put("k", "v").ok());
  for (const Family family :
       {Family::kHead, Family::kEvent, Family::kTimer, Family::kDue, Family::kMeta}) {
    EXPECT_EQ(get(*store_, family, "k"), "<none>");
  }
}

TEST_P(StoreConformance, AppendsBehindWhatIsThere) {
  const auto append = [&](std::string_view text) {
    return commit(*store_, epoch_, [&](WriteSet& w) { w.append(Family::kRun, "k", text); });
  };
  ASSERT_TRUE(append("a").ok()) << "to nothing";
  ASSERT_TRUE(append("b").ok());
  ASSERT_TRUE(append("").ok());
  ASSERT_TRUE(append("c").ok());
  EXPECT_EQ(get(*store_, Family::kRun, "k"), "abc");
  EXPECT_EQ(scan(*store_, Family::kRun, "", "z"),
            (std::vector<std::pair<std::string, std::string>>{{"k", "abc"}}));
}

TEST_P(StoreConformance, AppliesTheWritesOfACommitInOrder) {
  ASSERT_TRUE(commit(*store_, epoch_, [](WriteSet& w) {
                w.put(Family::kRun, "k", "1");
                w.append(Family::kRun, "k", "2");
                w.erase(Family::kRun, "k");
                w.append(Family::kRun, "k", "3");
                w.append(Family::kRun, "k", "4");
                w.put(Family::kRun, "gone", "x");
                w.erase(Family::kRun, "gone");
              }).ok());
  EXPECT_EQ(get(*store_, Family::kRun, "k"), "34");
  EXPECT_EQ(get(*store_, Family::kRun, "gone"), "<none>");
}

TEST_P(StoreConformance, KeepsTheOrderOfTheWritesOfAKeyAmongManyOthers) {
  constexpr int kWrites = 100;
  ASSERT_TRUE(commit(*store_, epoch_, [](WriteSet& w) {
                for (int i = kWrites; i > 0; --i) {
                  w.put(Family::kHead, "key-" + std::to_string(i % 7), std::to_string(i));
                  w.put(Family::kHead, "once-" + std::to_string(i), "x");
                }
              }).ok());
  for (int i = 0; i < 7; ++i) {
    const std::string last = std::to_string(i == 0 ? 7 : i);
    EXPECT_EQ(get(*store_, Family::kHead, "key-" + std::to_string(i)), last);
  }
}

TEST_P(StoreConformance, ErasesARangeAtItsPlaceInTheOrder) {
  ASSERT_TRUE(commit(*store_, epoch_, [](WriteSet& w) {
                for (const char* key : {"a", "b", "c", "d"}) w.put(Family::kEvent, key, "1");
              }).ok());
  ASSERT_TRUE(commit(*store_, epoch_, [](WriteSet& w) {
                w.put(Family::kEvent, "bb", "before");
                w.erase_range(Family::kEvent, "b", "d");
                w.put(Family::kEvent, "bc", "behind");
              }).ok());
  const std::vector<std::pair<std::string, std::string>> left = {
      {"a", "1"}, {"bc", "behind"}, {"d", "1"}};
  EXPECT_EQ(scan(*store_, Family::kEvent, "", "z"), left);
  EXPECT_EQ(get(*store_, Family::kEvent, "bb"), "<none>");
}

TEST_P(StoreConformance, ErasesWhatIsNotThere) {
  EXPECT_TRUE(commit(*store_, epoch_, [](WriteSet& w) { w.erase(Family::kRun, "never"); }).ok());
}

TEST_P(StoreConformance, TakesAnyBytes) {
  const std::string key("\0\xFF\0k", 4);
  const std::string value("\0\0v\xFF", 4);
  ASSERT_TRUE(put(key, value).ok());
  EXPECT_EQ(get(*store_, Family::kRun, key), value);
  EXPECT_EQ(get(*store_, Family::kRun, std::string_view(key).substr(0, 3)), "<none>");
}

TEST_P(StoreConformance, ScansInByteOrderWithoutTheLastKey) {
  for (const char* key : {"b", "a", "\xFF", "aa", "c"}) ASSERT_TRUE(put(key, key).ok());
  std::vector<std::string> keys;
  for (const auto& [key, value] : scan(*store_, Family::kRun, "a", "c")) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"a", "aa", "b"}));
  EXPECT_TRUE(scan(*store_, Family::kRun, "c", "a").empty()) << "an empty range";
}

TEST_P(StoreConformance, StopsAScanWhenTheVisitorSaysSo) {
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(put(key, "").ok());
  int visited = 0;
  ASSERT_TRUE(store_
                  ->scan(Family::kRun, "a", "z",
                         [&](std::string_view, std::string_view) { return ++visited < 2; })
                  .ok());
  EXPECT_EQ(visited, 2);
}

TEST_P(StoreConformance, NumbersCommitsWithoutAGap) {
  ASSERT_TRUE(put("k", "1").ok());
  EXPECT_EQ(store_->last_commit(), 1u);
  WriteSet writes;
  writes.put(Family::kRun, "k", "2");
  const WriteSet* pointer = &writes;
  for (const CommitNumber wrong : {0u, 1u, 3u}) {
    const Status status =
        store_->commit({.epoch = epoch_, .number = wrong, .writes = {&pointer, 1}});
    EXPECT_EQ(status.code(), StatusCode::kInternal) << wrong;
  }
  EXPECT_EQ(store_->last_commit(), 1u);
  EXPECT_EQ(get(*store_, Family::kRun, "k"), "1");
  EXPECT_TRUE(store_->commit({.epoch = epoch_, .number = 2, .writes = {&pointer, 1}}).ok());
}

TEST_P(StoreConformance, FencesOffEarlierOwners) {
  ASSERT_TRUE(put("k", "mine").ok());
  const Epoch next = *store_->acquire_epoch();
  EXPECT_GT(next, epoch_);
  EXPECT_EQ(put("k", "stale").code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(get(*store_, Family::kRun, "k"), "mine");
  epoch_ = next + 1;
  EXPECT_EQ(put("k", "from the future").code(), StatusCode::kFailedPrecondition);
  epoch_ = next;
  EXPECT_TRUE(put("k", "theirs").ok());
}

TEST_P(StoreConformance, TakesACommitOfManyWriteSets) {
  std::vector<WriteSet> sets(100);
  std::vector<const WriteSet*> pointers;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    sets[i].put(Family::kRun, "k" + std::to_string(i), "v");
    pointers.push_back(&sets[i]);
  }
  ASSERT_TRUE(store_->commit({.epoch = epoch_, .number = 1, .writes = pointers}).ok());
  EXPECT_EQ(scan(*store_, Family::kRun, "k", "l").size(), 100u);
}

TEST_P(StoreConformance, CommitsWithoutSyncAndSyncsLater) {
  ASSERT_TRUE(commit(
                  *store_, epoch_, [](WriteSet& w) { w.put(Family::kRun, "k", "v"); }, false)
                  .ok());
  EXPECT_EQ(get(*store_, Family::kRun, "k"), "v");
  EXPECT_TRUE(store_->sync().ok());
}

TEST_P(StoreConformance, NeverShowsHalfACommit) {
  // One thread commits the same number under two keys; a scan must see them equal.
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 1; i <= 500; ++i) {
      ASSERT_TRUE(commit(
                      *store_, epoch_,
                      [&](WriteSet& w) {
                        w.put(Family::kRun, "a", std::to_string(i));
                        w.put(Family::kRun, "b", std::to_string(i));
                      },
                      false)
                      .ok());
    }
    done = true;
  });
  int torn = 0;
  while (!done) {
    const auto seen = scan(*store_, Family::kRun, "a", "c");
    if (seen.size() == 1 || (seen.size() == 2 && seen[0].second != seen[1].second)) ++torn;
  }
  writer.join();
  EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace onerun::store
