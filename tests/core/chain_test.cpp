// What each transition does to the ids of a chain (specification section 3.1), continue-as-new, the
// end of a run's time, and the requests that a chain answers for.
#include <gtest/gtest.h>

#include "core/history/codec.hpp"
#include "core/records.hpp"
#include "tests/support/chain_life.hpp"
#include "tests/support/payloads.hpp"

namespace onerun::core {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::ChainLife;
using test::kId;
using test::Life;
using test::run_id;

StartCommand start_with(const std::string& request_id) {
  return {.workflow_id = kId, .request_id = RequestId(request_id)};
}

TEST(Chain, AFreshStartBeginsOne) {
  ChainLife life;
  ASSERT_TRUE(life.begin(start_with("r")).ok());
  EXPECT_EQ(life.run().first_run(), life.run().run_id);
  EXPECT_TRUE(life.run().continued_execution_run_id.empty());
  EXPECT_EQ(life.run().initiator, Initiator::kUnspecified);
  EXPECT_EQ(life.run().attempt, 1u);
}

TEST(Chain, ContinueAsNewKeepsTheFirstRunAndLinksBothWays) {
  ChainLife life;
  const RunId first = life.begin(start_with("r"))->run_id;
  const auto closed = life.continue_as_new();
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->run_id, first);
  EXPECT_EQ(closed->status, RunStatus::kContinuedAsNew);
  EXPECT_EQ(closed->new_execution_run_id, life.run().run_id);

  const RunInfo next = info_of(life.run());
  EXPECT_NE(next.run_id, first);
  EXPECT_EQ(next.first_execution_run_id, first);
  EXPECT_EQ(next.original_execution_run_id, next.run_id);
  EXPECT_EQ(next.continued_execution_run_id, first);
  EXPECT_EQ(next.initiator, Initiator::kWorkflow);
  EXPECT_EQ(next.attempt, 1u);
  EXPECT_EQ(next.status, RunStatus::kRunning);
  EXPECT_EQ(decode_run(first, life.closed_history)->head.new_execution_run_id, next.run_id);
}

TEST(Chain, ContinueAsNewIsOneTransitionWithOneOpenRun) {
  ChainLife life;
  life.begin(start_with("r"));
  life.continue_as_new();
  EXPECT_EQ(life.last.counts.open, 0);
  EXPECT_EQ(life.last.counts.closed, 1);
  ASSERT_TRUE(life.last.replaced);
  EXPECT_EQ(life.last.replaced->status, RunStatus::kContinuedAsNew);
}

TEST(Chain, ContinueAsNewInheritsTypeAndTimeoutsAndNothingElse) {
  ChainLife life;
  StartCommand command = start_with("r");
  command.workflow_type = "ship";
  command.input = {Payload::bytes("old")};
  command.memo = {{"m", Payload::bytes("1")}};
  command.search_attributes = {{"t", "1"}};
  command.run_timeout = 10s;
  command.execution_timeout = 60s;
  command.retry_policy = RetryPolicy();
  life.begin(command);
  const Timestamp deadline = *life.run().execution_deadline;
  life.now += 5s;
  life.continue_as_new({.input = {Payload::bytes("new")}});

  const RunRecord next = life.record();
  EXPECT_EQ(next.started.workflow_type, "ship");
  EXPECT_EQ(onerun::test::text_of(next.started.input), "new");
  EXPECT_TRUE(next.started.memo.empty());
  EXPECT_TRUE(next.started.search_attributes.empty());
  EXPECT_FALSE(next.started.retry_policy);
  EXPECT_EQ(next.started.run_timeout, 10s);
  EXPECT_EQ(next.started.execution_timeout, 60s);
  EXPECT_EQ(next.head.execution_deadline, deadline) << "it is absolute";
}

