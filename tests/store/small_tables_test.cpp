// Table files stay few, however often a store is opened.
#include "store/small_tables.hpp"

#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "store/rocksdb_store.hpp"
#include "tests/support/collecting_messages.hpp"
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

TEST(SmallNeighbours, AreTakenAsFarAsTheyAreWhole) {
  const std::vector<std::vector<std::string>> places = {
      {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"},
      {"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"}};
  const auto taken_without = [&](const std::string& damaged) {
    std::string taken;
    const auto is_whole = [&](const std::string& table) {
      return damaged.find(table) == damaged.npos;
    };
    for (const std::string& table : first_whole(places, is_whole)) taken += table;
    return taken;
  };
  EXPECT_EQ(taken_without(""), "abcdefghij");
  EXPECT_EQ(taken_without("a"), "bcdefghij");
  EXPECT_EQ(taken_without("j"), "abcdefghi");
  EXPECT_EQ(taken_without("b"), "ABCDEFGHIJK") << "the rest of the first place are few";
  EXPECT_EQ(taken_without("eB"), "CDEFGHIJK");
  EXPECT_EQ(taken_without("eE"), "");
}

TEST(SmallNeighbours, AreLeftAloneWhileTheyAreMerged) {
  auto level = level_of(Sizes(40, 1));
  std::vector<rocksdb::SstFileMetaData> tables = level.files;
  for (std::size_t i = 0; i < tables.size(); i += kSmallTablesSideBySide) {
    tables[i].being_compacted = true;
  }
  EXPECT_TRUE(small_neighbours(rocksdb::LevelMetaData(1, 0, std::move(tables))).empty());
}

std::string key_of(int life) { return std::to_string(1'000'000 + life); }

/// Has nothing in common with the key that a compressed block could leave out.
std::string value_of(core::Family family, int life) {
  return std::string(name_of(family)) + " " + std::to_string(7'919 * (life + 1));
}

/// Opens a store, commits keys behind all that there are to three families, and lets it go: the
/// next life finds them in the log.
void live_shortly(const std::filesystem::path& directory, int life,
                  std::shared_ptr<LogSink> log = nullptr) {
  const auto opened = open_rocksdb_store({.data_dir = directory, .log = std::move(log)});
  ASSERT_TRUE(opened.ok()) << opened.status();
  const auto epoch = opened->store->acquire_epoch();
  ASSERT_TRUE(epoch.ok()) << epoch.status();
  ASSERT_TRUE(
      test::commit(*opened->store, *epoch, [&](core::WriteSet& writes) {
        for (const auto family : {core::Family::kHead, core::Family::kRun, core::Family::kOpen}) {
          writes.put(family, key_of(life), value_of(family, life));
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
    EXPECT_EQ(test::get(*opened->store, core::Family::kRun, key_of(life)),
              value_of(core::Family::kRun, life));
  }
}

/// Gives a store tables with one run each, on a level where RocksDB leaves them in peace.
void add_tables(const std::filesystem::path& directory, int tables) {
  ASSERT_TRUE(open_rocksdb_store({.data_dir = directory}).ok());
  const std::string store = (directory / "store").string();
  std::vector<std::string> names;
  ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, store, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, store, families, &handles, &db).ok());
  const std::unique_ptr<rocksdb::DB> owned(db);
  const auto run = std::ranges::find(handles, name_of(core::Family::kRun),
                                     [](const auto* handle) { return handle->GetName(); });
  std::vector<std::string> files;
  for (int life = 0; life < tables; ++life) {
    files.push_back((directory / key_of(life)).string());
    rocksdb::SstFileWriter writer({}, {});
    ASSERT_TRUE(writer.Open(files.back()).ok());
    ASSERT_TRUE(writer.Put(key_of(life), value_of(core::Family::kRun, life)).ok());
    ASSERT_TRUE(writer.Finish().ok());
  }
  EXPECT_TRUE(db->IngestExternalFile(*run, files, {}).ok());
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    EXPECT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  }
}

/// Flips a bit of that text in the table that has it. Returns the table's path.
std::filesystem::path damage(const std::filesystem::path& directory, const std::string& text) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory)) {
    if (file.path().extension() != ".sst") continue;
    std::stringstream bytes;
    bytes << std::ifstream(file.path(), std::ios::binary).rdbuf();
    std::string damaged = bytes.str();
    const std::size_t at = damaged.find(text);
    if (at == damaged.npos) continue;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    std::ofstream(file.path(), std::ios::binary | std::ios::trunc) << damaged;
    return file.path();
  }
  return {};
}

TEST(SmallTables, ThatAreDamagedAreNotMergedAndTheStoreOpens) {
  constexpr int kTables = 2 + kSmallTablesSideBySide + 1;
  constexpr int kDamaged = 1;
  const test::TemporaryDirectory directory;
  add_tables(directory.path(), kTables);
  const auto table = damage(directory.path(), value_of(core::Family::kRun, kDamaged));
  ASSERT_FALSE(table.empty());

  const auto log = std::make_shared<test::CollectingMessages>();
  live_shortly(directory.path(), kTables, log);
  EXPECT_TRUE(log->has(table.filename().string() + " is left out of a merge: Corruption"));
  live_shortly(directory.path(), kTables + 1);
  EXPECT_TRUE(exists(table));
  EXPECT_LT(tables_in(directory.path()), kTables) << "those behind it are merged";

  const auto opened = open_rocksdb_store({.data_dir = directory.path()});
  ASSERT_TRUE(opened.ok()) << opened.status();
  for (int life = 0; life < kTables + 2; ++life) {
    std::string value;
    const auto found = opened->store->get(core::Family::kRun, key_of(life), value);
    if (life == kDamaged) {
      EXPECT_EQ(found.code(), StatusCode::kDataLoss);
    } else {
      EXPECT_EQ(value, value_of(core::Family::kRun, life)) << found.status();
    }
  }
}

}  // namespace
}  // namespace onerun::store
