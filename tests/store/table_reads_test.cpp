// What the store reads from its tables to say that a key is not there.
#include <gtest/gtest.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "store/rocksdb_store.hpp"
#include "tests/support/stores.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::store {
namespace {

using core::Family;
using core::WriteSet;

/// Counts the bytes that are read from tables, and sees tables go.
class CountingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using rocksdb::FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "CountingFileSystem"; }

  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSRandomAccessFile> table;
    auto status = target()->NewRandomAccessFile(name, options, &table, debug);
    if (status.ok()) *file = std::make_unique<Table>(std::move(table), bytes_read);
    return status;
  }

  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (name.ends_with(".sst")) {
      const std::lock_guard lock(mutex_);
      any_table_is_gone_ = true;
      table_is_gone_.notify_all();
    }
    return target()->DeleteFile(name, options, debug);
  }

  /// Waits until tables were merged. Returns false if that takes too long to be believed.
  bool wait_for_merge() {
    std::unique_lock lock(mutex_);
    return table_is_gone_.wait_for(lock, std::chrono::minutes(2),
                                   [this] { return any_table_is_gone_; });
  }

  std::atomic<std::uint64_t> bytes_read{0};

 private:
  class Table final : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    Table(std::unique_ptr<rocksdb::FSRandomAccessFile> table, std::atomic<std::uint64_t>& bytes)
        : rocksdb::FSRandomAccessFileOwnerWrapper(std::move(table)), bytes_(bytes) {}

    rocksdb::IOStatus Read(std::uint64_t offset, std::size_t size,
                           const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                           rocksdb::IODebugContext* debug) const override {
      bytes_ += size;
      return FSRandomAccessFileWrapper::Read(offset, size, options, result, scratch, debug);
    }

   private:
    std::atomic<std::uint64_t>& bytes_;
  };

  std::mutex mutex_;
  std::condition_variable table_is_gone_;
  bool any_table_is_gone_ = false;
};

TEST(TableReadsTest, DoNotGrowWithTheTableForAKeyThatIsNotThere) {
  constexpr std::size_t kCache = 1 << 20;
  constexpr int kCommits = 60;
  constexpr int kKeysACommit = 10'000;  // in all, their filter takes most of the cache
  constexpr int kLookups = 2'000;
  constexpr std::uint64_t kBytesALookup =
      100'000;  // a few blocks, and what a merge reads meanwhile

  const test::TemporaryDirectory directory;
  const auto files = std::make_shared<CountingFileSystem>(rocksdb::FileSystem::Default());
  auto opened = open_rocksdb_store(
      {.data_dir = directory.path(),
       .durability = Durability::kAsync,
       .tuning = {.memtable_bytes = std::size_t{8} << 20, .block_cache_bytes = kCache},
       .file_system = files});
  ASSERT_TRUE(opened.ok()) << opened.status();
  Store& store = *opened->store;
  const Epoch epoch = *store.acquire_epoch();
  for (int i = 0; i < kCommits; ++i) {
    ASSERT_TRUE(test::commit(store, epoch, [&](WriteSet& writes) {
                  for (int j = 0; j < kKeysACommit; ++j) {
                    writes.put(Family::kHead,
                               "id " + std::to_string(j) + " of " + std::to_string(i),
                               std::string(40, 'v'));
                  }
                }).ok());
  }
  ASSERT_TRUE(files->wait_for_merge());

  const std::uint64_t before = files->bytes_read;
  for (int i = 0; i < kLookups; ++i) {
    EXPECT_EQ(test::get(store, Family::kHead, "id " + std::to_string(i) + " of none"), "<none>");
  }
  EXPECT_LT((files->bytes_read - before) / kLookups, kBytesALookup);
}

}  // namespace
}  // namespace onerun::store