TEST(Chain, ContinueAsNewTakesWhatItIsGiven) {
  ChainLife life;
  life.begin(start_with("r"));
  life.continue_as_new({.workflow_type = "bill",
                        .memo = {{"m", Payload::bytes("2")}},
                        .search_attributes = {{"t", "2"}},
                        .identity = "worker",
                        .run_timeout = 3s,
                        .backoff = 2s,
                        .retry_policy = RetryPolicy{.maximum_attempts = 2}});
  const RunRecord next = life.record();
  EXPECT_EQ(next.started.workflow_type, "bill");
  EXPECT_EQ(next.started.memo.at("m").data, "2");
  EXPECT_EQ(next.started.search_attributes.at("t"), SearchAttribute("2"));
  EXPECT_EQ(next.started.identity, "worker");
  EXPECT_EQ(next.started.retry_policy->maximum_attempts, 2u);
  EXPECT_EQ(next.head.backoff, 2s);
  EXPECT_EQ(next.head.run_deadline, life.now + 2s + 3s) << "counted from the execution time";
}

/// C115, C116 and C118 with the interval of onerun.
TEST(Chain, C115_C116_C118_SlowsDownFastLoops) {
  struct Case {
    Duration lived, asked, given;
  };
  for (const auto& [lived, asked, given] :
       {Case{0ms, 0ms, 1000ms}, Case{0ms, 400ms, 1000ms}, Case{300ms, 0ms, 700ms},
        Case{0ms, 6000ms, 6000ms}, Case{1000ms, 0ms, 0ms}, Case{1000ms, 2000ms, 2000ms},
        Case{5000ms, 0ms, 0ms}}) {
    ChainLife life;
    life.begin(start_with("r"));
    life.now += lived;
    ASSERT_TRUE(life.continue_as_new({.backoff = asked}).ok());
    EXPECT_EQ(life.run().backoff, given) << lived.count() << " " << asked.count();
  }
}

TEST(Chain, OnlyAnOpenRunCanContinue) {
  ChainLife life;
  life.begin(start_with("r"));
  const RunId first = life.run().run_id;
  life.continue_as_new();
  const RunHead closed = decode_run(first, life.closed_history)->head;
  const auto again =
      decide(life.state, ContinueCommand{{kId, first}, {}}, life.facts({.other_run = closed}));
  const auto* detail = again.answer.status().detail<AlreadyClosed>();
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->status, RunStatus::kContinuedAsNew);
  EXPECT_TRUE(again.events.empty());
}

// ---- retry ----

/// C119: fails four times, then completes.
TEST(Chain, C119_RetriesUntilItSucceeds) {
  ChainLife life;
  StartCommand command = start_with("r");
  command.input = {Payload::bytes("same")};
  command.retry_policy = RetryPolicy{.initial_interval = 1s,
                                     .backoff_coefficient = 1.5,
                                     .maximum_interval = 2s,
                                     .maximum_attempts = 5};
  const RunId first = life.begin(command)->run_id;
  for (unsigned attempt = 1; attempt < 5; ++attempt) {
    const RunId failing = life.run().run_id;
    const auto failed = life.fail({.message = "again", .type = "T"});
    ASSERT_TRUE(failed.ok()) << failed.status();
    EXPECT_EQ(failed->status, RunStatus::kFailed);
    EXPECT_EQ(failed->new_execution_run_id, life.run().run_id);
    EXPECT_EQ(decode_run(failing, life.closed_history)->close.retry_state, RetryState::kInProgress);
    EXPECT_EQ(life.run().attempt, attempt + 1);
    EXPECT_EQ(life.run().initiator, Initiator::kRetry);
    EXPECT_EQ(life.run().continued_execution_run_id, failing);
    EXPECT_EQ(life.run().first_run(), first);
    EXPECT_EQ(onerun::test::text_of(life.record().started.input), "same");
    EXPECT_EQ(life.record().started.continued_failure->type, "T");
    life.now += 10s;
  }
  EXPECT_EQ(life.run().backoff, 2s) << "no longer than the maximum";
  const auto completed = life.close(RunStatus::kCompleted);
  ASSERT_TRUE(completed.ok());
  EXPECT_TRUE(completed->new_execution_run_id.empty());
}

