#include "store/rocksdb_store.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "core/big_endian.hpp"
#include "core/fault.hpp"
#include "core/keys.hpp"
#include "core/text.hpp"
#include "onerun/version.hpp"
#include "store/commit_check.hpp"
#include "store/files.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;

constexpr std::array<Family, core::kFamilies> kAllFamilies = {
    Family::kHead, Family::kRun, Family::kEvent, Family::kTimer, Family::kDue, Family::kMeta};

/// The value of a key with appends is everything that was put and appended, in order.
class AppendOperator final : public rocksdb::MergeOperator {
 public:
  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    out->new_value.clear();
    if (in.existing_value != nullptr) {
      out->new_value.assign(in.existing_value->data(), in.existing_value->size());
    }
    for (const rocksdb::Slice& operand : in.operand_list) {
      out->new_value.append(operand.data(), operand.size());
    }
    return true;
  }

  bool PartialMerge(const rocksdb::Slice&, const rocksdb::Slice& left, const rocksdb::Slice& right,
                    std::string* out, rocksdb::Logger*) const override {
    out->assign(left.data(), left.size());
    out->append(right.data(), right.size());
    return true;
  }

  const char* Name() const override { return "onerun.append"; }
};

/// Hands RocksDB's own log to the host's. Never to a file beside the data: Debian builds RocksDB
/// with assertions, and its file logger ends the process with one when the disk is full.
class LogToSink final : public rocksdb::Logger {
 public:
  explicit LogToSink(std::shared_ptr<LogSink> sink)
      : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL), sink_(std::move(sink)) {}

  using rocksdb::Logger::Logv;
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    const LogLevel ours =
        level >= rocksdb::InfoLogLevel::ERROR_LEVEL ? LogLevel::kError : LogLevel::kWarning;
    if (sink_ == nullptr || level < GetInfoLogLevel() || !sink_->enabled(ours)) return;
    std::array<char, 1024> text;
    std::vsnprintf(text.data(), text.size(), format, arguments);
    std::string message = std::string("rocksdb: ") + text.data();
    while (message.ends_with('\n')) message.pop_back();
    sink_->write({.level = ours, .message = message});
  }
  void Logv(const char*, va_list) override {}

 private:
  const std::shared_ptr<LogSink> sink_;
};

/// After an error RocksDB would by itself try again what failed. A failed write is never followed
/// by another here: the store is opened again instead.
class NoRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

Status from_rocksdb(const rocksdb::Status& error, std::string_view what) {
  if (error.ok()) return {};
  const std::string text = error.ToString();
  const std::string message = "store: " + std::string(what) + ": " + text;
  if (error.IsCorruption() || error.IsInvalidArgument()) {
    return Status(StatusCode::kDataLoss, message,
                  Corruption{.family = "store", .key = {}, .reason = text});
  }
  if (error.IsNoSpace()) return Status(StatusCode::kResourceExhausted, message);
  if (error.IsPathNotFound()) {
    return Status(StatusCode::kDataLoss, message,
                  Corruption{.family = "store", .key = {}, .reason = text});
  }
  if (text.find("Permission denied") != std::string::npos) {
    return Status(StatusCode::kPermissionDenied, message);
  }
  return Status(StatusCode::kUnavailable, message);
}

Status read_error(const rocksdb::Status& error, Family family, std::string_view key) {
  const std::string text = error.ToString();
  const std::string where = "family " + std::string(name_of(family)) + ", key " + core::to_hex(key);
  if (error.IsCorruption()) {
    return Status(StatusCode::kDataLoss, where + ": " + text,
                  Corruption{std::string(name_of(family)), core::to_hex(key), text});
  }
  return Status(StatusCode::kUnavailable, where + ": " + text);
}

