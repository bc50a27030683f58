#include "store/commit_log.hpp"

#include <algorithm>
#include <utility>

#include "core/fault.hpp"
#include "core/keys.hpp"

namespace onerun::store {
namespace {

constexpr std::size_t kVersionSlots = 1 << 17;
constexpr auto kRestAfter = std::chrono::seconds(1);

std::uint64_t hash_of(core::Family family, std::string_view key) {
  constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15;
  return std::hash<std::string_view>{}(key) + kSpread * (static_cast<std::uint64_t>(family) + 1);
}

Status outcome_unknown(const Status& fault) {
  return Status(StatusCode::kUnavailable,
                "the outcome is unknown, ask again with the same request id: " + fault.to_string(),
                OutcomeUnknown{});
}

}  // namespace

Status fenced_status(const Status& reason) {
  return Status(StatusCode::kUnavailable,
                "the runtime has fenced itself and must be opened again: " + reason.to_string(),
                Fenced{reason.to_string()});
}

void Guard::watch(core::Family family, std::string_view key) {
  hashes_[keys_++] = hash_of(family, key);
}

KeyVersions::KeyVersions() : slots_(kVersionSlots) {}

void KeyVersions::wrote(core::Family family, std::string_view key, Ticket ticket) {
  const std::uint64_t hash = hash_of(family, key);
  Slot& slot = slots_[hash % kVersionSlots];
  if (slot.hash != hash) slot.others_ticket = slot.ticket;
  slot.hash = hash;
  slot.ticket = ticket;
}

bool KeyVersions::holds(const Guard& guard) const {
  if (!guard.is_set() || ONERUN_FAULT(kIgnoreGuards)) return true;
  return std::all_of(guard.hashes_.begin(), guard.hashes_.begin() + guard.keys_,
                     [&](std::uint64_t hash) {
                       const Slot& slot = slots_[hash % kVersionSlots];
                       return slot.others_ticket <= *guard.since_ &&
                              (slot.hash != hash || slot.ticket <= *guard.since_);
                     });
}

CommitLog::CommitLog(Store& store, Epoch epoch, CommitLogOptions options, Counts counts,
                     CommitObserver& observer)
    : store_(store),
      epoch_(epoch),
      options_(options),
      observer_(observer),
      counts_(std::move(counts)) {}

Ticket CommitLog::append(Group group) {
  Ticket ticket = 0;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    const bool writes = !group.writes.empty() && !group.is_background;
    waiting_.push_back(std::move(group));
    ticket = ++last_ticket_;
    if (writes) last_write_.store(ticket, std::memory_order_relaxed);
    wake = std::exchange(sleeping_, false);
  }
  if (wake) ready_.notify_one();
  return ticket;
}

void CommitLog::fence(const Status& reason) {
  {
    const std::lock_guard lock(mutex_);
    if (is_fenced_.load(std::memory_order_relaxed) || ONERUN_FAULT(kGoOnAfterFailedCommit)) return;
    fence_reason_ = reason;
    is_fenced_.store(true, std::memory_order_release);
  }
  observer_.fenced(reason);
}

Status CommitLog::fenced() const {
  if (!is_fenced_.load(std::memory_order_acquire)) return {};
  const std::lock_guard lock(mutex_);
  return fenced_status(fence_reason_);
}

core::RunCounts CommitLog::counts(core::NamespaceNumber name_space) const {
  const std::lock_guard lock(counts_mutex_);
  const auto found = counts_.find(name_space);
  return found == counts_.end() ? core::RunCounts{} : found->second;
}

void CommitLog::forget_counts(core::NamespaceNumber name_space) {
  const std::lock_guard lock(counts_mutex_);
  counts_.erase(name_space);
}

/// Takes what is waiting, or the rest of what was taken before, up to the bounds of a batch.
bool CommitLog::take_batch() {
  first_ = last_;
  if (first_ == taken_.size()) {
    taken_.clear();
    first_ = last_ = 0;
    const std::lock_guard lock(mutex_);
    taken_.swap(waiting_);
  }
  std::size_t bytes = 0;
  while (last_ < taken_.size() && last_ - first_ < kMaxBatchGroups && bytes < kMaxBatchBytes) {
    bytes += taken_[last_++].writes.size_bytes();
  }
  return last_ != first_;
}

bool CommitLog::commit_ready() {
  if (!take_batch()) return false;
  aborted_.assign(last_ - first_, false);
  Status status;
  Status written;
  {
    const std::lock_guard lock(writing_);
    status = fenced();
    if (status.ok()) written = write_batch();
  }
  if (!written.ok() && !ONERUN_FAULT(kAcknowledgeFailedCommit)) {
    fence(written);
    status = outcome_unknown(written);
  }
  complete_batch(status);
  return true;
}

Status CommitLog::end(const Status& reason) {
  fence(reason);
  const std::lock_guard lock(writing_);
  return store_.close();
}

/// What of a group is written: all of it, unless the guard does not hold.
bool CommitLog::add_writes(const core::WriteSet& writes, const Guard& guard, Ticket ticket) {
  if (!versions_.holds(guard)) return false;
  if (writes.empty()) return true;
  writes.for_each([&](const core::Write& write) {
    // What follows from the rest is never watched.
    const bool is_index =
        write.family == core::Family::kOpen || write.family == core::Family::kClosed;
    if (!is_index) versions_.wrote(write.family, write.key, ticket);
  });
  writes_.push_back(&writes);
  write_bytes_ += writes.size_bytes();
  return true;
}

