// The commit log: takes all groups of changes that are ready, writes them as one commit, syncs
// once, then gives the answers in order. While one batch syncs, the next is being decided.
//
// The rule that makes this safe: an answer that rests on a change, a refusal too, is appended
// behind that change and so leaves after it is durable.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/records.hpp"
#include "core/transition.hpp"
#include "core/write_set.hpp"
#include "onerun/options.hpp"
#include "store/store.hpp"

namespace onerun::store {

/// Position of a group in the log. The first is 1.
using Ticket = std::uint64_t;

/// What happens when a group is durable.
class Completion {
 public:
  virtual ~Completion() = default;

  /// Called once, in the order of the log.
  /// `status`: ok: durable; aborted: a guard did not hold, nothing was changed; unavailable with
  /// OutcomeUnknown: it may or may not survive; unavailable with Fenced: it was not written.
  virtual void complete(const Status& status) noexcept = 0;
};

/// Keys that must not have been written behind a given position of the log. A collision of hashes
/// may refuse a group without need, never let one through.
class Guard {
 public:
  Guard() = default;
  explicit Guard(Ticket since) : since_(since) {}

  bool is_set() const { return since_.has_value(); }

  /// Requires at most three keys.
  void watch(core::Family family, std::string_view key);

 private:
  friend class KeyVersions;
  static constexpr std::size_t kMaxKeys = 3;

  std::optional<Ticket> since_;
  std::array<std::uint64_t, kMaxKeys> hashes_{};
  std::size_t keys_ = 0;
};

/// The position at which each key was last written, by hash of the key: a fixed number of slots. A
/// slot knows its last key by its hash, and of all keys before that only the last position.
class KeyVersions {
 public:
  KeyVersions();
  void wrote(core::Family family, std::string_view key, Ticket ticket);
  bool holds(const Guard& guard) const;

 private:
  struct Slot {
    std::uint64_t hash = 0;
    Ticket ticket = 0;         ///< of the key with that hash
    Ticket others_ticket = 0;  ///< of any other key of this slot
  };

  std::vector<Slot> slots_;
};

/// Changes that belong together, and the answer that waits for them. Without changes it is an
/// answer that rests on earlier ones.
struct Group {
  core::WriteSet writes = {};
  core::NamespaceNumber name_space = 0;
  core::CountsDelta counts = {};
  Guard guard = {};
  std::unique_ptr<Completion> completion = nullptr;
  bool is_background = false;  ///< no caller waits for it

  /// Becomes durable with the rest, or falls away without a word if what it changes is not as it
  /// was: its guard does not hold, and the value of the key does not fit, or is gone.
  struct Part {
    core::WriteSet writes = {};
    core::CountsDelta counts = {};
    Guard guard = {};
    core::Family family = core::Family::kRun;
    std::string key = {};
    std::function<bool(std::string_view value)> fits = nullptr;
  };
  std::unique_ptr<Part> part = nullptr;
};

/// What a request gets that the log has not written, for that reason.
Status fenced_status(const Status& reason);

/// Told about each commit, on the log's thread.
class CommitObserver {
 public:
  virtual ~CommitObserver() = default;
  virtual void committed(std::size_t groups, std::size_t bytes, std::chrono::nanoseconds took) = 0;
  /// The log stops for good.
  virtual void fenced(const Status& reason) = 0;
};

struct CommitLogOptions {
  Durability durability = Durability::kSync;
  Duration async_loss_window = std::chrono::milliseconds(100);
};

/// Threads: `append`, `durable`, `last_write`, `fence`, `end`, `fenced` and `counts` from any; the
/// rest from one, which is the log's thread or, in deterministic tests, the test.
class CommitLog {
 public:
  /// Bounds of one commit, so that no answer waits for ever behind others.
  static constexpr std::size_t kMaxBatchGroups = 16'384;
  static constexpr std::size_t kMaxBatchBytes = std::size_t{8} << 20;

  using Counts = std::unordered_map<core::NamespaceNumber, core::RunCounts>;

  /// `store` and `observer` must outlive the log. `counts`: the runs of each namespace on the
  /// store.
  CommitLog(Store& store, Epoch epoch, CommitLogOptions options, Counts counts,
            CommitObserver& observer);

  /// Puts a group at the end of the log. Returns its position.
  Ticket append(Group group);

  /// All groups up to this position are durable.
  Ticket durable() const { return durable_.load(std::memory_order_acquire); }

  /// Position of the last group that has something to write and is not of the background; 0 if
  /// there was none.
  Ticket last_write() const { return last_write_.load(std::memory_order_relaxed); }

  /// Stops for good: groups that are not durable yet, and all to come, are not written.
  void fence(const Status& reason);

  /// Stops for good, as `fence` does, while the log's own thread can't be waited for: nothing is
  /// written afterwards, and the store is closed as far as only this process knows something.
  /// Returns what that says. Any thread, but not while it writes for the log.
  Status end(const Status& reason);

  /// Why the log has stopped; ok if it has not.
  Status fenced() const;

  /// The runs of a namespace, as of the last commit.
  core::RunCounts counts(core::NamespaceNumber name_space) const;

  /// Forgets the counts of a namespace that is gone.
  void forget_counts(core::NamespaceNumber name_space);

  /// Commits what is ready, up to the bounds of one batch, and completes it. Returns whether there
  /// was anything.
  bool commit_ready();

  /// With Durability::kAsync: syncs if the oldest commit without sync is as old as the loss window.
  void sync_if_due();

  /// Syncs what is not synced yet.
  void sync_rest();

  /// Waits until there is something for `commit_ready`, `sync_if_due` has to be called, or `wake`
  /// was. Lets the store rest after a second of waiting.
  void wait();
  void wake();

 private:
  using SteadyClock = std::chrono::steady_clock;

  bool take_batch();
  Status write_batch();
  bool add_writes(const core::WriteSet& writes, const Guard& guard, Ticket ticket);
  void choose_writes();
  bool add_part(const Group::Part& part, Ticket ticket);
  bool still_fits(const Group::Part& part) const;
  Status add_counts(core::WriteSet& extra);
  bool wants_sync();
  void note_synced(bool synced);
  void complete_batch(const Status& status);

  Store& store_;
  const Epoch epoch_;
  const CommitLogOptions options_;
  CommitObserver& observer_;

  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<Group> waiting_;  ///< appended and not taken
  Ticket last_ticket_ = 0;
  std::atomic<Ticket> last_write_{0};  ///< as `last_write` tells
  bool sleeping_ = false;
  bool woken_ = false;
  Status fence_reason_;

  std::atomic<Ticket> durable_{0};
  std::atomic<bool> is_fenced_{false};

  std::mutex writing_;  ///< held while the store is written, synced or closed

  // Of the log's thread alone.
  std::vector<Group> taken_;
  std::size_t first_ = 0;  ///< [first_, last_) of taken_ is the batch
  std::size_t last_ = 0;
  Ticket first_ticket_ = 1;                    ///< of taken_[first_]
  std::vector<bool> aborted_;                  ///< by position in the batch
  std::vector<const core::WriteSet*> writes_;  ///< of the batch
  std::size_t write_bytes_ = 0;
  std::map<core::NamespaceNumber, core::CountsDelta> deltas_;  ///< of the batch
  KeyVersions versions_;
  std::optional<SteadyClock::time_point> unsynced_since_;
  bool may_rest_ = false;  ///< something was committed since the store had a rest

  mutable std::mutex counts_mutex_;
  Counts counts_;
};

}  // namespace onerun::store
