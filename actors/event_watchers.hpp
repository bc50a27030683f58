// Those who want to hear of the next event of a run.
#pragma once

#include <memory>
#include <utility>

#include "actors/waiter_table.hpp"

namespace onerun::actors {

/// Somebody who reads the history of a run and has come to its end.
class EventWatcher {
 public:
  virtual ~EventWatcher() = default;

  /// There may be more to read. Called from the log's thread, so it must not do it there.
  virtual void wake() noexcept = 0;

  /// True if nobody wants to read any more.
  virtual bool is_gone() const = 0;
};

/// Threads: any.
class EventWatchers {
 public:
  EventWatchers(std::size_t limit, metrics::Metrics& metrics) : table_(limit, metrics) {}

  /// As `WaiterTable::add`. A watcher is woken once.
  Status add(core::NamespaceNumber name_space, const RunId& run_id,
             std::shared_ptr<EventWatcher> watcher) {
    return table_.add(name_space, run_id, {std::move(watcher)});
  }

  void wake(core::NamespaceNumber name_space, const RunId& run_id) {
    wake_all(table_.take(name_space, run_id));
  }
  void wake_namespace(core::NamespaceNumber name_space) {
    wake_all(table_.take_namespace(name_space));
  }
  /// Wakes all, and refuses everyone that comes.
  void close(const Status& answer) { wake_all(table_.close(answer)); }

  std::size_t size() const { return table_.size(); }

 private:
  struct Waiter {
    std::shared_ptr<EventWatcher> watcher;
    bool is_gone() const { return watcher->is_gone(); }
  };

  static void wake_all(const std::vector<Waiter>& waiters) {
    for (const Waiter& waiter : waiters) waiter.watcher->wake();
  }

  WaiterTable<Waiter> table_;
};

}  // namespace onerun::actors
