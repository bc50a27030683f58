#include "core/retry.hpp"

#include <algorithm>
#include <cmath>

#include "onerun/limits.hpp"

namespace onerun::core {
namespace {

/// The type under which a policy lists the run timeout.
constexpr std::string_view kRunTimeoutType = "TemporalTimeout:StartToClose";

/// The longest interval of a policy that names none is so many times the first.
constexpr int kDefaultMaximumFactor = 100;

bool is_listed(const RetryPolicy& policy, std::string_view type) {
  return std::ranges::find(policy.non_retryable_types, type) != policy.non_retryable_types.end();
}

bool is_retryable(const RetryPolicy& policy, const Failure* failure) {
  if (failure == nullptr) return !is_listed(policy, kRunTimeoutType);
  return !failure->non_retryable && !is_listed(policy, failure->type);
}

Duration longest_interval(const RetryPolicy& policy) {
  if (policy.maximum_interval > Duration::zero()) return policy.maximum_interval;
  return std::min(policy.initial_interval, limits::kMaxDuration / kDefaultMaximumFactor) *
         kDefaultMaximumFactor;
}

Duration interval(const RetryPolicy& policy, std::uint32_t attempt, const Failure* failure) {
  const Duration longest = longest_interval(policy);
  if (failure != nullptr && failure->next_retry_delay) {
    return std::min(*failure->next_retry_delay, longest);
  }
  // In floating point, where what is too large for a duration is only large.
  const double grown = static_cast<double>(policy.initial_interval.count()) *
                       std::pow(policy.backoff_coefficient, static_cast<double>(attempt) - 1);
  return grown >= static_cast<double>(longest.count())
             ? longest
             : Duration(static_cast<Duration::rep>(grown));
}

}  // namespace

RetryDecision decide_retry(const RetryQuestion& question) {
  if (!question.policy) return {RetryState::kRetryPolicyNotSet};
  const RetryPolicy& policy = *question.policy;
  if (!is_retryable(policy, question.failure)) return {RetryState::kNonRetryableFailure};
  if (policy.maximum_attempts > 0 && question.attempt >= policy.maximum_attempts) {
    return {RetryState::kMaximumAttemptsReached};
  }
  const Duration backoff = interval(policy, question.attempt, question.failure);
  const auto& deadline = question.execution_deadline;
  if (deadline && question.now + backoff > *deadline) return {RetryState::kTimeout};
  return {RetryState::kInProgress, backoff};
}

}  // namespace onerun::core
