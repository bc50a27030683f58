// What came of the operations, counted by rule as they are answered.
#pragma once

#include <onerun/onerun.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "histogram.hpp"
#include "mix.hpp"

namespace onerun::load {

/// Threads: any.
class Tally {
 public:
  /// Counts the answer to a start by the rule that gave it, or as an error.
  void start_answered(const Result<StartResult>& answer) {
    add_to(operations_);
    if (answer.ok()) return add_rule(answer->rule);
    const Status status = answer.status();
    if (const auto* refused = status.detail<AlreadyStarted>()) return add_rule(refused->rule);
    error(status);
  }

  /// Counts the answer to anything else: done, refused because there was no such run or it was
  /// closed or paused, or an error.
  void answered(Operation operation, const Status& status) {
    add_to(operations_);
    if (status.ok()) return add_to(done_[static_cast<std::size_t>(operation)]);
    if (status.code() == StatusCode::kNotFound || status.detail<IsPaused>() != nullptr) {
      return add_to(refused_[static_cast<std::size_t>(operation)]);
    }
    error(status);
  }

  /// A close that a trace asks for, of a run that was never started or is closed already.
  void close_skipped() { add_to(close_skipped_); }

  std::uint64_t by_rule(StartRule rule) const {
    return rules_[static_cast<std::size_t>(rule)].load(std::memory_order_relaxed);
  }
  /// Runs that were started, also those that displaced another.
  std::uint64_t started() const {
    return by_rule(StartRule::kStarted) + by_rule(StartRule::kTerminatedExistingAndStarted);
  }
  std::uint64_t done(Operation operation) const {
    return done_[static_cast<std::size_t>(operation)].load(std::memory_order_relaxed);
  }
  std::uint64_t refused(Operation operation) const {
    return refused_[static_cast<std::size_t>(operation)].load(std::memory_order_relaxed);
  }
  std::uint64_t skipped_closes() const { return close_skipped_.load(std::memory_order_relaxed); }
  /// All that were answered.
  std::uint64_t operations() const { return operations_.load(std::memory_order_relaxed); }
  std::uint64_t errors() const { return overloaded() + unexplained_errors(); }
  /// Refused with `resource_exhausted`.
  std::uint64_t overloaded() const { return overloaded_.load(std::memory_order_relaxed); }
  /// Of the errors those that overload does not explain.
  std::uint64_t unexplained_errors() const { return unexplained_.load(std::memory_order_relaxed); }
  /// The first that overload does not explain; if there is none, the first.
  std::string first_error() const {
    const std::lock_guard lock(mutex_);
    return first_unexplained_.empty() ? first_overloaded_ : first_unexplained_;
  }

  LatencyHistogram latency;

 private:
  using Count = std::atomic<std::uint64_t>;

  static void add_to(Count& count) { count.fetch_add(1, std::memory_order_relaxed); }

  void add_rule(StartRule rule) { add_to(rules_[static_cast<std::size_t>(rule)]); }

  /// An answer that no rule gives. The first of each kind is kept for the report.
  void error(const Status& status) {
    const bool is_overload = status.code() == StatusCode::kResourceExhausted;
    Count& count = is_overload ? overloaded_ : unexplained_;
    if (count.fetch_add(1, std::memory_order_relaxed) > 0) return;
    const std::lock_guard lock(mutex_);
    (is_overload ? first_overloaded_ : first_unexplained_) = status.to_string();
  }

  std::array<Count, 11> rules_{};
  std::array<Count, kOperations.size()> done_{};
  std::array<Count, kOperations.size()> refused_{};
  Count operations_{0};
  Count close_skipped_{0};
  Count overloaded_{0};
  Count unexplained_{0};
  mutable std::mutex mutex_;
  std::string first_overloaded_;
  std::string first_unexplained_;
};

}  // namespace onerun::load
