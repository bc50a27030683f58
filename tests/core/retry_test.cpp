// When a run is tried again: the specification's cases of section F, and the retry policy's own
// rules.
#include "core/retry.hpp"

#include <gtest/gtest.h>

#include "core/validate.hpp"
#include "onerun/limits.hpp"
#include "tests/support/core.hpp"
#include "tests/support/history.hpp"

namespace onerun::core {
namespace {

using namespace std::chrono_literals;
using test::at;

RetryDecision decide(const RetryPolicy& policy, std::uint32_t attempt, const Failure* failure,
                     std::optional<Timestamp> deadline = {}) {
  return decide_retry({.policy = policy,
                       .attempt = attempt,
                       .failure = failure,
                       .now = at(1'000),
                       .execution_deadline = deadline});
}

const Failure kFailure{.message = "no"};

void expect_in(const RetryDecision& decision, Duration backoff) {
  EXPECT_EQ(decision.state, RetryState::kInProgress) << decision.state;
  EXPECT_EQ(decision.backoff, backoff);
}

TEST(Retry, C124_FirstAttemptWaitsForTheInitialInterval) {
  expect_in(decide({.initial_interval = 5s, .maximum_interval = 10s}, 1, &kFailure), 5s);
}

TEST(Retry, C127_NoIntervalIsLongerThanTheMaximum) {
  const RetryPolicy policy{.initial_interval = 3s, .maximum_interval = 4s};
  expect_in(decide(policy, 1, &kFailure), 3s);
  expect_in(decide(policy, 2, &kFailure), 4s);
  expect_in(decide(policy, 4'000'000'000, &kFailure), 4s);
}

TEST(Retry, C128_StopsAtTheMaximumOfAttempts) {
  const RetryPolicy policy{.maximum_attempts = 10};
  EXPECT_EQ(decide(policy, 9, &kFailure).state, RetryState::kInProgress);
  EXPECT_EQ(decide(policy, 10, &kFailure).state, RetryState::kMaximumAttemptsReached);
}

TEST(Retry, C130_StopsWhereTheChainWouldBeOver) {
  const RetryPolicy policy{.initial_interval = 120s};
  EXPECT_EQ(decide(policy, 1, &kFailure, at(61'000)).state, RetryState::kTimeout);
  expect_in(decide(policy, 1, &kFailure, at(121'000)), 120s);
  EXPECT_EQ(decide(policy, 1, &kFailure, at(120'999)).state, RetryState::kTimeout);
}

TEST(Retry, C131_StopsWhenTheChainIsOver) {
  EXPECT_EQ(decide({}, 1, &kFailure, at(1'000)).state, RetryState::kTimeout);
}

TEST(Retry, C133_DoesNotRetryWhatSaysThatItIsNotRetryable) {
  const Failure failure{.non_retryable = true};
  EXPECT_EQ(decide({}, 1, &failure).state, RetryState::kNonRetryableFailure);
}

TEST(Retry, C134_DoesNotRetryAListedType) {
  const RetryPolicy policy{.non_retryable_types = {"other", "T"}};
  const Failure listed{.type = "T"};
  const Failure other{.type = "t"};
  EXPECT_EQ(decide(policy, 1, &listed).state, RetryState::kNonRetryableFailure);
  EXPECT_EQ(decide(policy, 1, &other).state, RetryState::kInProgress);
}

TEST(Retry, TakesTheRunTimeoutForATypeOfItsOwn) {
  EXPECT_EQ(decide({}, 1, nullptr).state, RetryState::kInProgress);
  const RetryPolicy policy{.non_retryable_types = {"TemporalTimeout:StartToClose"}};
  EXPECT_EQ(decide(policy, 1, nullptr).state, RetryState::kNonRetryableFailure);
}

TEST(Retry, C136_FillsInTheMaximumInterval) {
  const RetryPolicy policy{.initial_interval = 2s};
  EXPECT_EQ(policy.backoff_coefficient, 2.0);
  expect_in(decide(policy, 7, &kFailure), 128s);
  expect_in(decide(policy, 8, &kFailure), 200s);
}

TEST(Retry, C139_AnAbsentPolicyStaysAbsentAndAnEmptyOneHasDefaults) {
  StartCommand command{.workflow_id = test::kId};
  EXPECT_FALSE(command.retry_policy);
  command.retry_policy.emplace();
  EXPECT_TRUE(validate(command).ok());
  expect_in(decide(*command.retry_policy, 1, &kFailure), 1s);
  expect_in(decide(*command.retry_policy, 2, &kFailure), 2s);
}

TEST(Retry, KeepsTheLongestIntervalWithinWhatADurationHolds) {
  const RetryPolicy policy{.initial_interval = limits::kMaxDuration, .backoff_coefficient = 1e300};
  EXPECT_LE(decide(policy, 3, &kFailure).backoff, limits::kMaxDuration);
}

TEST(Retry, LetsTheFailureSayWhen) {
  const Failure failure{.next_retry_delay = 7s};
  expect_in(decide({.initial_interval = 1s}, 1, &failure), 7s);
  expect_in(decide({.initial_interval = 1s, .maximum_interval = 2s}, 1, &failure), 2s);
}

TEST(Retry, WithoutAPolicyIsNoRetry) {
  const std::optional<RetryPolicy> none;
  EXPECT_EQ(
      decide_retry({.policy = none, .attempt = 1, .now = at(1), .execution_deadline = {}}).state,
      RetryState::kRetryPolicyNotSet);
}

TEST(RetryPolicy, C137_RefusesWhatCanNotBe) {
  const auto refused = [](RetryPolicy policy) {
    StartCommand command{.workflow_id = test::kId};
    command.retry_policy = std::move(policy);
    const Status status = validate(command);
    const auto* invalid = status.detail<InvalidField>();
    return invalid == nullptr ? std::string("accepted") : invalid->field;
  };
  EXPECT_EQ(refused({.backoff_coefficient = 0.8}), "retry_policy.backoff_coefficient");
  EXPECT_EQ(refused({.backoff_coefficient = std::numeric_limits<double>::quiet_NaN()}),
            "retry_policy.backoff_coefficient");
  EXPECT_EQ(refused({.initial_interval = 10s, .maximum_interval = 5s}),
            "retry_policy.maximum_interval");
  EXPECT_EQ(refused({.initial_interval = -1s}), "retry_policy.initial_interval");
  EXPECT_EQ(refused({.initial_interval = 0s}), "retry_policy.initial_interval");
  EXPECT_EQ(refused({.non_retryable_types = {"TemporalTimeout:unknown"}}),
            "retry_policy.non_retryable_types");
  EXPECT_EQ(refused({.non_retryable_types = {""}}), "retry_policy.non_retryable_types");
  EXPECT_EQ(refused({.non_retryable_types = std::vector<std::string>(101, "T")}),
            "retry_policy.non_retryable_types");
  EXPECT_EQ(refused({.non_retryable_types = {"TemporalTimeout:Heartbeat"}}), "accepted");
  EXPECT_EQ(refused({.initial_interval = -1s, .maximum_attempts = 1}), "accepted");
  EXPECT_EQ(refused({.maximum_attempts = 1, .non_retryable_types = {""}}),
            "retry_policy.non_retryable_types");
}

TEST(RetryPolicy, IsRefusedWithTheCoefficientThatItHas) {
  using Double = std::numeric_limits<double>;
  const auto told = [](double coefficient) {
    StartCommand command{.workflow_id = test::kId};
    command.retry_policy = RetryPolicy{.backoff_coefficient = coefficient};
    return validate(command).detail<InvalidField>()->value;
  };
  EXPECT_EQ(told(0.8), "0.8");
  EXPECT_EQ(told(0.99999999), "0.99999999") << "not 1, which is allowed";
  EXPECT_EQ(told(Double::lowest()), "-1.7976931348623157e+308") << "not 309 digits";
  EXPECT_EQ(told(-Double::infinity()), "-inf");
}

TEST(RetryPolicy, OfOneAttemptIsReadBackWhateverElseItSays) {
  StartCommand command{.workflow_id = test::kId};
  command.retry_policy = RetryPolicy{.initial_interval = -1s,
                                     .backoff_coefficient = 0,
                                     .maximum_interval = limits::kMaxDuration + 1s,
                                     .maximum_attempts = 1};
  ASSERT_TRUE(validate(command).ok());
  const auto event = test::bytes_of(test::started(test::run_id(1), at(1), {}, command));
  const auto run = decode_run(test::run_id(1), event);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->started.retry_policy, command.retry_policy);
}

TEST(RetryPolicy, OfMoreAttemptsIsNotReadWithIntervalsThatAreNone) {
  StartCommand command{.workflow_id = test::kId};
  for (const RetryPolicy& policy :
       {RetryPolicy{.initial_interval = -1s}, RetryPolicy{.backoff_coefficient = 0.5},
        RetryPolicy{.maximum_interval = limits::kMaxDuration + 1s}}) {
    command.retry_policy = policy;
    const auto event = test::bytes_of(test::started(test::run_id(1), at(1), {}, command));
    EXPECT_EQ(decode_run(test::run_id(1), event).code(), StatusCode::kDataLoss);
  }
}

TEST(RetryPolicy, OfOneAttemptIsKeptWhole) {
  StartCommand command{.workflow_id = test::kId};
  command.retry_policy = RetryPolicy{.initial_interval = 5s,
                                     .backoff_coefficient = 3,
                                     .maximum_interval = 60s,
                                     .maximum_attempts = 1,
                                     .non_retryable_types = {"T"}};
  const auto event = test::bytes_of(test::started(test::run_id(1), at(1), {}, command));
  const auto run = decode_run(test::run_id(1), event);
  EXPECT_EQ(run->started.retry_policy, command.retry_policy);
}

}  // namespace
}  // namespace onerun::core