rocksdb::ColumnFamilyOptions family_options(Family family, const RocksDbOptions& tuning,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  // Indexes and filters count against the cache, so that memory does not grow with the store.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // In parts: the filter of a file in one piece is larger than a shard of the cache when the file
  // has a few million keys, and would be read from the disk for each id that is not there.
  table.partition_filters = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.metadata_block_size = std::uint64_t{16} << 10;
  table.format_version = 5;

  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.merge_operator = std::make_shared<AppendOperator>();
  options.write_buffer_size = tuning.memtable_bytes;
  options.max_write_buffer_number = 4;
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kZSTD;
  // Admission bounds what comes in; the store must not stall a commit in the middle.
  options.level0_slowdown_writes_trigger = 40;
  options.level0_stop_writes_trigger = 60;
  options.soft_pending_compaction_bytes_limit = 0;
  options.hard_pending_compaction_bytes_limit = 0;
  if (family == Family::kHead) {
    // Most starts ask for a workflow id that is not there: let the memtables say so quickly.
    options.memtable_prefix_bloom_size_ratio = 0.1;
    options.memtable_whole_key_filtering = true;
  }
  if (family == Family::kDue || family == Family::kRun) {
    // Reclaimed ranges leave tombstones that scans would walk over again and again.
    options.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(4096, 2048));
  }
  return options;
}

rocksdb::DBOptions db_options(const RocksDbStoreOptions& options, bool create) {
  rocksdb::DBOptions db;
  db.create_if_missing = create;
  db.create_missing_column_families = create;
  db.paranoid_checks = true;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // A log in the middle that is gone, or was cut at the end of a record, would not be missed.
  db.track_and_verify_wals_in_manifest = true;
  db.max_total_wal_size = options.tuning.max_log_bytes;
  db.db_write_buffer_size = 4 * options.tuning.memtable_bytes;
  db.max_open_files = -1;
  db.max_background_jobs = 2;
  db.bytes_per_sync = std::uint64_t{1} << 20;
  db.enable_write_thread_adaptive_yield = false;  // there is one writer
  db.allow_concurrent_memtable_write = false;
  db.avoid_flush_during_recovery = true;
  db.skip_stats_update_on_db_open = true;
  // Without a log the families are only consistent with each other if they are flushed together.
  db.atomic_flush = options.durability == Durability::kMemory;
  db.info_log = std::make_shared<LogToSink>(options.log);
  db.listeners.push_back(std::make_shared<NoRecovery>());
  db.max_bgerror_resume_count = 0;
  return db;
}

std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }
rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

class RocksDbStore final : public Store {
 public:
  RocksDbStore(const RocksDbStoreOptions& options, FileDescriptor lock)
      : options_(options), lock_(std::move(lock)) {}

  ~RocksDbStore() override {
    if (db_ == nullptr) return;
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      if (handle != nullptr) static_cast<void>(db_->DestroyColumnFamilyHandle(handle));
    }
    if (default_handle_ != nullptr) {
      static_cast<void>(db_->DestroyColumnFamilyHandle(default_handle_));
    }
    static_cast<void>(db_->Close());
  }

  Status open();
  Status open_to_read();
  std::uint64_t lost_commits() const { return lost_commits_; }

  Result<Epoch> acquire_epoch() override;
  CommitNumber last_commit() const override { return last_commit_.load(std::memory_order_acquire); }
  Status commit(const Commit& commit) override;
  Status sync() override;
  Status close() override;
  void rest() override;
  Result<bool> get(Family family, std::string_view key, std::string& value) const override;
  Status scan(Family family, std::string_view first, std::string_view last,
              const Visitor& visit) const override;

 private:
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_[static_cast<std::size_t>(family)];
  }

  enum class Access { kCreate, kWrite, kRead };

  Status open_database(Access access);
  Status read_numbers();
  Status read_number(std::string_view key, std::uint64_t& number) const;
  Status check_format(std::optional<unsigned> directory_format);
  Status check_high_water(bool is_new);
  Status check_mark(CommitNumber noted) const;
  Status add(const core::Write& write);
  Status write(const Commit& commit);
  Status fail_stop(Status status);

  const RocksDbStoreOptions options_;
  FileDescriptor lock_;
  std::unique_ptr<rocksdb::Env> env_;  ///< if it is not the machine's
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, core::kFamilies> handles_{};
  rocksdb::ColumnFamilyHandle* default_handle_ = nullptr;
  std::optional<HighWaterMark> mark_;  ///< set once the store is known to be whole
  rocksdb::WriteBatch batch_;
  Epoch epoch_ = 0;
  std::atomic<CommitNumber> last_commit_{0};
  std::uint64_t lost_commits_ = 0;
  Status fault_;  ///< the first failed write; none is tried after it, and no sync a second time
};

