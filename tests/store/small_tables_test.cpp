// Table files stay few, however often a store is opened.
#include "store/small_tables.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "store/rocksdb_store.hpp"
#include "tests/support/stores.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::store {
namespace {

using Sizes = std::vector<std::uint64_t>;

constexpr std::uint64_t kSmall = kSmallTableBytes - 1;
constexpr std::uint64_t kLarge = kSmallTableBytes;

/// A level with tables of these sizes, named by their places.
rocksdb::LevelMetaData level_of(const Sizes& sizes) {
  std::vector<rocksdb::SstFileMetaData> tables(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    tables[i].size = sizes[i];
    tables[i].relative_filename = std::to_string(i);
  }
  return rocksdb::LevelMetaData(1, 0, std::move(tables));
}

TEST(SmallNeighbours, AreLeftAloneWhileTheyAreFew) {
  EXPECT_TRUE(small_neighbours(level_of(Sizes(kSmallTablesSideBySide, 1))).empty());
  EXPECT_TRUE(small_neighbours(level_of(Sizes(100, kLarge))).empty());
}

TEST(SmallNeighbours, LieSideBySide) {
  Sizes sizes(kSmallTablesSideBySide, 1);
  sizes.push_back(kLarge);
  sizes.insert(sizes.end(), kSmallTablesSideBySide + 1, 1);
  const auto places = small_neighbours(level_of(sizes));
  ASSERT_EQ(places.size(), 1u);
  EXPECT_EQ(places[0].size(), kSmallTablesSideBySide + 1);
  EXPECT_EQ(places[0].front(), std::to_string(kSmallTablesSideBySide + 1));
}

TEST(SmallNeighbours, AreBoundedInBytes) {
  const auto places = small_neighbours(level_of(Sizes(40, kSmall)));
  ASSERT_EQ(places.size(), 2u);
  EXPECT_EQ(places[0].size(), kMostMergedBytes / kSmall);
}

TEST(SmallNeighbours, AreLeftAloneWhileTheyAreMerged) {
  auto level = level_of(Sizes(40, 1));
  std::vector<rocksdb::SstFileMetaData> tables = level.files;
  for (std::size_t i = 0; i < tables.size(); i += kSmallTablesSideBySide) {
    tables[i].being_compacted = true;
  }
  EXPECT_TRUE(small_neighbours(rocksdb::LevelMetaData(1, 0, std::move(tables))).empty());
}

/// Opens a store, commits keys behind all that there are to three families, and lets it go: the
/// next life finds them in the log.
void live_shortly(const std::filesystem::path& directory, int life) {
  const auto opened = open_rocksdb_store({.data_dir = directory});
  ASSERT_TRUE(opened.ok()) << opened.status();
  const auto epoch = opened->store->acquire_epoch();
  const std::string key = std::to_string(1'000'000 + life);
  ASSERT_TRUE(
      test::commit(*opened->store, *epoch, [&](core::WriteSet& writes) {
        for (const auto family : {core::Family::kHead, core::Family::kRun, core::Family::kOpen}) {
          writes.put(family, key, "value " + key);
        }
      }).ok());
}

std::size_t tables_in(const std::filesystem::path& directory) {
  std::size_t tables = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory)) {
    if (file.path().extension() == ".sst") ++tables;
  }
  return tables;
}

TEST(SmallTables, StayFewOverManyOpenings) {
  constexpr int kLives = 60;
  const test::TemporaryDirectory directory;
  for (int life = 0; life < kLives; ++life) live_shortly(directory.path(), life);
  // Four families: in each a few in the first level, and a few in the next.
  EXPECT_LE(tables_in(directory.path()), 4 * 2 * (kSmallTablesSideBySide + 1));
  const auto opened = open_rocksdb_store({.data_dir = directory.path()});
  ASSERT_TRUE(opened.ok()) << opened.status();
  for (int life = 0; life < kLives; ++life) {
    const std::string key = std::to_string(1'000'000 + life);
    EXPECT_EQ(test::get(*opened->store, core::Family::kRun, key), "value " + key);
  }
}

}  // namespace
}  // namespace onerun::store
