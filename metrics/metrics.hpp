// What a runtime records, and how it reaches a Prometheus registry. Recording takes no lock:
// counters are prometheus-cpp's own atomics, histograms are flushed into theirs.
#pragma once

#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/records.hpp"
#include "metrics/instruments.hpp"
#include "onerun/chain.hpp"
#include "onerun/options.hpp"
#include "onerun/policy.hpp"
#include "onerun/status.hpp"

namespace onerun {

/// Carries the host's registry through Options.
class MetricsRegistry {
 public:
  explicit MetricsRegistry(std::shared_ptr<prometheus::Registry> r) : registry(std::move(r)) {}
  const std::shared_ptr<prometheus::Registry> registry;
};

}  // namespace onerun

namespace onerun::metrics {

/// The calls of the public API, as the label `operation`.
enum class Operation : std::uint8_t {
  kStart,
  kDescribe,
  kComplete,
  kFail,
  kRequestCancel,
  kReportCanceled,
  kTerminate,
  kRemove,
  kWaitClosed,
  kContinueAsNew,
  kSignal,
  kSignalWithStart,
  kHistory,
  kWaitHistory,
  kChain,
  kRuns,
  kReset,
  kPause,
  kUnpause,
  kTimeOut,  ///< what the runtime asks for when a deadline has passed
  kRegisterNamespace,
  kUpdateNamespace,
  kDescribeNamespace,
  kDeprecateNamespace,
  kDeleteNamespace,
  kList,
  kCount,
};
inline constexpr std::size_t kOperationCount = 27;

std::string_view name_of(Operation operation);

/// The bounds that requests are admitted under, as the label `resource`: names of options.
enum class Resource : std::uint8_t { kMaxInFlight, kMaxInFlightBytes, kMaxCloseWaiters };
inline constexpr std::array<std::string_view, 3> kResourceNames = {
    "max_in_flight", "max_in_flight_bytes", "max_close_waiters"};

constexpr std::string_view name_of(Resource resource) {
  return kResourceNames[static_cast<std::size_t>(resource)];
}

/// The series of one namespace.
class NamespaceMetrics {
 public:
  void decided(StartRule rule) { decisions_[index(rule)]->Increment(); }
  void closed(RunStatus status) { closed_[index(status)]->Increment(); }
  void continued(Initiator initiator) { continued_[index(initiator)]->Increment(); }
  void reclaimed(double runs) { reclaimed_->Increment(runs); }

  /// From one thread.
  void set_counts(const core::RunCounts& counts) {
    open_runs_.set(static_cast<double>(counts.open));
    closed_runs_.set(static_cast<double>(counts.closed));
  }

 private:
  friend class Metrics;
  static constexpr std::size_t kRules =
      static_cast<std::size_t>(StartRule::kCancelRequestedAndEnqueued) + 1;
  static constexpr std::size_t kStatuses = 9;
  static constexpr std::size_t kInitiators = 4;

  NamespaceMetrics(prometheus::Gauge& open, prometheus::Gauge& closed)
      : open_runs_(open), closed_runs_(closed) {}

  template <class Enum>
  static std::size_t index(Enum value) {
    return static_cast<std::size_t>(value);
  }

  std::array<prometheus::Counter*, kRules> decisions_{};
  std::array<prometheus::Counter*, kStatuses> closed_{};
  std::array<prometheus::Counter*, kInitiators> continued_{};
  prometheus::Counter* reclaimed_ = nullptr;
  GaugeShare open_runs_;
  GaugeShare closed_runs_;
};

/// Values that are read when metrics are flushed.
struct Levels {
  std::uint64_t in_flight_requests = 0;
  std::uint64_t in_flight_bytes = 0;
  std::uint64_t close_waiters = 0;
  std::uint64_t live_actors = 0;
  std::uint64_t memtable_bytes = 0;
  std::uint64_t block_cache_bytes = 0;
};

/// The host's registry has a metric of one of onerun's names that is not onerun's.
class MetricExists : public std::runtime_error {
 public:
  explicit MetricExists(const std::string& name);
};

/// Threads: everything from any thread, except `flush`, one at a time.
class Metrics {
 public:
  /// Registers all families. Throws MetricExists if one can't be.
  explicit Metrics(std::shared_ptr<prometheus::Registry> registry);
  ~Metrics();

  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

  /// The series of a namespace. They stay in the registry when the namespace is gone: another
  /// runtime may record into them.
  std::unique_ptr<NamespaceMetrics> add_namespace(const std::string& name);

  void answered(Operation operation, StatusCode code, std::chrono::nanoseconds took);
  void refused(Resource resource) { refusals_[static_cast<std::size_t>(resource)]->Increment(); }
  void committed(std::size_t groups, std::size_t bytes, std::chrono::nanoseconds took);
  void fenced();
  void recovered(const std::string& phase, std::chrono::nanoseconds took);

  void actor_spawned() { actors_spawned_->Increment(); }
  void actors_passivated(double number) { actors_passivated_->Increment(number); }
  void actor_restarted() { actors_restarted_->Increment(); }

  void set_retention(std::uint64_t due, std::chrono::milliseconds lag) {
    retention_due_now_.store(due, std::memory_order_relaxed);
    retention_lag_ms_.store(lag.count(), std::memory_order_relaxed);
  }

  /// `next`: when the next timer is due, if one is in memory.
  void set_timers(std::optional<Timestamp> next, Timestamp now) {
    const Duration lag = next ? std::max(now - *next, Duration::zero()) : Duration::zero();
    timer_lag_ms_.store(lag.count(), std::memory_order_relaxed);
  }

  /// Brings gauges and histograms up to date.
  void flush(const Levels& levels);

  /// Takes away what this runtime has of all gauges, except those of namespaces, which go with
  /// them. Counters and histograms stay, and go on.
  void withdraw_gauges();

 private:
  struct Families;
  struct Gauges;
  static constexpr std::size_t kCodes = 16;  ///< canonical status codes

  struct OperationSlot {
    std::atomic<prometheus::Counter*> counter{nullptr};
    SecondsHistogram seconds{kSecondsBuckets};
    prometheus::Histogram* histogram = nullptr;  ///< of `flush` alone
  };

  prometheus::Counter& counter_of(Operation operation, StatusCode code, OperationSlot& slot);

  const std::shared_ptr<prometheus::Registry> registry_;
  const std::unique_ptr<Families> families_;

  std::array<std::array<OperationSlot, kCodes>, kOperationCount> operations_;

  std::array<prometheus::Counter*, kResourceNames.size()> refusals_{};

  prometheus::Counter* commits_;
  prometheus::Counter* commit_bytes_;
  prometheus::Histogram* commit_groups_histogram_;
  prometheus::Histogram* commit_seconds_histogram_;
  CountHistogram commit_groups_{kCountBuckets};
  SecondsHistogram commit_seconds_{kSecondsBuckets};

  prometheus::Counter* actors_spawned_;
  prometheus::Counter* actors_passivated_;
  prometheus::Counter* actors_restarted_;

  std::mutex gauges_mutex_;
  std::unique_ptr<Gauges> gauges_;  ///< none once they are withdrawn
  std::atomic<bool> fenced_now_{false};
  std::atomic<std::uint64_t> retention_due_now_{0};
  std::atomic<std::int64_t> retention_lag_ms_{0};
  std::atomic<std::int64_t> timer_lag_ms_{0};
};

}  // namespace onerun::metrics
