#include "metrics/metrics.hpp"

#include <prometheus/family.h>

#include <vector>

#include "core/retention.hpp"
#include "metrics/catalog.hpp"
#include "onerun/version.hpp"

namespace onerun::metrics {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

constexpr std::array kRules = {StartRule::kStarted,
                               StartRule::kTerminatedExistingAndStarted,
                               StartRule::kUsedExisting,
                               StartRule::kDeduplicated,
                               StartRule::kDeduplicatedAttached,
                               StartRule::kRejectedRunning,
                               StartRule::kRejectedCompleted,
                               StartRule::kRejectedDuplicate,
                               StartRule::kEnqueued,
                               StartRule::kCancelRequestedAndEnqueued};

constexpr std::array kInitiators = {Initiator::kWorkflow, Initiator::kRetry,
                                    Initiator::kCronSchedule};

template <class Builder>
auto& register_family(Builder builder, const MetricInfo& info, Registry& registry) {
  return builder.Name(std::string(info.name)).Help(std::string(info.help)).Register(registry);
}

Family<Counter>& counter(const MetricInfo& info, Registry& registry) {
  return register_family(prometheus::BuildCounter(), info, registry);
}
Family<Gauge>& gauge(const MetricInfo& info, Registry& registry) {
  return register_family(prometheus::BuildGauge(), info, registry);
}
Family<Histogram>& histogram(const MetricInfo& info, Registry& registry) {
  return register_family(prometheus::BuildHistogram(), info, registry);
}

template <std::size_t N>
Histogram::BucketBoundaries boundaries(const std::array<double, N>& bounds) {
  return {bounds.begin(), bounds.end()};
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::string_view name_of(Operation operation) {
  constexpr std::array<std::string_view, kOperationCount> kNames = {
      "start",
      "describe",
      "complete",
      "fail",
      "request_cancel",
      "report_canceled",
      "terminate",
      "remove",
      "wait_closed",
      "continue_as_new",
      "signal",
      "signal_with_start",
      "history",
      "wait_history",
      "chain",
      "runs",
      "reset",
      "pause",
      "unpause",
      "time_out",
      "register_namespace",
      "update_namespace",
      "describe_namespace",
      "deprecate_namespace",
      "delete_namespace",
      "list",
      "count",
  };
  return kNames[static_cast<std::size_t>(operation)];
}

/// The families that get series later, or one for each label value.
struct Metrics::Families {
  explicit Families(Registry& r)
      : start_decisions(counter(kStartDecisions, r)),
        runs_closed(counter(kRunsClosed, r)),
        runs_continued(counter(kRunsContinued, r)),
        open_runs(gauge(kOpenRuns, r)),
        closed_runs(gauge(kClosedRuns, r)),
        retention_reclaimed(counter(kRetentionReclaimed, r)),
        operations(counter(kOperations, r)),
        operation_seconds(histogram(kOperationSeconds, r)),
        recovery_seconds(gauge(kRecoverySeconds, r)) {}

  Family<Counter>& start_decisions;
  Family<Counter>& runs_closed;
  Family<Counter>& runs_continued;
  Family<Gauge>& open_runs;
  Family<Gauge>& closed_runs;
  Family<Counter>& retention_reclaimed;
  Family<Counter>& operations;
  Family<Histogram>& operation_seconds;
  Family<Gauge>& recovery_seconds;
};

Metrics::Metrics(std::shared_ptr<Registry> registry)
    : registry_(std::move(registry)),
      families_(std::make_unique<Families>(*registry_)),
      commits_(&counter(kCommits, *registry_).Add({})),
      commit_bytes_(&counter(kCommitBytes, *registry_).Add({})),
      commit_groups_histogram_(
          &histogram(kCommitGroups, *registry_).Add({}, boundaries(kCountBuckets))),
      commit_seconds_histogram_(
          &histogram(kCommitSeconds, *registry_).Add({}, boundaries(kSecondsBuckets))),
      actors_spawned_(&counter(kActorsSpawned, *registry_).Add({})),
      actors_passivated_(&counter(kActorsPassivated, *registry_).Add({})),
      actors_restarted_(&counter(kActorsRestarted, *registry_).Add({})),
      build_info_(
          gauge(kBuildInfo, *registry_)
              .Add({{"version", ONERUN_VERSION}, {"format", std::to_string(kFormatVersion)}})),
      fenced_(gauge(kFenced, *registry_).Add({})),
      in_flight_requests_(gauge(kInFlightRequests, *registry_).Add({})),
      in_flight_bytes_(gauge(kInFlightBytes, *registry_).Add({})),
      close_waiters_(gauge(kCloseWaiters, *registry_).Add({})),
      live_actors_(gauge(kLiveActors, *registry_).Add({})),
      memtable_bytes_(gauge(kStoreMemory, *registry_).Add({{"use", "memtables"}})),
      block_cache_bytes_(gauge(kStoreMemory, *registry_).Add({{"use", "block_cache"}})),
      retention_due_(gauge(kRetentionDue, *registry_).Add({})),
      retention_lag_(gauge(kRetentionLag, *registry_).Add({})),
      timer_lag_(gauge(kTimerLag, *registry_).Add({})) {
  Family<Counter>& refusals = counter(kRefusals, *registry_);
  for (std::size_t i = 0; i < refusals_.size(); ++i) {
    refusals_[i] = &refusals.Add({{"resource", std::string(kResourceNames[i])}});
  }
  build_info_.set(1);
}

Metrics::~Metrics() = default;

std::unique_ptr<NamespaceMetrics> Metrics::add_namespace(const std::string& name) {
  std::unique_ptr<NamespaceMetrics> series(
      new NamespaceMetrics(families_->open_runs.Add({{"namespace", name}}),
                           families_->closed_runs.Add({{"namespace", name}})));
  for (const StartRule rule : kRules) {
    series->decisions_[NamespaceMetrics::index(rule)] = &families_->start_decisions.Add(
        {{"namespace", name}, {"rule", std::string(to_string(rule))}});
  }
  for (const RunStatus status : core::kClosedStatuses) {
    series->closed_[NamespaceMetrics::index(status)] = &families_->runs_closed.Add(
        {{"namespace", name}, {"status", std::string(to_string(status))}});
  }
  for (const Initiator initiator : kInitiators) {
    series->continued_[NamespaceMetrics::index(initiator)] = &families_->runs_continued.Add(
        {{"namespace", name}, {"initiator", std::string(to_string(initiator))}});
  }
  series->reclaimed_ = &families_->retention_reclaimed.Add({{"namespace", name}});
  return series;
}

prometheus::Counter& Metrics::counter_of(Operation operation, StatusCode code,
                                         OperationSlot& slot) {
  Counter* known = slot.counter.load(std::memory_order_acquire);
  if (known == nullptr) {
    // The first of its kind makes the series; the registry gives the same one to whoever is second.
    known = &families_->operations.Add(
        {{"operation", std::string(name_of(operation))}, {"code", std::string(to_string(code))}});
    slot.counter.store(known, std::memory_order_release);
  }
  return *known;
}

void Metrics::answered(Operation operation, StatusCode code, std::chrono::nanoseconds took) {
  OperationSlot& slot =
      operations_[static_cast<std::size_t>(operation)][static_cast<std::size_t>(code)];
  counter_of(operation, code, slot).Increment();
  slot.seconds.record(seconds(took));
}

void Metrics::committed(std::size_t groups, std::size_t bytes, std::chrono::nanoseconds took) {
  commits_->Increment();
  commit_bytes_->Increment(static_cast<double>(bytes));
  commit_groups_.record(static_cast<double>(groups));
  commit_seconds_.record(seconds(took));
}

void Metrics::fenced() { fenced_now_.store(true, std::memory_order_relaxed); }

void Metrics::recovered(const std::string& phase, std::chrono::nanoseconds took) {
  const std::lock_guard lock(recovery_mutex_);
  recovery_.emplace_back(families_->recovery_seconds.Add({{"phase", phase}}));
  recovery_.back().set(seconds(took));
}

void Metrics::flush(const Levels& levels) {
  for (std::size_t op = 0; op < kOperationCount; ++op) {
    for (std::size_t code = 0; code < kCodes; ++code) {
      OperationSlot& slot = operations_[op][code];
      if (slot.histogram == nullptr) {
        if (!slot.seconds.used()) continue;
        slot.histogram = &families_->operation_seconds.Add(
            {{"operation", std::string(name_of(static_cast<Operation>(op)))},
             {"code", std::string(to_string(static_cast<StatusCode>(code)))}},
            boundaries(kSecondsBuckets));
      }
      slot.seconds.flush(*slot.histogram);
    }
  }
  commit_groups_.flush(*commit_groups_histogram_);
  commit_seconds_.flush(*commit_seconds_histogram_);

  fenced_.set(fenced_now_.load(std::memory_order_relaxed) ? 1 : 0);
  in_flight_requests_.set(static_cast<double>(levels.in_flight_requests));
  in_flight_bytes_.set(static_cast<double>(levels.in_flight_bytes));
  close_waiters_.set(static_cast<double>(levels.close_waiters));
  live_actors_.set(static_cast<double>(levels.live_actors));
  memtable_bytes_.set(static_cast<double>(levels.memtable_bytes));
  block_cache_bytes_.set(static_cast<double>(levels.block_cache_bytes));
  retention_due_.set(static_cast<double>(retention_due_now_.load(std::memory_order_relaxed)));
  retention_lag_.set(static_cast<double>(retention_lag_ms_.load(std::memory_order_relaxed)) / 1e3);
  timer_lag_.set(static_cast<double>(timer_lag_ms_.load(std::memory_order_relaxed)) / 1e3);
}

}  // namespace onerun::metrics