/// Goes through the batch in order, and collects what will be written.
void CommitLog::choose_writes() {
  writes_.clear();
  write_bytes_ = 0;
  deltas_.clear();
  const auto count = [this](const Group& group, const core::CountsDelta& counts) {
    if (counts.open == 0 && counts.closed == 0) return;
    core::CountsDelta& delta = deltas_[group.name_space];
    delta.open += counts.open;
    delta.closed += counts.closed;
  };
  for (std::size_t i = first_; i < last_; ++i) {
    const Group& group = taken_[i];
    const Ticket ticket = first_ticket_ + (i - first_);
    if (!add_writes(group.writes, group.guard, ticket)) {
      aborted_[i - first_] = true;
      continue;
    }
    count(group, group.counts);
    const bool has_part = group.part != nullptr && add_part(*group.part, ticket);
    if (has_part) count(group, group.part->counts);
  }
}

bool CommitLog::add_part(const Group::Part& part, Ticket ticket) {
  return add_writes(part.writes, part.guard, ticket) ||
         (still_fits(part) && add_writes(part.writes, Guard(), ticket));
}

/// A guard may fail for another key: then the value tells, as the store and this batch have it.
bool CommitLog::still_fits(const Group::Part& part) const {
  if (part.fits == nullptr) return false;
  for (const core::WriteSet* writes : writes_) {
    bool is_written = false;
    writes->for_each([&](const core::Write& write) {
      is_written |= write.family == part.family && write.key == part.key;
    });
    if (is_written) return false;
  }
  std::string value;
  const auto found = store_.get(part.family, part.key, value);
  return found.ok() && *found && part.fits(value);
}

Status CommitLog::write_batch() {
  choose_writes();
  if (writes_.empty()) return {};
  const std::size_t groups = writes_.size();
  core::WriteSet extra;
  Status status = add_counts(extra);
  if (!status.ok()) return status;
  writes_.push_back(&extra);
  const bool sync = wants_sync();
  const auto started = SteadyClock::now();
  status = store_.commit(Commit{epoch_, store_.last_commit() + 1, writes_, sync});
  if (!status.ok()) return status;
  note_synced(sync);
  ONERUN_KILL_POINT(kAfterSync);
  may_rest_ = true;
  observer_.committed(groups, write_bytes_, SteadyClock::now() - started);
  return {};
}

/// The numbers of runs change in the same commit as the runs. A number that would fall below zero
/// never reaches the store.
Status CommitLog::add_counts(core::WriteSet& extra) {
  if (ONERUN_FAULT(kForgetCounts)) return {};
  const std::lock_guard lock(counts_mutex_);
  for (const auto& [name_space, delta] : deltas_) {
    core::RunCounts& counts = counts_[name_space];
    const auto open = static_cast<std::int64_t>(counts.open) + delta.open;
    const auto closed = static_cast<std::int64_t>(counts.closed) + delta.closed;
    if (open < 0 || closed < 0) {
      return Status(StatusCode::kInternal, "a commit breaks an invariant: namespace " +
                                               std::to_string(name_space) + " would have " +
                                               std::to_string(open) + " open and " +
                                               std::to_string(closed) + " closed runs");
    }
    counts = {static_cast<std::uint64_t>(open), static_cast<std::uint64_t>(closed)};
    extra.put(core::Family::kMeta, core::keys::namespace_counts(name_space),
              core::encode_counts(counts));
  }
  return {};
}

bool CommitLog::wants_sync() {
  if (ONERUN_FAULT(kDropSync)) return false;
  if (options_.durability != Durability::kAsync) return options_.durability == Durability::kSync;
  return unsynced_since_ && SteadyClock::now() - *unsynced_since_ >= options_.async_loss_window;
}

void CommitLog::note_synced(bool synced) {
  if (options_.durability != Durability::kAsync) return;
  if (synced) {
    unsynced_since_.reset();
  } else if (!unsynced_since_) {
    unsynced_since_ = SteadyClock::now();
  }
}

void CommitLog::sync_if_due() {
  if (wants_sync() && options_.durability == Durability::kAsync) sync_rest();
}

void CommitLog::sync_rest() {
  if (!unsynced_since_) return;
  Status status;
  {
    const std::lock_guard lock(writing_);
    if (is_fenced_.load(std::memory_order_acquire)) return;
    unsynced_since_.reset();
    status = store_.sync();
  }
  if (!status.ok() && !ONERUN_FAULT(kIgnoreFailedSync)) fence(status);
}

void CommitLog::complete_batch(const Status& status) {
  first_ticket_ += last_ - first_;
  if (status.ok()) durable_.store(first_ticket_ - 1, std::memory_order_release);
  const Status aborted(StatusCode::kAborted, "a key was written meanwhile");
  for (std::size_t i = first_; i < last_; ++i) {
    // The group goes with its answer: what it holds is not kept until the batch is done.
    const Group group = std::move(taken_[i]);
    if (group.completion == nullptr) continue;
    group.completion->complete(status.ok() && aborted_[i - first_] ? aborted : status);
  }
}

void CommitLog::wait() {
  std::unique_lock lock(mutex_);
  const auto has_work = [this] { return !waiting_.empty() || woken_; };
  sleeping_ = true;
  if (unsynced_since_) {
    ready_.wait_until(lock, *unsynced_since_ + options_.async_loss_window, has_work);
  } else if (!may_rest_ || ready_.wait_for(lock, kRestAfter, has_work)) {
    ready_.wait(lock, has_work);
  } else {
    sleeping_ = false;
    may_rest_ = false;
    lock.unlock();
    const std::lock_guard writes(writing_);
    return store_.rest();
  }
  sleeping_ = false;
  woken_ = false;
}

void CommitLog::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  ready_.notify_one();
}

}  // namespace onerun::store
