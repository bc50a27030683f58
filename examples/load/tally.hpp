// What came of the operations, counted by rule as they are answered.
#pragma once

#include <onerun/onerun.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "histogram.hpp"

namespace onerun::load {

/// Threads: any.
class Tally {
 public:
  /// Counts the answer to a start by the rule that gave it, or as an error.
  void start_answered(const Result<StartResult>& answer) {
    if (answer.ok()) return add_rule(answer->rule);
    const Status status = answer.status();
    if (const auto* refused = status.detail<AlreadyStarted>()) return add_rule(refused->rule);
    if (status.code() == StatusCode::kResourceExhausted) {
      overloaded_.fetch_add(1, std::memory_order_relaxed);
    }
    error(status);
  }

  void completed() { completed_.fetch_add(1, std::memory_order_relaxed); }
  void failed() { failed_.fetch_add(1, std::memory_order_relaxed); }
  void close_skipped() { close_skipped_.fetch_add(1, std::memory_order_relaxed); }

  /// An answer that no rule gives. The first is kept for the report.
  void error(const Status& status) {
    if (errors_.fetch_add(1, std::memory_order_relaxed) > 0) return;
    const std::lock_guard lock(mutex_);
    first_error_ = status.to_string();
  }

  std::uint64_t by_rule(StartRule rule) const {
    return rules_[static_cast<std::size_t>(rule)].load(std::memory_order_relaxed);
  }
  /// Runs that were started, also those that displaced another.
  std::uint64_t started() const {
    return by_rule(StartRule::kStarted) + by_rule(StartRule::kTerminatedExistingAndStarted);
  }
  std::uint64_t completed_runs() const { return completed_.load(std::memory_order_relaxed); }
  std::uint64_t failed_runs() const { return failed_.load(std::memory_order_relaxed); }
  std::uint64_t skipped_closes() const { return close_skipped_.load(std::memory_order_relaxed); }
  std::uint64_t errors() const { return errors_.load(std::memory_order_relaxed); }
  std::uint64_t overloaded() const { return overloaded_.load(std::memory_order_relaxed); }
  std::string first_error() const {
    const std::lock_guard lock(mutex_);
    return first_error_;
  }

  LatencyHistogram start_latency;

 private:
  void add_rule(StartRule rule) {
    rules_[static_cast<std::size_t>(rule)].fetch_add(1, std::memory_order_relaxed);
  }

  std::array<std::atomic<std::uint64_t>, 9> rules_{};
  std::atomic<std::uint64_t> completed_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> close_skipped_{0};
  std::atomic<std::uint64_t> errors_{0};
  std::atomic<std::uint64_t> overloaded_{0};
  mutable std::mutex mutex_;
  std::string first_error_;
};

}  // namespace onerun::load
