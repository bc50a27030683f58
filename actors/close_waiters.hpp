// Those who wait for a run to close. A waiter is an entry in a table: no thread, no actor.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/workflow_state.hpp"
#include "metrics/metrics.hpp"
#include "onerun/future.hpp"
#include "onerun/run.hpp"
#include "onerun/status.hpp"

namespace onerun::actors {

/// Threads: any.
class CloseWaiters {
 public:
  using Answer = Result<RunDescription>;

  CloseWaiters(std::size_t limit, metrics::Metrics& metrics)
      : limit_(limit), metrics_(metrics), refused_(limit) {}

  /// One that waits, and since when.
  struct Waiter {
    Promise<Answer> promise;
    std::chrono::steady_clock::time_point since;
  };

  /// Adds a waiter for a run. Whoever adds must look at the run once more afterwards: a close that
  /// happened before may not have seen the waiter.
  /// Errors: resource_exhausted with the bound; then the waiter was not taken.
  Status add(core::NamespaceNumber name_space, const RunId& run_id, Waiter&& waiter);

  /// Answers all that wait for a run. `answer` is only asked if somebody waits.
  void release(core::NamespaceNumber name_space, const RunId& run_id,
               const std::function<Answer()>& answer);

  /// Answers all that wait in a namespace.
  void release_namespace(core::NamespaceNumber name_space, const Status& answer);

  /// Answers all, and from now on everyone that comes.
  void close(const Status& answer);

  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kShards = 16;
  using Table = std::unordered_map<std::string, std::vector<Waiter>>;
  struct Shard {
    std::mutex mutex;
    Table waiting;
    Status closed;
  };

  Shard& shard_of(const std::string& key);
  void answer_all(std::vector<Waiter> waiters, const std::function<Answer()>& answer);
  std::vector<Waiter> take_matching(const std::string& prefix, const Status& closed);
  bool take_place();
  void sweep();

  const std::size_t limit_;
  metrics::Metrics& metrics_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> size_{0};
  std::atomic<std::size_t> sweep_at_{1024};
  std::atomic<std::size_t> refused_;  ///< since the last sweep; at first as many as it takes
};

}  // namespace onerun::actors