Status RocksDbStore::open() {
  const auto format = read_format(options_.data_dir);
  if (!format.ok()) return format.status();
  Status status = check_format(*format);
  if (!status.ok()) return status;

  const bool is_new = !format->has_value();
  ONERUN_KILL_POINT(kRecovering);
  status = open_database(is_new ? Access::kCreate : Access::kWrite);
  ONERUN_KILL_POINT(kRecovering);
  if (status.ok()) status = read_numbers();
  if (!status.ok()) return status;
  if (is_new && last_commit() > 0) {
    return Status(StatusCode::kDataLoss,
                  options_.data_dir.string() + " holds a store with " +
                      std::to_string(last_commit()) + " commits, but its format file is missing",
                  Corruption{.family = "FORMAT", .key = {}, .reason = "missing"});
  }
  status = check_high_water(is_new);
  if (!status.ok() || !is_new) return status;

  // The format file comes last: until it is there, the directory counts as empty.
  rocksdb::WriteOptions durable;
  durable.sync = true;
  status = from_rocksdb(db_->Put(durable, handle(Family::kMeta), slice(keys::kFormat),
                                 slice(core::big_endian(std::uint64_t{kFormatVersion}))),
                        "write the format");
  if (!status.ok()) return status;
  return write_format(options_.data_dir, kFormatVersion);
}

Status RocksDbStore::open_to_read() {
  fault_ = Status(StatusCode::kFailedPrecondition, "the store was opened to be read");
  const auto format = read_format(options_.data_dir);
  if (!format.ok()) return format.status();
  if (!format->has_value()) {
    return Status(StatusCode::kNotFound, options_.data_dir.string() + " has no store");
  }
  Status status = check_format(*format);
  if (status.ok()) status = open_database(Access::kRead);
  if (status.ok()) status = read_numbers();
  if (!status.ok()) return status;
  const auto noted = HighWaterMark::read(options_.data_dir);
  return noted.ok() ? check_mark(*noted) : noted.status();
}

Status RocksDbStore::read_numbers() {
  CommitNumber last = 0;
  std::uint64_t format = 0;
  Status status = read_number(keys::kCommit, last);
  if (status.ok()) status = read_number(keys::kEpoch, epoch_);
  if (status.ok()) status = read_number(keys::kFormat, format);
  if (status.ok() && format > 0) status = check_format(static_cast<unsigned>(format));
  last_commit_.store(last, std::memory_order_release);
  return status;
}

Status RocksDbStore::check_format(std::optional<unsigned> directory_format) {
  if (!directory_format || *directory_format <= kFormatVersion) return {};
  return Status(StatusCode::kFailedPrecondition,
                "data directory " + options_.data_dir.string() + " has format " +
                    std::to_string(*directory_format) + "; this version reads up to format " +
                    std::to_string(kFormatVersion));
}

