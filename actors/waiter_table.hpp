// Who waits for something to happen to a run. A waiter is an entry in a table: no thread, no actor.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <iterator>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/workflow_state.hpp"
#include "metrics/metrics.hpp"
#include "onerun/ids.hpp"
#include "onerun/status.hpp"

namespace onerun::actors {

/// `Waiter` can be moved, and `waiter.is_gone()` says that nobody wants to hear of it any more.
/// Threads: any.
template <class Waiter>
class WaiterTable {
 public:
  WaiterTable(std::size_t limit, metrics::Metrics& metrics)
      : limit_(limit), metrics_(metrics), refused_(limit) {}

  /// Adds a waiter for a run. Whoever adds must look at the run once more afterwards: what happened
  /// before may not have seen the waiter.
  /// Errors: resource_exhausted with the bound; then the waiter was not taken.
  Status add(core::NamespaceNumber name_space, const RunId& run_id, Waiter&& waiter) {
    if (size_.load(std::memory_order_relaxed) >= sweep_at_.load(std::memory_order_relaxed)) sweep();
    if (!take_place()) return refuse();
    try {
      const Key key{name_space, run_id};
      Shard& shard = shard_of(key);
      const std::lock_guard lock(shard.mutex);
      if (!shard.closed.ok()) {
        size_.fetch_sub(1);
        return shard.closed;
      }
      shard.waiting[key].push_back(std::move(waiter));
    } catch (...) {
      size_.fetch_sub(1);
      throw;
    }
    // Pairs with the fence in `take`: either what happens sees the waiter, or the waiter that.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return {};
  }

  /// Takes out all that wait for a run. Needs no memory.
  std::vector<Waiter> take(core::NamespaceNumber name_space, const RunId& run_id) noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (size_.load(std::memory_order_relaxed) == 0) return {};
    const Key key{name_space, run_id};
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.waiting.find(key);
    if (found == shard.waiting.end()) return {};
    std::vector<Waiter> waiters = std::move(found->second);
    shard.waiting.erase(found);
    size_.fetch_sub(waiters.size());
    return waiters;
  }

  /// Takes out all that wait in a namespace.
  std::vector<Waiter> take_namespace(core::NamespaceNumber name_space) {
    return take_matching([=](const Key& key) { return key.name_space == name_space; }, Status());
  }

  /// Takes out all, and refuses with that answer everyone that comes from now on.
  std::vector<Waiter> close(const Status& answer) {
    return take_matching([](const Key&) { return true; }, answer);
  }

  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kShards = 16;

  struct Key {
    core::NamespaceNumber name_space;
    RunId run_id;

    friend bool operator==(const Key&, const Key&) = default;
  };
  struct HashOfKey {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<RunId>{}(key.run_id) ^ key.name_space;
    }
  };
  using Table = std::unordered_map<Key, std::vector<Waiter>, HashOfKey>;

  struct Shard {
    std::mutex mutex;
    Table waiting;
    Status closed;
  };

  Shard& shard_of(const Key& key) { return shards_[HashOfKey{}(key) % kShards]; }

  Status refuse() {
    metrics_.refused(metrics::Resource::kMaxCloseWaiters);
    std::string name(name_of(metrics::Resource::kMaxCloseWaiters));
    return Status(StatusCode::kResourceExhausted,
                  "too many callers wait: " + name + " is " + std::to_string(limit_),
                  Exhausted{name, limit_, 1, limit_});
  }

  /// One more waits, unless too many do. Before somebody is refused, waiters that nobody wants to
  /// hear of make room; each refusal pays a share of looking for them.
  bool take_place() {
    constexpr std::size_t kShareOfSweep = 16;
    if (size_.fetch_add(1) < limit_) return true;
    size_.fetch_sub(1);
    if (refused_.fetch_add(1) * kShareOfSweep < size_.load()) return false;
    sweep();
    if (size_.fetch_add(1) < limit_) return true;
    size_.fetch_sub(1);
    return false;
  }

  template <class Matches>
  std::vector<Waiter> take_matching(const Matches& matches, const Status& closed) {
    std::vector<Waiter> taken;
    for (Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      if (!closed.ok()) shard.closed = closed;
      for (auto entry = shard.waiting.begin(); entry != shard.waiting.end();) {
        if (matches(entry->first)) {
          // Without memory nothing of it is moved.
          taken.reserve(taken.size() + entry->second.size());
          std::ranges::move(entry->second, std::back_inserter(taken));
          entry = shard.waiting.erase(entry);
        } else {
          ++entry;
        }
      }
    }
    size_.fetch_sub(taken.size());
    return taken;
  }

  /// Forgets waiters that are gone. The next sweep comes when the rest has doubled, so that a
  /// waiter pays a constant share.
  void sweep() {
    refused_.store(0, std::memory_order_relaxed);
    std::vector<Waiter> dropped;  // destroyed without a lock
    for (Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      for (auto entry = shard.waiting.begin(); entry != shard.waiting.end();) {
        auto& waiters = entry->second;
        const auto gone = std::partition(waiters.begin(), waiters.end(),
                                         [](const Waiter& waiter) { return !waiter.is_gone(); });
        dropped.reserve(dropped.size() + static_cast<std::size_t>(waiters.end() - gone));
        std::move(gone, waiters.end(), std::back_inserter(dropped));
        waiters.erase(gone, waiters.end());
        entry = waiters.empty() ? shard.waiting.erase(entry) : std::next(entry);
      }
    }
    const std::size_t left = size_.fetch_sub(dropped.size()) - dropped.size();
    sweep_at_.store(std::max<std::size_t>(2 * left, 1024), std::memory_order_relaxed);
  }

  const std::size_t limit_;
  metrics::Metrics& metrics_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> size_{0};
  std::atomic<std::size_t> sweep_at_{1024};
  std::atomic<std::size_t> refused_;  ///< since the last sweep; at first as many as it takes
};

}  // namespace onerun::actors
