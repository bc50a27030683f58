#include "store/rocksdb_database.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <string>
#include <utility>

#include "store/checked_tables.hpp"
#include "store/files.hpp"
#include "store/rocksdb_errors.hpp"
#include "store/rocksdb_threads.hpp"
#include "store/small_tables.hpp"

namespace onerun::store {
namespace {

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

std::vector<Family> all_families() {
  std::vector<Family> all;
  for (const core::FamilyName& one : core::kFamilies) all.push_back(one.family);
  return all;
}

}  // namespace

Database::Database(const RocksDbStoreOptions& options, std::filesystem::path directory,
                   const std::atomic<CommitNumber>& last_commit)
    : options_(options), directory_(std::move(directory)), last_commit_(last_commit) {}

Status Database::open(Access access) {
  const bool create = access == Access::kCreate;
  if (create) {
    Status made = make_directory(directory_);
    if (!made.ok()) return made;
  }
  rocksdb::DBOptions database = db_options(options_, create, last_commit_, damage_);
  const auto files = options_.file_system;
  env_ = rocksdb::NewCompositeEnv(
      check_tables(files == nullptr ? rocksdb::FileSystem::Default() : files));
  database.env = env_.get();
  Status status = open_all(database, access);
  const bool writes = access == Access::kCreate || access == Access::kWrite;
  return status.ok() && writes ? merge_or_open_again(database) : status;
}

Status Database::open_all(const rocksdb::DBOptions& database, Access access) {
  Status status = with_rocksdb_threads(*env_, [&] { return open_families(database, access); });
  if (status.ok()) memtables_ = db_->GetDBOptions().write_buffer_manager;
  return status;
}

/// RocksDB itself insists on all families only where it writes.
Result<std::vector<Family>> Database::families_to_open(const rocksdb::DBOptions& database,
                                                       Access access) const {
  if (access == Access::kCreate || access == Access::kWrite) return all_families();
  std::vector<std::string> names;
  const auto listed = rocksdb::DB::ListColumnFamilies(database, directory_.string(), &names);
  if (!listed.ok()) return open_error(listed, directory_);
  std::vector<Family> there;
  for (const std::string& name : names) {
    if (name == rocksdb::kDefaultColumnFamilyName) continue;
    const auto* known = std::ranges::find(core::kFamilies, name, &core::FamilyName::name);
    if (known == core::kFamilies.end()) {
      return Status(StatusCode::kDataLoss,
                    "can't open " + directory_.string() + ": it has a family \"" + name +
                        "\" of another program",
                    Corruption{.family = name, .key = {}, .reason = "unknown"});
    }
    there.push_back(known->family);
  }
  return access == Access::kReadOld ? there : all_families();
}

/// What was opened is ours at once: the end of opening may throw.
Status Database::open_families(const rocksdb::DBOptions& database, Access access) {
  const auto families = families_to_open(database, access);
  if (!families.ok()) return families.status();
  block_cache_ = rocksdb::NewLRUCache(options_.tuning.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (const Family family : *families) {
    descriptors.emplace_back(std::string(name_of(family)),
                             family_options(family, options_, block_cache_));
  }
  const std::string directory = directory_.string();
  const bool only_reads = access == Access::kRead || access == Access::kReadOld;
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> opened;
  const Finally keep([&] {
    db_.reset(db);
    if (!opened.empty()) default_handle_ = opened[0];
    for (std::size_t i = 0; i + 1 < opened.size(); ++i) handles_[(*families)[i]] = opened[i + 1];
  });
  const auto result =
      only_reads ? rocksdb::DB::OpenForReadOnly(database, directory, descriptors, &opened, &db)
                 : rocksdb::DB::Open(database, directory, descriptors, &opened, &db);
  return result.ok() ? Status() : open_error(result, directory_);
}

void Database::close() {
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

/// A store that could be opened stays open, whatever becomes of its merges. After one that failed,
/// say on a full disk, RocksDB refuses to write: the database is opened once more, and not merged.
Status Database::merge_or_open_again(const rocksdb::DBOptions& database) {
  const Status merged = merge_small_tables();
  if (merged.ok()) return {};
  if (options_.log != nullptr && options_.log->enabled(LogLevel::kWarning)) {
    const std::string message = "small tables were not merged: " + std::string(merged.message());
    options_.log->write({.level = LogLevel::kWarning, .message = message});
  }
  close();
  return open_all(database, Access::kWrite);
}

Status Database::merge_small_tables() {
  Status status;
  for (rocksdb::ColumnFamilyHandle* family : handles_) {
    if (status.ok()) status = store::merge_small_tables(*db_, family, options_.log.get());
  }
  return status;
}

Result<bool> Database::get(Family family, std::string_view key, std::string& value) const {
  if (handle(family) == nullptr) return false;
  rocksdb::PinnableSlice pinned;
  const auto result = db_->Get(rocksdb::ReadOptions(), handle(family), slice(key), &pinned);
  if (result.IsNotFound()) return false;
  if (!result.ok()) return read_error(result, family, key, Read::kKey);
  value.assign(pinned.data(), pinned.size());
  return true;
}

Status Database::scan(Family family, std::string_view first, std::string_view last,
                      const Visitor& visit) const {
  if (handle(family) == nullptr) return {};
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

Status Database::add(const core::Write& write) {
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

Status Database::write(const rocksdb::WriteOptions& options, std::string_view what) {
  return from_rocksdb(db_->Write(options, &batch_), what);
}

Status Database::put_durably(std::string_view key_of_meta, std::string_view value,
                             std::string_view what) {
  rocksdb::WriteOptions durable;
  durable.sync = true;
  return from_rocksdb(db_->Put(durable, handle(Family::kMeta), slice(key_of_meta), slice(value)),
                      what);
}

Status Database::sync_log() { return from_rocksdb(db_->SyncWAL(), "sync the log"); }

Status Database::flush() {
  rocksdb::FlushOptions flush;
  flush.wait = true;
  const std::vector<rocksdb::ColumnFamilyHandle*> families(handles_.begin(), handles_.end());
  return from_rocksdb(db_->Flush(flush, families), "flush");
}

}  // namespace onerun::store
