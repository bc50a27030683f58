// A disk that is simulated: what was not synced can be lost, a commit can fail with or without
// being there afterwards, a sync can fail, a read can end in an exception. It keeps the real
// records; what it leaves out is RocksDB.
//
// A commit is there as a whole or not at all, and so are all before it: RocksDB keeps it as one
// record of its log, with a checksum, and reads the log up to the first record that does not fit.
// That a power cut leaves half a record, or one of another file, is what tests/faults has disks
// for.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "store/commit_check.hpp"
#include "store/store.hpp"

namespace onerun::sim {

using core::Family;

/// What outlives a process.
class Disk {
 public:
  /// The next commit fails, and is there afterwards or not.
  enum class CommitFailure { kNone, kLost, kKept };
  CommitFailure next_commit_fails = CommitFailure::kNone;

  /// The next sync fails. Nobody knows then what of the commits before it is on the disk: whoever
  /// opens it next may find as little as after a power cut.
  bool next_sync_fails = false;

  /// How many reads until one throws; none if empty.
  std::optional<int> reads_until_exception;

  std::uint64_t syncs = 0;

  /// The power is cut: of what is not synced, this share of the commits is still there.
  void lose_power(double kept_share) {
    const auto kept = static_cast<std::size_t>(kept_share * static_cast<double>(unsynced_.size()));
    live_ = durable_;
    for (std::size_t i = 0; i < kept; ++i) live_.apply(unsynced_[i]);
    unsynced_.clear();
    durable_ = live_;
  }

 private:
  friend class SimStore;
  using Table = std::map<std::string, std::string, std::less<>>;
  using Writes = std::vector<core::WriteSet>;

  struct UnsyncedCommit {
    store::CommitNumber number;
    Writes writes;
  };

  /// The contents at some instant.
  struct Image {
    core::PerFamily<Table> tables;
    store::CommitNumber last_commit = 0;

    void apply(const UnsyncedCommit& commit) {
      for (const core::WriteSet& writes : commit.writes) {
        writes.for_each([this](const core::Write& write) { apply(write); });
      }
      last_commit = commit.number;
    }

    void apply(const core::Write& write) {
      Table& table = tables[write.family];
      const std::string key(write.key);
      switch (write.kind) {
        case core::WriteKind::kPut: table[key] = write.value; break;
        case core::WriteKind::kAppend: table[key] += write.value; break;
        case core::WriteKind::kErase:
        case core::WriteKind::kEraseOnce: table.erase(key); break;
        case core::WriteKind::kEraseRange:
          table.erase(table.lower_bound(write.key), table.lower_bound(write.value));
          break;
      }
    }
  };

  void sync() {
    for (const UnsyncedCommit& commit : unsynced_) durable_.apply(commit);
    unsynced_.clear();
    ++syncs;
  }

  Image live_;     ///< what reads see
  Image durable_;  ///< what a power cut leaves
  std::vector<UnsyncedCommit> unsynced_;
  store::Epoch epoch_ = 0;
};

/// A process's view of the disk. It is dead once the process is.
class SimStore final : public store::Store {
 public:
  explicit SimStore(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  /// Durably, and so with all that was there before.
  Result<store::Epoch> acquire_epoch() override {
    disk_->sync();
    return ++disk_->epoch_;
  }
  store::CommitNumber last_commit() const override { return disk_->live_.last_commit; }

  Status commit(const store::Commit& commit) override {
    if (dead_) return unavailable();
    Status status = store::check_commit(commit, disk_->epoch_, last_commit());
    if (!status.ok()) return status;
    const auto failure = std::exchange(disk_->next_commit_fails, Disk::CommitFailure::kNone);
    if (failure == Disk::CommitFailure::kLost) return unavailable();
    Disk::UnsyncedCommit copy{.number = commit.number, .writes = {}};
    for (const core::WriteSet* writes : commit.writes) copy.writes.push_back(*writes);
    disk_->live_.apply(copy);
    disk_->unsynced_.push_back(std::move(copy));
    if (commit.sync) disk_->sync();
    return failure == Disk::CommitFailure::kKept ? unavailable() : Status();
  }

  Status sync() override {
    if (dead_) return unavailable();
    if (std::exchange(disk_->next_sync_fails, false)) return unavailable();
    disk_->sync();
    return {};
  }

  Status close() override { return {}; }
  void rest() override {}
  store::MemoryUse memory_use() const override { return {}; }

  Result<bool> get(Family family, std::string_view key, std::string& value) const override {
    if (disk_->reads_until_exception && (*disk_->reads_until_exception)-- == 0) {
      disk_->reads_until_exception.reset();
      throw std::runtime_error("a simulated exception");
    }
    const Disk::Table& table = disk_->live_.tables[family];
    const auto found = table.find(key);
    if (found == table.end()) return false;
    value = found->second;
    return true;
  }

  Status scan(Family family, std::string_view first, std::string_view last,
              const Visitor& visit) const override {
    const Disk::Table& table = disk_->live_.tables[family];
    for (auto at = table.lower_bound(first); at != table.end() && at->first < last; ++at) {
      if (!visit(at->first, at->second)) break;
    }
    return {};
  }

  /// The process that has this store is gone: nothing it does from now on reaches the disk.
  void die() { dead_ = true; }

 private:
  static Status unavailable() {
    return Status(StatusCode::kUnavailable, "the simulated disk failed");
  }

  const std::shared_ptr<Disk> disk_;
  bool dead_ = false;
};

}  // namespace onerun::sim
