// A merge at opening that has no room on the disk keeps no store from being opened.
#include <gtest/gtest.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "store/rocksdb_store.hpp"
#include "store/small_tables.hpp"
#include "tests/support/collecting_messages.hpp"
#include "tests/support/stores.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::store {
namespace {

namespace fs = std::filesystem;

/// Has no room for the tables of one thread while it is told so. The thread that opens a store also
/// merges its small tables; flushes and merges of RocksDB's own have other threads.
class FullForTables final : public rocksdb::FileSystemWrapper {
 public:
  using rocksdb::FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "FullForTables"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (full_for != std::this_thread::get_id() || !name.ends_with(".sst")) {
      return target()->NewWritableFile(name, options, file, debug);
    }
    ++refused;
    return rocksdb::IOStatus::NoSpace(name);
  }

  std::atomic<std::thread::id> full_for{std::thread::id()};
  std::atomic<int> refused{0};
};

class FailedMerges : public ::testing::Test {
 protected:
  /// Opens the store with that much room, commits a key and closes it. With the durability `memory`
  /// closing writes a table, and opening writes none but those that it merges.
  void live(bool is_full) {
    if (is_full) files_->full_for = std::this_thread::get_id();
    const auto opened = open_rocksdb_store({.data_dir = directory_.path(),
                                            .durability = Durability::kMemory,
                                            .log = log_,
                                            .file_system = files_});
    files_->full_for = std::thread::id();
    ASSERT_TRUE(opened.ok()) << opened.status();
    Store& store = *opened->store;
    for (int life = 0; life < lives_; ++life) {
      ASSERT_EQ(test::get(store, core::Family::kRun, key_of(life)), "value") << life;
    }
    const auto epoch = store.acquire_epoch();
    ASSERT_TRUE(epoch.ok()) << epoch.status();
    const Status committed = test::commit(store, *epoch, [&](core::WriteSet& writes) {
      writes.put(core::Family::kRun, key_of(lives_), "value");
    });
    ASSERT_TRUE(committed.ok()) << committed;
    ++lives_;
    const Status closed = store.close();
    ASSERT_TRUE(closed.ok()) << closed;
  }

  std::size_t tables() const {
    return static_cast<std::size_t>(
        std::count_if(fs::directory_iterator(directory_ / "store"), fs::directory_iterator(),
                      [](const auto& file) { return file.path().extension() == ".sst"; }));
  }

  static std::string key_of(int life) { return std::to_string(1'000 + life); }

  const test::TemporaryDirectory directory_;
  const std::shared_ptr<FullForTables> files_ =
      std::make_shared<FullForTables>(rocksdb::FileSystem::Default());
  const std::shared_ptr<test::CollectingMessages> log_ =
      std::make_shared<test::CollectingMessages>();
  int lives_ = 0;
};

TEST_F(FailedMerges, LeaveAStoreThatOpensAndTakesCommits) {
  while (files_->refused < 5 && lives_ < 60 && !HasFatalFailure()) live(/*is_full=*/true);
  ASSERT_EQ(files_->refused, 5) << "merges were due";
  EXPECT_TRUE(log_->has("small tables were not merged"));

  const std::size_t unmerged = tables();
  live(/*is_full=*/false);
  EXPECT_LT(tables(), unmerged) << "they are merged once there is room";
}

}  // namespace
}  // namespace onerun::store
