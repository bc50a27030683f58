// Those who wait for a run to close.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "actors/waiter_table.hpp"
#include "onerun/detail/promise.hpp"
#include "onerun/log.hpp"
#include "onerun/run.hpp"

namespace onerun::actors {

/// Threads: any.
class CloseWaiters {
 public:
  using Answer = Result<RunDescription>;

  /// One that waits, and since when.
  struct Waiter {
    Promise<Answer> promise;
    std::chrono::steady_clock::time_point since;

    bool is_gone() const { return promise.abandoned(); }
  };

  CloseWaiters(std::size_t limit, metrics::Metrics& metrics, LogSink& log)
      : metrics_(metrics), log_(log), table_(limit, metrics) {}

  /// As `WaiterTable::add`.
  Status add(core::NamespaceNumber name_space, const RunId& run_id, Waiter&& waiter) {
    return table_.add(name_space, run_id, std::move(waiter));
  }

  /// Answers all that wait for a run. `answer` is only asked if somebody waits.
  void release(core::NamespaceNumber name_space, const RunId& run_id,
               const std::function<Answer()>& answer);

  /// Answers all that wait in a namespace.
  void release_namespace(core::NamespaceNumber name_space, const Status& answer);

  /// Answers all, and from now on everyone that comes.
  void close(const Status& answer);

  std::size_t size() const { return table_.size(); }

 private:
  void answer_all(std::vector<Waiter> waiters, const std::function<Answer()>& answer);

  metrics::Metrics& metrics_;
  LogSink& log_;
  WaiterTable<Waiter> table_;
};

}  // namespace onerun::actors
