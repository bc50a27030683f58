#include "store/rocksdb_store.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/big_endian.hpp"
#include "core/fault.hpp"
#include "core/keys.hpp"
#include "core/text.hpp"
#include "onerun/version.hpp"
#include "store/checked_tables.hpp"
#include "store/commit_check.hpp"
#include "store/data_directory.hpp"
#include "store/files.hpp"
#include "store/process.hpp"
#include "store/rocksdb_errors.hpp"
#include "store/rocksdb_globals.hpp"
#include "store/rocksdb_options.hpp"
#include "store/rocksdb_threads.hpp"
#include "store/small_tables.hpp"
#include "store/upgrade.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;

constexpr std::array<Family, core::kFamilies> kAllFamilies = {
    Family::kHead, Family::kRun,  Family::kEvent, Family::kTimer,
    Family::kDue,  Family::kMeta, Family::kOpen,  Family::kClosed};

std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }
rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

/// Does something at the end of a scope, also if that is left by an exception.
template <class Do>
class Finally {
 public:
  explicit Finally(Do what) : do_(std::move(what)) {}
  Finally(const Finally&) = delete;
  Finally& operator=(const Finally&) = delete;
  ~Finally() { do_(); }

 private:
  const Do do_;
};

class RocksDbStore final : public Store {
 public:
  RocksDbStore(const RocksDbStoreOptions& options, DirectoryLock lock)
      : options_(options), lock_(std::move(lock)) {}

  ~RocksDbStore() override { close_database(); }

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
  MemoryUse memory_use() const override {
    return {.memtables = memtables_->memory_usage(), .block_cache = block_cache_->GetUsage()};
  }

 private:
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_[static_cast<std::size_t>(family)];
  }

  enum class Access { kCreate, kWrite, kRead };

  Status open_database(Access access);
  Status open_all(const rocksdb::DBOptions& database, Access access);
  Status open_families(const rocksdb::DBOptions& database, Access access,
                       std::vector<rocksdb::ColumnFamilyHandle*>& opened);
  Status merge_or_open_again(const rocksdb::DBOptions& database);
  Status merge_small_tables();
  void close_database();
  Status check_families(const rocksdb::DBOptions& database, const std::string& directory) const;
  Status read_numbers();
  Status read_number(std::string_view key, std::uint64_t& number) const;
  Status check_format(std::optional<std::uint64_t> directory_format);
  Status check_high_water(bool is_new);
  Status check_mark(CommitNumber noted) const;
  Status add(const core::Write& write);
  Status add_all(std::span<const core::WriteSet* const> writes);
  Status write(const Commit& commit);
  Status write_upgraded(const core::WriteSet& writes);
  Status fail_stop(Status status);

  const RocksDbStoreOptions options_;
  DirectoryLock lock_;
  std::atomic<CommitNumber> last_commit_{0};
  LogDamage damage_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
  std::shared_ptr<rocksdb::Cache> block_cache_;
  std::shared_ptr<const rocksdb::WriteBufferManager> memtables_;  ///< counts their bytes
  std::array<rocksdb::ColumnFamilyHandle*, core::kFamilies> handles_{};
  rocksdb::ColumnFamilyHandle* default_handle_ = nullptr;
  std::optional<HighWaterMark> mark_;  ///< set once the store is known to be whole
  rocksdb::WriteBatch batch_;
  std::array<std::vector<core::Write>, core::kFamilies> by_family_;  ///< of the commit
  Epoch epoch_ = 0;
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
  const bool is_of_today = format->value_or(0) == kFormatVersion;
  if (!status.ok()) return status;
  // A process that was killed, or whose sync failed, may have left the name FORMAT without it.
  if (is_of_today) return sync_directory(options_.data_dir);

  // The format file comes last: until it is there, a new directory counts as empty, and an older
  // one as older.
  status = upgrade(*this, [this](const core::WriteSet& writes) { return write_upgraded(writes); });
  if (!status.ok()) return status;
  rocksdb::WriteOptions durable;
  durable.sync = true;
  status = from_rocksdb(db_->Put(durable, handle(Family::kMeta), slice(keys::kFormat),
                                 slice(core::big_endian(std::uint64_t{kFormatVersion}))),
                        "write the format");
  if (!status.ok()) return status;
  return write_format(options_.data_dir, kFormatVersion);
}

/// A part of an upgrade; durable with the format, which is written after it.
Status RocksDbStore::write_upgraded(const core::WriteSet& writes) {
  Status status;
  batch_.Clear();
  writes.for_each([&](const core::Write& write) {
    if (status.ok()) status = add(write);
  });
  return status.ok()
             ? from_rocksdb(db_->Write(rocksdb::WriteOptions(), &batch_), "upgrade the store")
             : status;
}

