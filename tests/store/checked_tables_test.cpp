// A table that is damaged where RocksDB looks first is opened or refused, and never ends the
// process.
#include "store/checked_tables.hpp"

#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "store/rocksdb_store.hpp"
#include "tests/support/stores.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::store {
namespace {

namespace fs = std::filesystem;

/// At least the properties of a small table, the list of its special blocks and its footer.
constexpr std::size_t kSpecialBlocks = 1400;

class CheckedTables : public ::testing::Test {
 protected:
  /// A table as a store makes it.
  CheckedTables() {
    {
      auto opened = open_rocksdb_store({.data_dir = directory_ / "data"});
      const auto epoch = opened->store->acquire_epoch();
      EXPECT_TRUE(test::commit(*opened->store, *epoch, [](core::WriteSet& writes) {
                    writes.put(core::Family::kRun, "key", "value");
                  }).ok());
    }
    // What was in the log becomes tables.
    EXPECT_TRUE(open_rocksdb_store({.data_dir = directory_ / "data"}).ok());
    for (const auto& file : fs::directory_iterator(directory_ / "data" / "store")) {
      if (file.path().extension() != ".sst") continue;
      std::stringstream bytes;
      bytes << std::ifstream(file.path(), std::ios::binary).rdbuf();
      whole_ = bytes.str();
    }
    options_.env = env_.get();
  }

  rocksdb::Status open(const std::string& bytes) {
    std::ofstream(table_, std::ios::binary | std::ios::trunc) << bytes;
    return rocksdb::SstFileReader(options_).Open(table_.string());
  }

  const test::TemporaryDirectory directory_;
  const fs::path table_ = directory_ / "000042.sst";
  const std::unique_ptr<rocksdb::Env> env_ =
      rocksdb::NewCompositeEnv(check_tables(rocksdb::FileSystem::Default()));
  rocksdb::Options options_;
  std::string whole_;
};

TEST_F(CheckedTables, OpenIfTheyAreWhole) {
  ASSERT_GT(whole_.size(), 500u);
  EXPECT_TRUE(open(whole_).ok());
}

TEST_F(CheckedTables, WithAnyBitFlippedAreOpenedOrRefused) {
  int by_name = 0;
  for (std::size_t at = whole_.size() - std::min(whole_.size(), kSpecialBlocks); at < whole_.size();
       ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole_;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const rocksdb::Status opened = open(damaged);
      if (opened.ToString().find("restart count") == std::string::npos) continue;
      EXPECT_NE(opened.ToString().find("000042.sst"), std::string::npos) << opened.ToString();
      ++by_name;
    }
  }
  EXPECT_EQ(by_name, 1) << "the bit that would have ended the process";
}

TEST_F(CheckedTables, CutAnywhereAreOpenedOrRefused) {
  for (std::size_t size = 0; size < whole_.size(); size += 3) {
    EXPECT_FALSE(open(whole_.substr(0, size)).ok()) << size;
  }
}

}  // namespace
}  // namespace onerun::store
