// Names of policies, statuses and rules.
#include "onerun/policy.hpp"

#include <ostream>

#include "core/names.hpp"

namespace onerun {
namespace {

using core::name_of;
using core::NameTable;
using core::value_of;

constexpr NameTable<ReusePolicy, 5> kReusePolicies{{
    {ReusePolicy::kUnspecified, "unspecified"},
    {ReusePolicy::kAllowDuplicate, "allow_duplicate"},
    {ReusePolicy::kAllowDuplicateFailedOnly, "allow_duplicate_failed_only"},
    {ReusePolicy::kRejectDuplicate, "reject_duplicate"},
    {ReusePolicy::kTerminateIfRunning, "terminate_if_running"},
}};

constexpr NameTable<ConflictPolicy, 6> kConflictPolicies{{
    {ConflictPolicy::kUnspecified, "unspecified"},
    {ConflictPolicy::kFail, "fail"},
    {ConflictPolicy::kUseExisting, "use_existing"},
    {ConflictPolicy::kTerminateExisting, "terminate_existing"},
    {ConflictPolicy::kCancelExisting, "cancel_existing"},
    {ConflictPolicy::kEnqueue, "enqueue"},
}};

constexpr NameTable<RunStatus, 9> kRunStatuses{{
    {RunStatus::kUnspecified, "unspecified"},
    {RunStatus::kRunning, "running"},
    {RunStatus::kCompleted, "completed"},
    {RunStatus::kFailed, "failed"},
    {RunStatus::kCanceled, "canceled"},
    {RunStatus::kTerminated, "terminated"},
    {RunStatus::kContinuedAsNew, "continued_as_new"},
    {RunStatus::kTimedOut, "timed_out"},
    {RunStatus::kPaused, "paused"},
}};

constexpr NameTable<StartRule, 10> kStartRules{{
    {StartRule::kStarted, "started"},
    {StartRule::kTerminatedExistingAndStarted, "terminated_existing_and_started"},
    {StartRule::kUsedExisting, "used_existing"},
    {StartRule::kDeduplicated, "deduplicated"},
    {StartRule::kDeduplicatedAttached, "deduplicated_attached"},
    {StartRule::kRejectedRunning, "rejected_running"},
    {StartRule::kRejectedCompleted, "rejected_completed"},
    {StartRule::kRejectedDuplicate, "rejected_duplicate"},
    {StartRule::kEnqueued, "enqueued"},
    {StartRule::kCancelRequestedAndEnqueued, "cancel_requested_and_enqueued"},
}};

}  // namespace

std::string_view to_string(ReusePolicy policy) { return name_of(kReusePolicies, policy); }
std::string_view to_string(ConflictPolicy policy) { return name_of(kConflictPolicies, policy); }
std::string_view to_string(RunStatus status) { return name_of(kRunStatuses, status); }
std::string_view to_string(StartRule rule) { return name_of(kStartRules, rule); }

std::optional<ReusePolicy> reuse_policy_from(std::string_view name) {
  return value_of(kReusePolicies, name);
}
std::optional<ConflictPolicy> conflict_policy_from(std::string_view name) {
  return value_of(kConflictPolicies, name);
}
std::optional<RunStatus> run_status_from(std::string_view name) {
  return value_of(kRunStatuses, name);
}
std::ostream& operator<<(std::ostream& out, ReusePolicy policy) { return out << to_string(policy); }
std::ostream& operator<<(std::ostream& out, ConflictPolicy policy) {
  return out << to_string(policy);
}
std::ostream& operator<<(std::ostream& out, RunStatus status) { return out << to_string(status); }
std::ostream& operator<<(std::ostream& out, StartRule rule) { return out << to_string(rule); }

}  // namespace onerun