Status RocksDbStore::open_to_read() {
  fault_ = Status(StatusCode::kFailedPrecondition, "the store was opened to be read");
  const auto format = read_format(options_.data_dir);
  if (!format.ok()) return format.status();
  if (!format->has_value()) {
    return Status(StatusCode::kNotFound,
                  options_.data_dir.string() +
                      " has no file FORMAT: nothing was ever stored there, or "
                      "the file was lost");
  }
  Status status = check_format(*format);
  if (status.ok() && **format < kFormatVersion) {
    status = Status(StatusCode::kFailedPrecondition,
                    "data directory " + options_.data_dir.string() + " has format " +
                        std::to_string(**format) + ": a runtime that opens it will upgrade it");
  }
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
  if (status.ok() && format > 0) status = check_format(format);
  if (status.ok() && last > db_->GetLatestSequenceNumber()) {
    const std::string reason = std::to_string(last) + " commits, and only " +
                               std::to_string(db_->GetLatestSequenceNumber()) + " changes";
    status = Status(StatusCode::kDataLoss, "family meta, key commit: " + reason,
                    Corruption{"meta", core::to_hex(keys::kCommit), reason});
  }
  last_commit_.store(last, std::memory_order_release);
  return status;
}

Status RocksDbStore::check_format(std::optional<std::uint64_t> directory_format) {
  if (!directory_format || *directory_format <= kFormatVersion) return {};
  return Status(StatusCode::kFailedPrecondition,
                "data directory " + options_.data_dir.string() + " has format " +
                    std::to_string(*directory_format) + "; this version reads up to format " +
                    std::to_string(kFormatVersion));
}

/// RocksDB itself insists on all families only where it writes.
Status RocksDbStore::check_families(const rocksdb::DBOptions& database,
                                    const std::string& directory) const {
  std::vector<std::string> names;
  const auto listed = rocksdb::DB::ListColumnFamilies(database, directory, &names);
  if (!listed.ok()) return open_error(listed, options_.data_dir);
  for (const std::string& name : names) {
    const bool is_known =
        name == rocksdb::kDefaultColumnFamilyName ||
        std::ranges::find(kAllFamilies, name, core::name_of) != kAllFamilies.end();
    if (is_known) continue;
    return Status(
        StatusCode::kDataLoss,
        "can't open " + directory + ": it has a family \"" + name + "\" of another program",
        Corruption{.family = name, .key = {}, .reason = "unknown"});
  }
  return {};
}

Status RocksDbStore::open_database(Access access) {
  const std::filesystem::path directory = options_.data_dir / "store";
  const bool create = access == Access::kCreate;
  if (create) {
    Status made = make_directory(directory);
    if (!made.ok()) return made;
  }
  rocksdb::DBOptions database = db_options(options_, create, last_commit_, damage_);
  const auto files = options_.file_system;
  env_ = rocksdb::NewCompositeEnv(
      check_tables(files == nullptr ? rocksdb::FileSystem::Default() : files));
  database.env = env_.get();
  if (access == Access::kRead) {
    Status known = check_families(database, directory.string());
    if (!known.ok()) return known;
  }
  Status status = open_all(database, access);
  return status.ok() && access != Access::kRead ? merge_or_open_again(database) : status;
}

Status RocksDbStore::open_all(const rocksdb::DBOptions& database, Access access) {
  std::vector<rocksdb::ColumnFamilyHandle*> opened;
  Status status =
      with_rocksdb_threads(*env_, [&] { return open_families(database, access, opened); });
  if (!opened.empty()) default_handle_ = opened[0];
  for (std::size_t i = 0; i + 1 < opened.size(); ++i) handles_[i] = opened[i + 1];
  if (status.ok()) memtables_ = db_->GetDBOptions().write_buffer_manager;
  return status;
}

void RocksDbStore::close_database() {
  if (db_ == nullptr) return;
  for (rocksdb::ColumnFamilyHandle*& handle : handles_) {
    if (handle != nullptr) static_cast<void>(db_->DestroyColumnFamilyHandle(handle));
    handle = nullptr;
  }
  if (default_handle_ != nullptr) {
    static_cast<void>(db_->DestroyColumnFamilyHandle(default_handle_));
  }
  default_handle_ = nullptr;
  static_cast<void>(db_->Close());
  db_.reset();
}