Status RocksDbStore::open_database(Access access) {
  const std::filesystem::path directory = options_.data_dir / "store";
  const bool create = access == Access::kCreate;
  if (create) {
    Status made = make_directory(directory);
    if (!made.ok()) return made;
  }
  const auto cache = rocksdb::NewLRUCache(options_.tuning.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (const Family family : kAllFamilies) {
    descriptors.emplace_back(std::string(name_of(family)),
                             family_options(family, options_.tuning, cache));
  }
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> opened;
  rocksdb::DBOptions database = db_options(options_, create);
  if (options_.file_system != nullptr) {
    env_ = rocksdb::NewCompositeEnv(options_.file_system);
    database.env = env_.get();
  }
  const auto result =
      access == Access::kRead
          ? rocksdb::DB::OpenForReadOnly(database, directory.string(), descriptors, &opened, &db)
          : rocksdb::DB::Open(database, directory.string(), descriptors, &opened, &db);
  if (!result.ok()) return from_rocksdb(result, "open " + options_.data_dir.string());
  db_.reset(db);
  default_handle_ = opened[0];
  for (std::size_t i = 0; i < core::kFamilies; ++i) handles_[i] = opened[i + 1];
  return {};
}

Status RocksDbStore::read_number(std::string_view key, std::uint64_t& number) const {
  std::string bytes;
  const auto found = get(Family::kMeta, key, bytes);
  if (!found.ok()) return found.status();
  std::string_view rest = bytes;
  if (*found && (!core::take_big_endian(rest, number) || !rest.empty())) {
    return Status(StatusCode::kDataLoss, "family meta, key " + std::string(key) + ": not a number",
                  Corruption{"meta", core::to_hex(key), "not a number"});
  }
  return {};
}

Status RocksDbStore::check_high_water(bool is_new) {
  auto mark = HighWaterMark::open(options_.data_dir, is_new, options_.accept_lost_commits);
  if (!mark.ok()) return mark.status();
  const CommitNumber last = last_commit();
  if (!options_.accept_lost_commits) {
    Status whole = check_mark(mark->noted());
    if (!whole.ok()) return whole;
  }
  if (mark->noted() > last) {
    lost_commits_ = mark->noted() - last;
    Status status = mark->reset(last);
    if (!status.ok()) return status;
  }
  mark_.emplace(std::move(*mark));
  return {};
}

/// The log must not end before what was acknowledged.
Status RocksDbStore::check_mark(CommitNumber noted) const {
  if (noted <= last_commit()) return {};
  const std::string reason = "commit " + std::to_string(noted) +
                             " was acknowledged, but the log ends at commit " +
                             std::to_string(last_commit());
  return Status(StatusCode::kDataLoss, options_.data_dir.string() + ": " + reason,
                Corruption{.family = "log", .key = {}, .reason = reason});
}

Result<Epoch> RocksDbStore::acquire_epoch() {
  if (!fault_.ok()) return fault_;
  rocksdb::WriteOptions durable;
  durable.sync = true;
  Status status = from_rocksdb(db_->Put(durable, handle(Family::kMeta), slice(keys::kEpoch),
                                        slice(core::big_endian(epoch_ + 1))),
                               "write the epoch");
  if (!status.ok()) return status;
  return ++epoch_;
}

Status RocksDbStore::add(const core::Write& write) {
  rocksdb::ColumnFamilyHandle* family = handle(write.family);
  switch (write.kind) {
    case core::WriteKind::kPut:
      return from_rocksdb(batch_.Put(family, slice(write.key), slice(write.value)), "put");
    case core::WriteKind::kAppend:
      return from_rocksdb(batch_.Merge(family, slice(write.key), slice(write.value)), "append");
    case core::WriteKind::kErase:
      return from_rocksdb(batch_.Delete(family, slice(write.key)), "erase");
  }
  return {};
}

Status RocksDbStore::fail_stop(Status status) {
  if (!status.ok() && fault_.ok()) fault_ = status;
  return status;
}

Status RocksDbStore::commit(const Commit& commit) {
  if (!fault_.ok()) return fault_;
  Status status = check_commit(commit, epoch_, last_commit());
  return status.ok() ? fail_stop(write(commit)) : status;
}

Status RocksDbStore::write(const Commit& commit) {
  Status status;
  batch_.Clear();
  for (const core::WriteSet* writes : commit.writes) {
    writes->for_each([&](const core::Write& write) {
      if (status.ok()) status = add(write);
    });
  }
  status = status.ok() ? from_rocksdb(batch_.Put(handle(Family::kMeta), slice(keys::kCommit),
                                                 slice(core::big_endian(commit.number))),
                                      "put")
                       : status;
  if (!status.ok()) return status;

  rocksdb::WriteOptions options;
  options.disableWAL = options_.durability == Durability::kMemory;
  options.sync = commit.sync && !options.disableWAL;
  status = from_rocksdb(db_->Write(options, &batch_), "commit");
  if (!status.ok()) return status;
  last_commit_.store(commit.number, std::memory_order_release);
  return options.sync ? mark_->note(commit.number) : Status();
}

Status RocksDbStore::sync() {
  if (!fault_.ok() || options_.durability == Durability::kMemory) return fault_;
  Status status = from_rocksdb(db_->SyncWAL(), "sync the log");
  return fail_stop(status.ok() ? mark_->note(last_commit()) : status);
}

Result<bool> RocksDbStore::get(Family family, std::string_view key, std::string& value) const {
  rocksdb::PinnableSlice pinned;
  const auto result = db_->Get(rocksdb::ReadOptions(), handle(family), slice(key), &pinned);
  if (result.IsNotFound()) return false;
  if (!result.ok()) return read_error(result, family, key);
  value.assign(pinned.data(), pinned.size());
  return true;
}

Status RocksDbStore::scan(Family family, std::string_view first, std::string_view last,
                          const Visitor& visit) const {
  const rocksdb::Slice bound = slice(last);
  rocksdb::ReadOptions read;
  read.iterate_upper_bound = &bound;
  read.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(read, handle(family)));
  for (at->Seek(slice(first)); at->Valid(); at->Next()) {
    if (!visit(view(at->key()), view(at->value()))) break;
  }
  return at->status().ok() ? Status() : read_error(at->status(), family, first);
}

