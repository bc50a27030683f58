// A RocksDB database with the families of a store: how it is opened, read, written and closed.
// What commits, epochs and marks mean is not known here.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "core/write_set.hpp"
#include "store/rocksdb_options.hpp"
#include "store/store.hpp"

namespace onerun::store {

/// What opening a database may do.
enum class Access {
  kCreate,   ///< make it, if it is not there
  kWrite,    ///< write; families that it lacks are made
  kRead,     ///< read
  kReadOld,  ///< read; it may lack families, which are then empty
};

/// Threads: `get`, `scan` and `memory_use` from many at any time; all others from one at a time.
class Database final : public StoreReader {
 public:
  /// `last_commit` tells the pace of work in the background; it must outlive the database.
  Database(const RocksDbStoreOptions& options, std::filesystem::path directory,
           const std::atomic<CommitNumber>& last_commit);
  ~Database() override { close(); }

  /// Errors: those of `open_rocksdb_store`, as far as they are about the database.
  Status open(Access access);
  void close();

  Result<bool> get(Family family, std::string_view key, std::string& value) const override;
  Status scan(Family family, std::string_view first, std::string_view last,
              const Visitor& visit) const override;

  /// Adds a write to the batch that `write` writes.
  Status add(const core::Write& write);
  void clear_batch() { batch_.Clear(); }

  /// Writes the batch. Errors: `what` names the call.
  Status write(const rocksdb::WriteOptions& options, std::string_view what);

  /// Writes one key, durably.
  Status put_durably(std::string_view key_of_meta, std::string_view value, std::string_view what);

  Status sync_log();

  /// Makes durable what is in no log.
  Status flush();

  MemoryUse memory_use() const {
    return {.memtables = memtables_->memory_usage(), .block_cache = block_cache_->GetUsage()};
  }

  /// Changes that were ever written to it.
  std::uint64_t changes() const { return db_->GetLatestSequenceNumber(); }

  /// Where the log could not be read on, while it was opened.
  const LogDamage& damage() const { return damage_; }

 private:
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return handles_[family]; }

  Status open_all(const rocksdb::DBOptions& database, Access access);
  Status open_families(const rocksdb::DBOptions& database, Access access);
  Result<std::vector<Family>> families_to_open(const rocksdb::DBOptions& database,
                                               Access access) const;
  Status merge_or_open_again(const rocksdb::DBOptions& database);
  Status merge_small_tables();

  const RocksDbStoreOptions options_;
  const std::filesystem::path directory_;
  const std::atomic<CommitNumber>& last_commit_;
  LogDamage damage_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
  std::shared_ptr<rocksdb::Cache> block_cache_;
  std::shared_ptr<const rocksdb::WriteBufferManager> memtables_;  ///< counts their bytes
  core::PerFamily<rocksdb::ColumnFamilyHandle*> handles_;         ///< null: the database lacks it
  rocksdb::ColumnFamilyHandle* default_handle_ = nullptr;
  rocksdb::WriteBatch batch_;
};

}  // namespace onerun::store
