#include "store/upgrade_directory.hpp"

#include <atomic>
#include <string>
#include <system_error>

#include "core/big_endian.hpp"
#include "core/fault.hpp"
#include "core/format2.hpp"
#include "onerun/version.hpp"
#include "store/files.hpp"
#include "store/log_end.hpp"
#include "store/rocksdb_database.hpp"
#include "store/upgrade.hpp"

namespace onerun::store {
namespace {

namespace fs = std::filesystem;

/// What the directory has while it is upgraded, and what comes next:
///
///   store, perhaps a part of store.new   build store.new, rename store to store.old
///   store.new, store.old                 rename store.new to store
///   store, store.old                     write FORMAT
///   the same, and FORMAT is today's      remove store.old
class DirectoryUpgrade {
 public:
  explicit DirectoryUpgrade(const RocksDbStoreOptions& options)
      : options_(options),
        store_(options.data_dir / kStoreDirectory),
        new_(options.data_dir / "store.new"),
        old_(options.data_dir / "store.old") {}

  Status run(unsigned format) {
    if (format != kFormatVersion) {
      Status status = replace();
      if (!status.ok()) return status;
      status = write_format(options_.data_dir, kFormatVersion);
      ONERUN_KILL_POINT(kUpgrading);
      if (!status.ok()) return status;
    }
    return remove(old_);
  }

 private:
  Status replace() {
    std::error_code error;
    if (!fs::exists(old_, error)) {
      Status built = remove(new_);
      if (built.ok()) built = build();
      if (!built.ok()) {
        static_cast<void>(remove(new_));
        return built;
      }
      Status renamed = rename(store_, old_);
      if (!renamed.ok()) return renamed;
    }
    return fs::exists(store_, error) ? Status() : rename(new_, store_);
  }

  Status build() {
    std::atomic<CommitNumber> last_commit{0};
    Database old(options_, store_, last_commit);
    Status status = old.open(Access::kReadOld);
    if (status.ok()) status = check_log(old);
    if (!status.ok()) return status;
    Database made(options_, new_, last_commit);
    status = made.open(Access::kCreate);
    if (!status.ok()) return status;
    status = upgrade(old, [&](const core::WriteSet& writes) { return write(made, writes); });
    if (status.ok()) status = made.flush();
    ONERUN_KILL_POINT(kUpgrading);
    return status;
  }

  /// What was acknowledged must be in the old database: it is gone afterwards.
  Status check_log(const Database& old) const {
    if (options_.accept_lost_commits) return {};
    const auto noted = HighWaterMark::read(options_.data_dir);
    if (!noted.ok()) return noted.status();
    std::string bytes;
    const auto found = old.get(Family::kMeta, core::format2::kCommit, bytes);
    if (!found.ok()) return found.status();
    CommitNumber last = 0;
    std::string_view rest = bytes;
    if (*found) static_cast<void>(core::take_big_endian(rest, last));
    return check_log_end(options_.data_dir, *noted, last, old.damage());
  }

  /// Into no log: the database counts only once all of it is flushed.
  static Status write(Database& database, const core::WriteSet& writes) {
    ONERUN_KILL_POINT(kUpgrading);
    Status status;
    database.clear_batch();
    writes.for_each([&](const core::Write& one) {
      if (status.ok()) status = database.add(one);
    });
    if (!status.ok()) return status;
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    return database.write(options, "upgrade the store");
  }

  Status rename(const fs::path& from, const fs::path& to) const {
    std::error_code error;
    fs::rename(from, to, error);
    ONERUN_KILL_POINT(kUpgrading);
    if (error) return system_error(error.value(), "rename", from);
    return sync_directory(options_.data_dir);
  }

  static Status remove(const fs::path& path) {
    std::error_code error;
    fs::remove_all(path, error);
    return error ? system_error(error.value(), "remove", path) : Status();
  }

  const RocksDbStoreOptions& options_;
  const fs::path store_;
  const fs::path new_;
  const fs::path old_;
};

}  // namespace

Status upgrade_directory(const RocksDbStoreOptions& options, unsigned format) {
  return DirectoryUpgrade(options).run(format);
}

}  // namespace onerun::store