TEST(Chain, C121_EndsAfterTheMaximumOfAttempts) {
  ChainLife life;
  StartCommand command = start_with("r");
  command.retry_policy = RetryPolicy{.maximum_attempts = 3};
  life.begin(command);
  EXPECT_FALSE(life.fail()->new_execution_run_id.empty());
  EXPECT_FALSE(life.fail()->new_execution_run_id.empty());
  EXPECT_TRUE(life.fail()->new_execution_run_id.empty());
  EXPECT_EQ(life.record().close.retry_state, RetryState::kMaximumAttemptsReached);
  EXPECT_EQ(life.run().attempt, 3u);
}

TEST(Chain, C122_ANonRetryableFailureEndsIt) {
  ChainLife life;
  StartCommand command = start_with("r");
  command.retry_policy = RetryPolicy();
  life.begin(command);
  EXPECT_TRUE(life.fail({.non_retryable = true})->new_execution_run_id.empty());
  EXPECT_EQ(life.record().close.retry_state, RetryState::kNonRetryableFailure);
}

TEST(Chain, OnlyFailuresAreRetried) {
  for (const RunStatus status :
       {RunStatus::kCompleted, RunStatus::kCanceled, RunStatus::kTerminated}) {
    ChainLife life;
    StartCommand command = start_with("r");
    command.retry_policy = RetryPolicy();
    life.begin(command);
    EXPECT_TRUE(
        life.ask(CloseCommand{.run = {kId}, .status = status})->new_execution_run_id.empty());
    EXPECT_EQ(life.run().status, status);
  }
}

// ---- timeouts ----

TEST(Deadline, IsTheRunTimeoutWithinTheExecutionTimeout) {
  struct Case {
    Duration run, execution, delay;
    std::optional<Duration> deadline;
  };
  for (const auto& [run, execution, delay, deadline] :
       {Case{0s, 0s, 0s, std::nullopt}, Case{5s, 0s, 0s, 5s}, Case{0s, 9s, 0s, 9s},
        Case{5s, 9s, 0s, 5s}, Case{20s, 9s, 0s, 9s}, Case{5s, 0s, 2s, 7s}, Case{5s, 6s, 2s, 6s},
        Case{0s, 0s, 2s, std::nullopt}}) {
    ChainLife life;
    StartCommand command = start_with("r");
    command.run_timeout = run;
    command.execution_timeout = execution;
    command.start_delay = delay;
    life.begin(command);
    EXPECT_EQ(life.run().run_deadline,
              deadline ? std::optional(life.now + *deadline) : std::nullopt);
  }
}

TEST(Deadline, IsKeptAsATimerWhileTheRunIsOpen) {
  ChainLife life;
  StartCommand command = start_with("r");
  command.run_timeout = 5s;
  const auto timers = [&](WriteKind kind) {
    int found = 0;
    life.last.writes.for_each([&](const Write& write) {
      found += write.family == Family::kTimer && write.kind == kind ? 1 : 0;
    });
    return found;
  };
  life.begin(command);
  EXPECT_EQ(timers(WriteKind::kPut), 1);
  life.continue_as_new();
  EXPECT_EQ(timers(WriteKind::kErase), 1);
  EXPECT_EQ(timers(WriteKind::kPut), 1);
  life.ask(CloseCommand{.run = {kId}, .status = RunStatus::kCompleted});
  EXPECT_EQ(timers(WriteKind::kErase), 1);
  EXPECT_EQ(timers(WriteKind::kPut), 0);
}