/// Leaves nothing behind that only this process knows.
Status RocksDbStore::close() {
  if (!fault_.ok()) return fault_;
  if (options_.durability != Durability::kMemory) {
    Status status = sync();
    return status.ok() ? mark_->sync() : status;
  }
  rocksdb::FlushOptions flush;
  flush.wait = true;
  const std::vector<rocksdb::ColumnFamilyHandle*> families(handles_.begin(), handles_.end());
  Status status = fail_stop(from_rocksdb(db_->Flush(flush, families), "flush"));
  if (status.ok()) status = mark_->note(last_commit());
  return status.ok() ? mark_->sync() : status;
}

/// The high-water mark of the last commit survives a power cut from now on, too.
void RocksDbStore::rest() {
  if (fault_.ok()) static_cast<void>(mark_->sync());
}

}  // namespace

Result<OpenedStore> open_rocksdb_store(const RocksDbStoreOptions& options) {
  Status status = make_directory(options.data_dir);
  if (!status.ok()) return status;
  auto lock = lock_directory(options.data_dir);
  if (!lock.ok()) return lock.status();

  auto store = std::make_unique<RocksDbStore>(options, std::move(*lock));
  status = store->open();
  if (!status.ok()) return status;
  const std::uint64_t lost = store->lost_commits();
  return OpenedStore{std::move(store), lost};
}

Result<std::unique_ptr<Store>> open_rocksdb_store_to_read(const RocksDbStoreOptions& options) {
  auto lock = lock_directory_to_read(options.data_dir);
  if (!lock.ok()) return lock.status();
  auto store = std::make_unique<RocksDbStore>(options, std::move(*lock));
  Status status = store->open_to_read();
  if (!status.ok()) return status;
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace onerun::store
