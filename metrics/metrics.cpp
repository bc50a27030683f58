#include "metrics/metrics.hpp"

#include <prometheus/family.h>

#include <algorithm>
#include <set>
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

std::set<std::string> names_in(std::string_view labels) {
  std::set<std::string> names;
  while (!labels.empty()) {
    const std::size_t end = std::min(labels.find(','), labels.size());
    names.emplace(labels.substr(0, end));
    labels.remove_prefix(std::min(end + 1, labels.size()));
  }
  return names;
}

/// The registry takes any labels for a family; what reads the series does not.
template <class Metric>
bool has_other_labels(const Family<Metric>& family, const MetricInfo& info) {
  const std::set<std::string> expected = names_in(info.labels);
  for (const auto& collected : family.Collect()) {
    for (const auto& series : collected.metric) {
      std::set<std::string> names;
      for (const auto& label : series.label) names.insert(label.name);
      if (names != expected) return true;
    }
  }
  return false;
}

template <class Builder>
auto& register_family(Builder builder, const MetricInfo& info, Registry& registry) {
  const std::string name(info.name);
  try {
    auto& family = builder.Name(name).Help(std::string(info.help)).Register(registry);
    if (has_other_labels(family, info)) throw MetricExists(name);
    return family;
  } catch (const std::invalid_argument&) {
    throw MetricExists(name);
  }
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

MetricExists::MetricExists(const std::string& name)
    : std::runtime_error("the registry has a metric \"" + name +
                         "\" already, of another type or with other labels") {}

/// All families, registered before the first series is made: a registry that refuses one of them
/// shows nothing of the others.
struct Metrics::Families {
  explicit Families(Registry& r);

  Family<Gauge>& build_info;
  Family<Gauge>& fenced;
  Family<Gauge>& recovery_seconds;
  Family<Counter>& start_decisions;
  Family<Counter>& runs_closed;
  Family<Counter>& runs_continued;
  Family<Gauge>& open_runs;
  Family<Gauge>& closed_runs;
  Family<Counter>& operations;
  Family<Histogram>& operation_seconds;
  Family<Gauge>& in_flight_requests;
  Family<Gauge>& in_flight_bytes;
  Family<Counter>& refusals;
  Family<Gauge>& close_waiters;
  Family<Counter>& commits;
  Family<Counter>& commit_bytes;
  Family<Histogram>& commit_groups;
  Family<Histogram>& commit_seconds;
  Family<Gauge>& store_memory;
  Family<Gauge>& live_actors;
  Family<Counter>& actors_spawned;
  Family<Counter>& actors_passivated;
  Family<Counter>& actors_restarted;
  Family<Counter>& retention_reclaimed;
  Family<Gauge>& retention_due;
  Family<Gauge>& retention_lag;
  Family<Gauge>& timer_lag;
};

Metrics::Families::Families(Registry& r)
    : build_info(gauge(kBuildInfo, r)),
      fenced(gauge(kFenced, r)),
      recovery_seconds(gauge(kRecoverySeconds, r)),
      start_decisions(counter(kStartDecisions, r)),
      runs_closed(counter(kRunsClosed, r)),
      runs_continued(counter(kRunsContinued, r)),
      open_runs(gauge(kOpenRuns, r)),
      closed_runs(gauge(kClosedRuns, r)),
      operations(counter(kOperations, r)),
      operation_seconds(histogram(kOperationSeconds, r)),
      in_flight_requests(gauge(kInFlightRequests, r)),
      in_flight_bytes(gauge(kInFlightBytes, r)),
      refusals(counter(kRefusals, r)),
      close_waiters(gauge(kCloseWaiters, r)),
      commits(counter(kCommits, r)),
      commit_bytes(counter(kCommitBytes, r)),
      commit_groups(histogram(kCommitGroups, r)),
      commit_seconds(histogram(kCommitSeconds, r)),
      store_memory(gauge(kStoreMemory, r)),
      live_actors(gauge(kLiveActors, r)),
      actors_spawned(counter(kActorsSpawned, r)),
      actors_passivated(counter(kActorsPassivated, r)),
      actors_restarted(counter(kActorsRestarted, r)),
      retention_reclaimed(counter(kRetentionReclaimed, r)),
      retention_due(gauge(kRetentionDue, r)),
      retention_lag(gauge(kRetentionLag, r)),
      timer_lag(gauge(kTimerLag, r)) {}

/// What the runtime has of each gauge that is not of a namespace.
struct Metrics::Gauges {
  explicit Gauges(Families& f)
      : build_info(f.build_info.Add(
            {{"version", ONERUN_VERSION}, {"format", std::to_string(kFormatVersion)}})),
        fenced(f.fenced.Add({})),
        in_flight_requests(f.in_flight_requests.Add({})),
        in_flight_bytes(f.in_flight_bytes.Add({})),
        close_waiters(f.close_waiters.Add({})),
        live_actors(f.live_actors.Add({})),
        memtable_bytes(f.store_memory.Add({{"use", "memtables"}})),
        block_cache_bytes(f.store_memory.Add({{"use", "block_cache"}})),
        retention_due(f.retention_due.Add({})),
        retention_lag(f.retention_lag.Add({})),
        timer_lag(f.timer_lag.Add({})) {}

  GaugeShare build_info;
  GaugeShare fenced;
  GaugeShare in_flight_requests;
  GaugeShare in_flight_bytes;
  GaugeShare close_waiters;
  GaugeShare live_actors;
  GaugeShare memtable_bytes;
  GaugeShare block_cache_bytes;
  GaugeShare retention_due;
  GaugeShare retention_lag;
  GaugeShare timer_lag;
  std::vector<GaugeShare> recovery = {};
};

Metrics::Metrics(std::shared_ptr<Registry> registry)
    : registry_(std::move(registry)),
      families_(std::make_unique<Families>(*registry_)),
      commits_(&families_->commits.Add({})),
      commit_bytes_(&families_->commit_bytes.Add({})),
      commit_groups_histogram_(&families_->commit_groups.Add({}, boundaries(kCountBuckets))),
      commit_seconds_histogram_(&families_->commit_seconds.Add({}, boundaries(kSecondsBuckets))),
      actors_spawned_(&families_->actors_spawned.Add({})),
      actors_passivated_(&families_->actors_passivated.Add({})),
      actors_restarted_(&families_->actors_restarted.Add({})),
      gauges_(std::make_unique<Gauges>(*families_)) {
  for (std::size_t i = 0; i < refusals_.size(); ++i) {
    refusals_[i] = &families_->refusals.Add({{"resource", std::string(kResourceNames[i])}});
  }
  gauges_->build_info.set(1);
}

Metrics::~Metrics() = default;

void Metrics::withdraw_gauges() {
  const std::lock_guard lock(gauges_mutex_);
  gauges_.reset();
}

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
  const std::lock_guard lock(gauges_mutex_);
  if (gauges_ == nullptr) return;
  gauges_->recovery.emplace_back(families_->recovery_seconds.Add({{"phase", phase}}));
  gauges_->recovery.back().set(seconds(took));
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

  const std::lock_guard lock(gauges_mutex_);
  if (gauges_ == nullptr) return;
  gauges_->fenced.set(fenced_now_.load(std::memory_order_relaxed) ? 1 : 0);
  gauges_->in_flight_requests.set(static_cast<double>(levels.in_flight_requests));
  gauges_->in_flight_bytes.set(static_cast<double>(levels.in_flight_bytes));
  gauges_->close_waiters.set(static_cast<double>(levels.close_waiters));
  gauges_->live_actors.set(static_cast<double>(levels.live_actors));
  gauges_->memtable_bytes.set(static_cast<double>(levels.memtable_bytes));
  gauges_->block_cache_bytes.set(static_cast<double>(levels.block_cache_bytes));
  gauges_->retention_due.set(
      static_cast<double>(retention_due_now_.load(std::memory_order_relaxed)));
  gauges_->retention_lag.set(
      static_cast<double>(retention_lag_ms_.load(std::memory_order_relaxed)) / 1e3);
  gauges_->timer_lag.set(static_cast<double>(timer_lag_ms_.load(std::memory_order_relaxed)) / 1e3);
}

}  // namespace onerun::metrics