TEST(TimeOut, C215_ClosesTheRunAtItsDeadlineAndNotBefore) {
  ChainLife life;
  StartCommand command = start_with("r");
  command.run_timeout = 5s;
  life.begin(command);
  life.now += 4999ms;
  EXPECT_EQ(life.time_out().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(life.run().status, RunStatus::kRunning);
  life.now += 1ms;
  EXPECT_EQ(life.time_out()->status, RunStatus::kTimedOut);
  EXPECT_EQ(life.record().close.retry_state, RetryState::kRetryPolicyNotSet);
}

TEST(TimeOut, OfTheRunIsRetried) {
  ChainLife life;
  StartCommand command = start_with("r");
  command.run_timeout = 5s;
  command.retry_policy = RetryPolicy{.initial_interval = 1s};
  life.begin(command);
  life.now += 5s;
  const auto timed_out = life.time_out();
  ASSERT_TRUE(timed_out.ok());
  EXPECT_EQ(timed_out->new_execution_run_id, life.run().run_id);
  EXPECT_EQ(life.run().attempt, 2u);
  EXPECT_EQ(life.run().run_deadline, life.now + 1s + 5s);
}

TEST(TimeOut, C212_OfTheChainEndsIt) {
  ChainLife life;
  StartCommand command = start_with("r");
  command.execution_timeout = 7s;
  command.retry_policy = RetryPolicy{.initial_interval = 1s};
  life.begin(command);
  life.now += 3s;
  life.fail();
  EXPECT_EQ(life.run().attempt, 2u);
  life.now += 4s;
  EXPECT_TRUE(life.time_out()->new_execution_run_id.empty());
  EXPECT_EQ(life.run().status, RunStatus::kTimedOut);
  EXPECT_EQ(life.record().close.retry_state, RetryState::kTimeout);
}

// ---- requests of a chain ----

TEST(ChainRequests, ALateRetryOfTheStartGetsTheRunThatItStarted) {
  ChainLife life;
  const RunId first = life.begin(start_with("r"))->run_id;
  life.continue_as_new();
  life.continue_as_new();
  const auto again = life.begin(start_with("r"));
  EXPECT_EQ(again->rule, StartRule::kDeduplicated);
  EXPECT_TRUE(again->started);
  EXPECT_EQ(again->run_id, first);
  EXPECT_EQ(again->status, RunStatus::kContinuedAsNew);
  EXPECT_EQ(again->first_execution_run_id, first);
}

TEST(ChainRequests, AnAttachedRequestGetsTheRunThatItWasAttachedTo) {
  ChainLife life;
  const RunId first = life.begin(start_with("r"))->run_id;
  StartCommand attach = start_with("late");
  attach.conflict_policy = ConflictPolicy::kUseExisting;
  attach.attach_request_id = true;
  life.begin(attach);
  life.continue_as_new();
  const auto again = life.begin(start_with("late"));
  EXPECT_EQ(again->rule, StartRule::kDeduplicatedAttached);
  EXPECT_FALSE(again->started);
  EXPECT_EQ(again->run_id, first);
}

TEST(ChainRequests, AreForgottenWhenTheRunExpires) {
  ChainLife life;
  life.config.retention.closed = 10s;
  life.begin(start_with("r"));
  life.continue_as_new();
  life.now += 10s;
  StartCommand late = start_with("r");
  late.conflict_policy = ConflictPolicy::kUseExisting;
  EXPECT_EQ(life.begin(late)->rule, StartRule::kUsedExisting);
  life.continue_as_new();
  EXPECT_TRUE(life.run().chain_request_ids.empty()) << "and not carried on";
}

TEST(ChainRequests, AreBounded) {
  ChainLife life;
  const RunId first = life.begin(start_with("r"))->run_id;
  unsigned attached = 0;
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 30; ++j) {
      StartCommand attach = start_with("a" + std::to_string(attached++));
      attach.conflict_policy = ConflictPolicy::kUseExisting;
      attach.attach_request_id = true;
      life.begin(attach);
    }
    life.continue_as_new();
  }
  EXPECT_EQ(life.run().chain_request_ids.size(), limits::kChainRequestIds);
  EXPECT_EQ(life.begin(start_with("r"))->run_id, first) << "the one that began it stays";
  EXPECT_EQ(life.begin(start_with("a149"))->rule, StartRule::kDeduplicatedAttached);
}

}  // namespace
}  // namespace onerun::core
