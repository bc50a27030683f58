#include "store/commit_log.hpp"

#include <algorithm>
#include <utility>

#include "core/keys.hpp"

namespace onerun::store {
namespace {

constexpr std::size_t kVersionSlots = 1 << 17;

std::uint64_t hash_of(core::Family family, std::string_view key) {
  constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15;
  return std::hash<std::string_view>{}(key) + kSpread * (static_cast<std::uint64_t>(family) + 1);
}

Status outcome_unknown(const Status& fault) {
  return Status(StatusCode::kUnavailable,
                "the outcome is unknown, ask again with the same request id: " + fault.to_string(),
                OutcomeUnknown{});
}

Status not_written(const Status& fence_reason) {
  return Status(
      StatusCode::kUnavailable,
      "the runtime has fenced itself and must be opened again: " + fence_reason.to_string(),
      Fenced{fence_reason.to_string()});
}

}  // namespace

void Guard::watch(core::Family family, std::string_view key) {
  hashes_[keys_++] = hash_of(family, key);
}

KeyVersions::KeyVersions() : slots_(kVersionSlots, 0) {}

void KeyVersions::wrote(core::Family family, std::string_view key, Ticket ticket) {
  slots_[hash_of(family, key) % kVersionSlots] = ticket;
}

bool KeyVersions::holds(const Guard& guard) const {
  if (!guard.is_set()) return true;
  return std::all_of(guard.hashes_.begin(), guard.hashes_.begin() + guard.keys_,
                     [&](std::uint64_t h) { return slots_[h % kVersionSlots] <= *guard.since_; });
}

CommitLog::CommitLog(Store& store, Epoch epoch, CommitLogOptions options, Counts counts,
                     CommitObserver& observer)
    : store_(store),
      epoch_(epoch),
      options_(options),
      observer_(observer),
      counts_(std::move(counts)) {}

Ticket CommitLog::append(Group group) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(group));
  if (sleeping_) ready_.notify_one();
  return ++last_ticket_;
}

void CommitLog::fence(const Status& reason) {
  {
    const std::lock_guard lock(mutex_);
    if (is_fenced_.load(std::memory_order_relaxed)) return;
    fence_reason_ = reason;
    is_fenced_.store(true, std::memory_order_release);
  }
  observer_.fenced(reason);
}

Status CommitLog::fenced() const {
  if (!is_fenced_.load(std::memory_order_acquire)) return {};
  const std::lock_guard lock(mutex_);
  return not_written(fence_reason_);
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
  Status status = fenced();
  if (status.ok()) {
    const Status written = write_batch();
    if (!written.ok()) {
      fence(written);
      status = outcome_unknown(written);
    }
  }
  complete_batch(status);
  return true;
}

Status CommitLog::write_batch() {
  std::vector<const core::WriteSet*> writes;
  writes.reserve(last_ - first_ + 1);
  std::size_t bytes = 0;
  for (std::size_t i = first_; i < last_; ++i) {
    const Group& group = taken_[i];
    if (group.writes.empty()) continue;
    if (!versions_.holds(group.guard)) {
      aborted_[i - first_] = true;
      continue;
    }
    if (!group.guard.is_set()) note_versions(group.writes, first_ticket_ + (i - first_));
    writes.push_back(&group.writes);
    bytes += group.writes.size_bytes();
  }
  if (writes.empty()) return {};

  core::WriteSet extra;
  add_counts(extra);
  writes.push_back(&extra);
  const bool sync = wants_sync();
  const auto started = SteadyClock::now();
  Status status = store_.commit(Commit{epoch_, store_.last_commit() + 1, writes, sync});
  if (!status.ok()) return status;
  note_synced(sync);
  observer_.committed(writes.size() - 1, bytes, SteadyClock::now() - started);
  return {};
}

void CommitLog::note_versions(const core::WriteSet& writes, Ticket ticket) {
  writes.for_each(
      [&](const core::Write& write) { versions_.wrote(write.family, write.key, ticket); });
}

/// The numbers of runs change in the same commit as the runs.
void CommitLog::add_counts(core::WriteSet& extra) {
  const std::lock_guard lock(counts_mutex_);
  std::vector<core::NamespaceNumber> changed;
  for (std::size_t i = first_; i < last_; ++i) {
    const Group& group = taken_[i];
    if (aborted_[i - first_] || (group.counts.open == 0 && group.counts.closed == 0)) continue;
    core::RunCounts& counts = counts_[group.name_space];
    counts.open += static_cast<std::uint64_t>(static_cast<std::int64_t>(group.counts.open));
    counts.closed += static_cast<std::uint64_t>(static_cast<std::int64_t>(group.counts.closed));
    if (std::ranges::find(changed, group.name_space) == changed.end()) {
      changed.push_back(group.name_space);
    }
  }
  for (const core::NamespaceNumber name_space : changed) {
    extra.put(core::Family::kMeta, core::keys::namespace_counts(name_space),
              core::encode_counts(counts_[name_space]));
  }
}

bool CommitLog::wants_sync() {
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
  if (!unsynced_since_ || is_fenced_.load(std::memory_order_acquire)) return;
  unsynced_since_.reset();
  Status status = store_.sync();
  if (!status.ok()) fence(status);
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
  } else {
    ready_.wait(lock, has_work);
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
