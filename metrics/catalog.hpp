// The catalog of metrics: name, type, labels, meaning. docs/metrics.md is compared with it by a
// test.
#pragma once

#include <array>
#include <string_view>

namespace onerun::metrics {

enum class MetricType { kCounter, kGauge, kHistogram };

struct MetricInfo {
  std::string_view name;
  MetricType type;
  std::string_view labels;  ///< separated by commas
  std::string_view help;
};

inline constexpr MetricInfo kBuildInfo{"onerun_build_info", MetricType::kGauge, "version,format",
                                       "Open runtimes; the labels say what they are."};
inline constexpr MetricInfo kFenced{
    "onerun_fenced", MetricType::kGauge, "",
    "Runtimes that a fault has fenced: they acknowledge nothing more and must be reopened."};
inline constexpr MetricInfo kRecoverySeconds{"onerun_recovery_seconds", MetricType::kGauge, "phase",
                                             "Time that opening took, by phase."};

inline constexpr MetricInfo kStartDecisions{"onerun_start_decisions_total", MetricType::kCounter,
                                            "namespace,rule",
                                            "Starts answered, by the rule that answered."};
inline constexpr MetricInfo kRunsClosed{"onerun_runs_closed_total", MetricType::kCounter,
                                        "namespace,status", "Runs closed, by their last status."};
inline constexpr MetricInfo kRunsContinued{
    "onerun_runs_continued_total", MetricType::kCounter, "namespace,initiator",
    "Runs that followed another one in its chain, by what made them follow."};
inline constexpr MetricInfo kOpenRuns{"onerun_open_runs", MetricType::kGauge, "namespace",
                                      "Runs that are open."};
inline constexpr MetricInfo kClosedRuns{
    "onerun_closed_runs", MetricType::kGauge, "namespace",
    "Closed runs on the store: retained, or expired and not reclaimed yet."};

inline constexpr MetricInfo kOperations{"onerun_operations_total", MetricType::kCounter,
                                        "operation,code", "Requests answered, by status code."};
inline constexpr MetricInfo kOperationSeconds{"onerun_operation_seconds", MetricType::kHistogram,
                                              "operation,code",
                                              "Time from a request to its answer."};
inline constexpr MetricInfo kInFlightRequests{"onerun_in_flight_requests", MetricType::kGauge, "",
                                              "Requests admitted and not answered yet."};
inline constexpr MetricInfo kInFlightBytes{"onerun_in_flight_bytes", MetricType::kGauge, "",
                                           "Bytes that the requests in flight hold."};
inline constexpr MetricInfo kRefusals{
    "onerun_admission_refusals_total", MetricType::kCounter, "resource",
    "Requests refused with resource_exhausted, by the option that sets the bound."};
inline constexpr MetricInfo kCloseWaiters{
    "onerun_close_waiters", MetricType::kGauge, "",
    "Callers that wait for the end or the next event of a run, and "
    "subscriptions."};

inline constexpr MetricInfo kCommits{"onerun_commits_total", MetricType::kCounter, "",
                                     "Commits written to the store."};
inline constexpr MetricInfo kCommitBytes{"onerun_commit_bytes_total", MetricType::kCounter, "",
                                         "Bytes of changes committed."};
inline constexpr MetricInfo kCommitGroups{"onerun_commit_groups", MetricType::kHistogram, "",
                                          "Groups of changes that one commit carried."};
inline constexpr MetricInfo kCommitSeconds{
    "onerun_commit_seconds", MetricType::kHistogram, "",
    "Time of one commit: write and, where durability asks for it, sync."};

inline constexpr MetricInfo kStoreMemory{
    "onerun_store_memory_bytes", MetricType::kGauge, "use",
    "Memory that the store holds on purpose, within the bounds of its options."};

inline constexpr MetricInfo kLiveActors{"onerun_live_actors", MetricType::kGauge, "",
                                        "Workflow actors in memory."};
inline constexpr MetricInfo kActorsSpawned{"onerun_actors_spawned_total", MetricType::kCounter, "",
                                           "Workflow actors made, or taken over from another id."};
inline constexpr MetricInfo kActorsPassivated{"onerun_actors_passivated_total",
                                              MetricType::kCounter, "",
                                              "Workflow actors dropped, or given to another id, "
                                              "while idle."};
inline constexpr MetricInfo kActorsRestarted{
    "onerun_actors_restarted_total", MetricType::kCounter, "",
    "Workflow actors that failed and began again from the store."};

inline constexpr MetricInfo kRetentionReclaimed{"onerun_retention_reclaimed_total",
                                                MetricType::kCounter, "namespace",
                                                "Expired runs removed from the store."};
inline constexpr MetricInfo kRetentionDue{
    "onerun_retention_due_runs", MetricType::kGauge, "",
    "Expired runs not removed yet, as the last look of the retention actor counted them."};
inline constexpr MetricInfo kRetentionLag{
    "onerun_retention_lag_seconds", MetricType::kGauge, "",
    "How long ago the oldest run that is not removed yet has expired."};

inline constexpr MetricInfo kTimerLag{
    "onerun_timer_lag_seconds", MetricType::kGauge, "",
    "How long ago the oldest timer that has not fired yet was due."};

/// All of the above.
inline constexpr std::array kCatalog{
    kBuildInfo,          kFenced,           kRecoverySeconds,
    kStartDecisions,     kRunsClosed,       kOpenRuns,
    kClosedRuns,         kOperations,       kOperationSeconds,
    kInFlightRequests,   kInFlightBytes,    kRefusals,
    kCloseWaiters,       kCommits,          kCommitBytes,
    kCommitGroups,       kCommitSeconds,    kLiveActors,
    kActorsSpawned,      kActorsPassivated, kActorsRestarted,
    kRetentionReclaimed, kRetentionDue,     kRetentionLag,
    kRunsContinued,      kTimerLag,         kStoreMemory,
};

}  // namespace onerun::metrics
