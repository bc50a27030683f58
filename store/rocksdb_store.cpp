#include "store/rocksdb_store.hpp"

#include <algorithm>
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
#include "store/commit_check.hpp"
#include "store/data_directory.hpp"
#include "store/files.hpp"
#include "store/log_end.hpp"
#include "store/process.hpp"
#include "store/rocksdb_database.hpp"
#include "store/rocksdb_globals.hpp"
#include "store/upgrade_directory.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;

class RocksDbStore final : public Store {
 public:
  RocksDbStore(const RocksDbStoreOptions& options, DirectoryLock lock)
      : options_(options),
        lock_(std::move(lock)),
        database_(options_, options_.data_dir / kStoreDirectory, last_commit_) {}

  Status open();
  Status open_to_read();
  std::uint64_t lost_commits() const { return lost_commits_; }

  Result<Epoch> acquire_epoch() override;
  CommitNumber last_commit() const override { return last_commit_.load(std::memory_order_acquire); }
  Status commit(const Commit& commit) override;
  Status sync() override;
  Status close() override;
  void rest() override;
  Result<bool> get(Family family, std::string_view key, std::string& value) const override {
    return database_.get(family, key, value);
  }
  Status scan(Family family, std::string_view first, std::string_view last,
              const Visitor& visit) const override {
    return database_.scan(family, first, last, visit);
  }
  MemoryUse memory_use() const override { return database_.memory_use(); }

 private:
  Status read_numbers();
  Status read_number(std::string_view key, std::uint64_t& number) const;
  Status check_format(std::optional<std::uint64_t> directory_format);
  Status check_high_water(bool is_new);
  Status check_mark(CommitNumber noted) const;
  Status add_all(std::span<const core::WriteSet* const> writes);
  Status write(const Commit& commit);
  Status fail_stop(Status status);

  const RocksDbStoreOptions options_;
  DirectoryLock lock_;
  std::atomic<CommitNumber> last_commit_{0};
  Database database_;
  std::optional<HighWaterMark> mark_;  ///< set once the store is known to be whole
  core::PerFamily<std::vector<core::Write>> by_family_;  ///< of the commit
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
  if (!is_new) status = upgrade_directory(options_, **format);
  if (status.ok()) status = database_.open(is_new ? Access::kCreate : Access::kWrite);
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
  if (!status.ok()) return status;
  // A process that was killed, or whose sync failed, may have left the name FORMAT without it.
  if (!is_new) return sync_directory(options_.data_dir);

  // The format file comes last: until it is there, a new directory counts as empty.
  status = database_.put_durably(keys::kFormat, core::big_endian(std::uint64_t{kFormatVersion}),
                                 "write the format");
  if (!status.ok()) return status;
  return write_format(options_.data_dir, kFormatVersion);
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
  if (status.ok()) status = database_.open(Access::kRead);
  if (status.ok()) status = read_numbers();
  if (!status.ok()) return status;
  const auto noted = HighWaterMark::read(options_.data_dir);
  return noted.ok() ? check_mark(*noted) : noted.status();
}

Status RocksDbStore::read_numbers() {
  CommitNumber last = 0;
  CommitNumber upgraded_at = 0;
  std::uint64_t format = 0;
  Status status = read_number(keys::kCommit, last);
  if (status.ok()) status = read_number(keys::kEpoch, epoch_);
  if (status.ok()) status = read_number(keys::kFormat, format);
  if (status.ok() && format > 0) status = check_format(format);
  if (status.ok()) status = read_number(keys::kUpgradedAtCommit, upgraded_at);
  if (status.ok() && last > upgraded_at + database_.changes()) {
    const std::string reason = std::to_string(last) + " commits, and only " +
                               std::to_string(database_.changes()) + " changes";
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

Status RocksDbStore::check_mark(CommitNumber noted) const {
  return check_log_end(options_.data_dir, noted, last_commit(), database_.damage());
}

Result<Epoch> RocksDbStore::acquire_epoch() {
  if (!fault_.ok()) return fault_;
  Status status =
      database_.put_durably(keys::kEpoch, core::big_endian(epoch_ + 1), "write the epoch");
  if (!status.ok()) return status;
  return ++epoch_;
}

/// Family by family, each in the order of its keys, whatever order the groups have: all of it
/// becomes visible at once. Writes of one key keep their order, and all keep it where a range is
/// erased.
Status RocksDbStore::add_all(std::span<const core::WriteSet* const> writes) {
  for (auto& family : by_family_) family.clear();
  for (const core::WriteSet* set : writes) {
    set->for_each([this](const core::Write& write) { by_family_[write.family].push_back(write); });
  }
  for (auto& family : by_family_) {
    const auto erases_range = [](const core::Write& write) {
      return write.kind == core::WriteKind::kEraseRange;
    };
    if (std::ranges::none_of(family, erases_range)) {
      std::ranges::stable_sort(family, {}, &core::Write::key);
    }
    for (const core::Write& write : family) {
      if (Status status = database_.add(write); !status.ok()) return status;
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
  database_.clear_batch();
  Status status = add_all(commit.writes);
  if (!status.ok()) return status;
  const std::string number = core::big_endian(commit.number);
  status = database_.add({.kind = core::WriteKind::kPut,
                          .family = Family::kMeta,
                          .key = keys::kCommit,
                          .value = number});
  if (!status.ok()) return status;

  rocksdb::WriteOptions options;
  options.disableWAL = options_.durability == Durability::kMemory;
  options.sync = commit.sync && !options.disableWAL;
  status = database_.write(options, "commit");
  if (!status.ok()) return status;
  last_commit_.store(commit.number, std::memory_order_release);
  return options.sync ? mark_->note(commit.number) : Status();
}

Status RocksDbStore::sync() {
  if (!fault_.ok() || options_.durability == Durability::kMemory) return fault_;
  Status status = database_.sync_log();
  return fail_stop(status.ok() ? mark_->note(last_commit()) : status);
}

/// Leaves nothing behind that only this process knows.
Status RocksDbStore::close() {
  if (!fault_.ok()) return fault_;
  if (options_.durability != Durability::kMemory) {
    Status status = sync();
    return status.ok() ? mark_->sync() : status;
  }
  Status status = fail_stop(database_.flush());
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