/// What was opened is ours at once: the end of opening may throw.
Status RocksDbStore::open_families(const rocksdb::DBOptions& database, Access access,
                                   std::vector<rocksdb::ColumnFamilyHandle*>& opened) {
  block_cache_ = rocksdb::NewLRUCache(options_.tuning.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (const Family family : kAllFamilies) {
    descriptors.emplace_back(std::string(name_of(family)),
                             family_options(family, options_, block_cache_));
  }
  const std::string directory = (options_.data_dir / "store").string();
  rocksdb::DB* db = nullptr;
  const Finally keep([&] { db_.reset(db); });
  const auto result =
      access == Access::kRead
          ? rocksdb::DB::OpenForReadOnly(database, directory, descriptors, &opened, &db)
          : rocksdb::DB::Open(database, directory, descriptors, &opened, &db);
  return result.ok() ? Status() : open_error(result, options_.data_dir);
}

/// A store that could be opened stays open, whatever becomes of its merges. After one that failed,
/// say on a full disk, RocksDB refuses to write: the database is opened once more, and not merged.
Status RocksDbStore::merge_or_open_again(const rocksdb::DBOptions& database) {
  const Status merged = merge_small_tables();
  if (merged.ok()) return {};
  if (options_.log != nullptr && options_.log->enabled(LogLevel::kWarning)) {
    const std::string message = "small tables were not merged: " + std::string(merged.message());
    options_.log->write({.level = LogLevel::kWarning, .message = message});
  }
  close_database();
  return open_all(database, Access::kWrite);
}

Status RocksDbStore::merge_small_tables() {
  Status status;
  for (rocksdb::ColumnFamilyHandle* family : handles_) {
    if (status.ok()) status = store::merge_small_tables(*db_, family, options_.log.get());
  }
  return status;
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
  std::string reason = "commit " + std::to_string(noted) +
                       " was acknowledged, but the log ends at commit " +
                       std::to_string(last_commit());
  const std::string& file = damage_.file();
  if (!file.empty()) reason += ": " + file + ": " + damage_.reason();
  return Status(StatusCode::kDataLoss, options_.data_dir.string() + ": " + reason,
                Corruption{.family = file.empty() ? "log" : file, .key = {}, .reason = reason});
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
    case core::WriteKind::kEraseOnce:
      return from_rocksdb(batch_.SingleDelete(family, slice(write.key)), "erase");
    case core::WriteKind::kEraseRange:
      return from_rocksdb(batch_.DeleteRange(family, slice(write.key), slice(write.value)),
                          "erase a range");
  }
  return {};
}

/// Family by family, each in the order of its keys, whatever order the groups have: all of it
/// becomes visible at once. Writes of one key keep their order, and all keep it where a range is
/// erased.
Status RocksDbStore::add_all(std::span<const core::WriteSet* const> writes) {
  for (auto& family : by_family_) family.clear();
  for (const core::WriteSet* set : writes) {
    set->for_each([this](const core::Write& write) {
      by_family_[static_cast<std::size_t>(write.family)].push_back(write);
    });
  }
  for (auto& family : by_family_) {
    const auto erases_range = [](const core::Write& write) {
      return write.kind == core::WriteKind::kEraseRange;
    };
    if (std::ranges::none_of(family, erases_range)) {
      std::ranges::stable_sort(family, {}, &core::Write::key);
    }
    for (const core::Write& write : family) {
      if (Status status = add(write); !status.ok()) return status;
    }
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
  batch_.Clear();
  Status status = add_all(commit.writes);
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
  if (!result.ok()) return read_error(result, family, key, Read::kKey);
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
  return at->status().ok() ? Status() : read_error(at->status(), family, first, Read::kRange);
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

RocksDbStoreOptions in(const std::filesystem::path& directory, RocksDbStoreOptions options) {
  options.data_dir = directory;
  return options;
}

/// RocksDB has threads for the whole process, begun with the first store. A child that is forked
/// later has none of them, and RocksDB there would wait for them for ever.
Status check_threads() {
  static const ProcessMark first_store;
  if (first_store.is_of_this_process()) return {};
  return Status(StatusCode::kFailedPrecondition,
                "this process was forked from one that has had a store open, and can't open one: "
                "it must execute a program first");
}

}  // namespace

Result<OpenedStore> open_rocksdb_store(const RocksDbStoreOptions& options) {
  auto directory = absolute_directory(options.data_dir);
  if (!directory.ok()) return directory.status();
  make_rocksdb_globals();
  Status status = make_directory(*directory);
  if (!status.ok()) return status;
  directory = resolve_links(*directory);
  if (!directory.ok()) return directory.status();
  auto lock = DirectoryLock::own(*directory);
  if (!lock.ok()) return lock.status();
  status = check_threads();
  if (!status.ok()) return status;

  auto store = std::make_unique<RocksDbStore>(in(*directory, options), std::move(*lock));
  status = store->open();
  if (!status.ok()) return status;
  const std::uint64_t lost = store->lost_commits();
  return OpenedStore{std::move(store), lost};
}

Result<std::unique_ptr<Store>> open_rocksdb_store_to_read(const RocksDbStoreOptions& options) {
  auto directory = absolute_directory(options.data_dir);
  if (directory.ok()) directory = resolve_links(*directory);
  if (!directory.ok()) return directory.status();
  auto lock = DirectoryLock::read(*directory);
  if (!lock.ok()) return lock.status();
  Status status = check_threads();
  if (!status.ok()) return status;
  auto store = std::make_unique<RocksDbStore>(in(*directory, options), std::move(*lock));
  status = store->open_to_read();
  if (!status.ok()) return status;
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace onerun::store
