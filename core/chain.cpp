// Names of what makes runs follow each other.
#include "onerun/chain.hpp"

#include <ostream>

#include "core/names.hpp"

namespace onerun {
namespace {

using core::name_of;
using core::NameTable;

constexpr NameTable<Initiator, 4> kInitiators{{
    {Initiator::kUnspecified, "unspecified"},
    {Initiator::kWorkflow, "workflow"},
    {Initiator::kRetry, "retry"},
    {Initiator::kCronSchedule, "cron_schedule"},
}};

constexpr NameTable<RetryState, 6> kRetryStates{{
    {RetryState::kUnspecified, "unspecified"},
    {RetryState::kInProgress, "in_progress"},
    {RetryState::kNonRetryableFailure, "non_retryable_failure"},
    {RetryState::kTimeout, "timeout"},
    {RetryState::kMaximumAttemptsReached, "maximum_attempts_reached"},
    {RetryState::kRetryPolicyNotSet, "retry_policy_not_set"},
}};

constexpr NameTable<Reapply, 4> kReapplies{{
    {Reapply::kUnspecified, "unspecified"},
    {Reapply::kSignals, "signals"},
    {Reapply::kNone, "none"},
    {Reapply::kAllEligible, "all_eligible"},
}};

}  // namespace

std::string_view to_string(Initiator initiator) { return name_of(kInitiators, initiator); }
std::string_view to_string(RetryState state) { return name_of(kRetryStates, state); }

std::string_view to_string(Reapply reapply) { return name_of(kReapplies, reapply); }

std::ostream& operator<<(std::ostream& out, Initiator initiator) {
  return out << to_string(initiator);
}
std::ostream& operator<<(std::ostream& out, RetryState state) { return out << to_string(state); }

}  // namespace onerun
