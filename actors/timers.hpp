// The timers that are due soon, in memory: what the timer family of the store holds for the near
// future. All others cost nothing but their place on the disk.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "core/keys.hpp"
#include "onerun/ids.hpp"
#include "onerun/time.hpp"
#include "store/store.hpp"

namespace onerun::actors {

/// A timer of an open run.
struct PendingTimer {
  core::NamespaceNumber name_space;
  core::keys::Timer timer;
  std::string key;  ///< on the store
  WorkflowId workflow_id;

  /// In the order in which they are due.
  friend bool operator<(const PendingTimer& a, const PendingTimer& b) {
    return a.timer.due != b.timer.due ? a.timer.due < b.timer.due : a.key < b.key;
  }
};

/// Threads: any. `load` one at a time.
class Timers {
 public:
  /// How far ahead timers are kept in memory, and how many at most: about 20 MB.
  static constexpr Duration kHorizon = std::chrono::minutes(1);
  static constexpr std::size_t kMostLoaded = 100'000;

  /// `nearer`: called when a timer comes to be the next one; must not call back.
  explicit Timers(std::function<void()> nearer) : nearer_(std::move(nearer)) {}

  /// A run that is durable has a deadline.
  void add(core::NamespaceNumber name_space, const WorkflowId& workflow_id, const RunId& run_id,
           Timestamp due);

  /// The timer of a run that is durable is not needed any more. May throw bad_alloc: then it stays.
  void drop(core::NamespaceNumber name_space, const RunId& run_id, Timestamp due);

  /// Reads what is due in the near future and not in memory yet: a page for each call. Returns
  /// false if there was nothing to look for, or an error. If it throws, the next call reads it.
  Result<bool> load(const store::Store& store, core::NamespaceNumber name_space, Timestamp now);

  /// Takes out the next timer if it is due by now, and nothing before it has still to be read.
  std::optional<PendingTimer> take_due(Timestamp now);

  /// A timer that was taken could not be handled: it will be read again.
  void put_back(const PendingTimer& pending) noexcept;

  /// One may be missing: all of the namespace are read again.
  void read_again(core::NamespaceNumber name_space) noexcept;

  /// Forgets a namespace that is gone.
  void forget(core::NamespaceNumber name_space);

  /// When the next one that is in memory is due.
  std::optional<Timestamp> next_due() const;

 private:
  Result<bool> read_page(const store::Store& store, core::NamespaceNumber name_space,
                         const std::string& from, const std::string& target);
  std::string& loaded_to(core::NamespaceNumber name_space);
  void insert(PendingTimer pending);

  const std::function<void()> nearer_;
  mutable std::mutex mutex_;
  std::set<PendingTimer> loaded_;
  /// All timers of a namespace before this key are loaded, or were.
  std::map<core::NamespaceNumber, std::string> loaded_to_;
};

}  // namespace onerun::actors
