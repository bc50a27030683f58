#include "actors/close_waiters.hpp"

#include <algorithm>
#include <iterator>

#include "core/keys.hpp"

namespace onerun::actors {

CloseWaiters::Shard& CloseWaiters::shard_of(const std::string& key) {
  return shards_[std::hash<std::string>{}(key) % kShards];
}

Status CloseWaiters::add(core::NamespaceNumber name_space, const RunId& run_id, Waiter&& waiter) {
  if (size_.load(std::memory_order_relaxed) >= sweep_at_.load(std::memory_order_relaxed)) sweep();
  if (!take_place()) {
    metrics_.refused(metrics::Resource::kMaxCloseWaiters);
    const std::string name(name_of(metrics::Resource::kMaxCloseWaiters));
    return Status(StatusCode::kResourceExhausted,
                  "too many callers wait for a close: " + name + " is " + std::to_string(limit_),
                  Exhausted{name, limit_, 1, limit_});
  }
  const std::string key = core::keys::run(name_space, run_id);
  Shard& shard = shard_of(key);
  {
    const std::lock_guard lock(shard.mutex);
    if (!shard.closed.ok()) {
      size_.fetch_sub(1);
      return shard.closed;
    }
    shard.waiting[key].push_back(std::move(waiter));
  }
  // Pairs with the fence in `release`: either the close sees the waiter, or the waiter the close.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return {};
}

/// One more waits, unless too many do. Before somebody is refused, waiters whose futures were
/// dropped make room; each refusal pays a share of looking for them.
bool CloseWaiters::take_place() {
  constexpr std::size_t kShareOfSweep = 16;
  if (size_.fetch_add(1) < limit_) return true;
  size_.fetch_sub(1);
  if (refused_.fetch_add(1) * kShareOfSweep < size_.load()) return false;
  sweep();
  if (size_.fetch_add(1) < limit_) return true;
  size_.fetch_sub(1);
  return false;
}

void CloseWaiters::release(core::NamespaceNumber name_space, const RunId& run_id,
                           const std::function<Answer()>& answer) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (size_.load() == 0) return;
  const std::string key = core::keys::run(name_space, run_id);
  Shard& shard = shard_of(key);
  std::vector<Waiter> waiters;
  {
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.waiting.find(key);
    if (found == shard.waiting.end()) return;
    waiters = std::move(found->second);
    shard.waiting.erase(found);
  }
  answer_all(std::move(waiters), answer);
}

void CloseWaiters::answer_all(std::vector<Waiter> waiters, const std::function<Answer()>& answer) {
  if (waiters.empty()) return;
  size_.fetch_sub(waiters.size());
  const Answer shared = answer();
  const detail::RuntimeThreadScope on_runtime_thread;
  for (Waiter& waiter : waiters) {
    metrics_.answered(metrics::Operation::kWaitClosed, shared.code(),
                      std::chrono::steady_clock::now() - waiter.since);
    waiter.promise.set(shared);
  }
}

std::vector<CloseWaiters::Waiter> CloseWaiters::take_matching(const std::string& prefix,
                                                              const Status& closed) {
  std::vector<Waiter> taken;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    if (!closed.ok()) shard.closed = closed;
    for (auto entry = shard.waiting.begin(); entry != shard.waiting.end();) {
      if (entry->first.starts_with(prefix)) {
        std::ranges::move(entry->second, std::back_inserter(taken));
        entry = shard.waiting.erase(entry);
      } else {
        ++entry;
      }
    }
  }
  return taken;
}

void CloseWaiters::release_namespace(core::NamespaceNumber name_space, const Status& answer) {
  answer_all(take_matching(core::keys::range_of(name_space).first, Status()),
             [&] { return Answer(answer); });
}

void CloseWaiters::close(const Status& answer) {
  answer_all(take_matching("", answer), [&] { return Answer(answer); });
}

/// Forgets waiters whose futures were dropped. The next sweep comes when the rest has doubled, so
/// that a waiter pays a constant share.
void CloseWaiters::sweep() {
  refused_.store(0, std::memory_order_relaxed);
  std::vector<Waiter> dropped;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (auto entry = shard.waiting.begin(); entry != shard.waiting.end();) {
      auto& waiters = entry->second;
      const auto gone = std::partition(waiters.begin(), waiters.end(), [](const Waiter& waiter) {
        return !waiter.promise.abandoned();
      });
      std::move(gone, waiters.end(), std::back_inserter(dropped));
      waiters.erase(gone, waiters.end());
      entry = waiters.empty() ? shard.waiting.erase(entry) : std::next(entry);
    }
  }
  const std::size_t left = size_.fetch_sub(dropped.size()) - dropped.size();
  sweep_at_.store(std::max<std::size_t>(2 * left, 1024), std::memory_order_relaxed);
}

}  // namespace onerun::actors
