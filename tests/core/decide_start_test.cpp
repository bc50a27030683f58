// The start decider: what it answers and what it makes happen.
#include <gtest/gtest.h>

#include "core/retention.hpp"
#include "tests/support/core.hpp"

namespace onerun::core {
namespace {

using test::at;
using test::kId;
using test::Life;
using test::run_id;

using enum ReusePolicy;
constexpr auto kFail = ConflictPolicy::kFail;
constexpr auto kUseExisting = ConflictPolicy::kUseExisting;
constexpr auto kTerminateExisting = ConflictPolicy::kTerminateExisting;

StartCommand command(ReusePolicy reuse, ConflictPolicy conflict) {
  return {.workflow_id = kId, .reuse_policy = reuse, .conflict_policy = conflict};
}

TEST(DecideStart, StartsABrandNewId) {
  Life life;
  const auto result = life.start();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->rule, StartRule::kStarted);
  EXPECT_TRUE(result->started);
  EXPECT_EQ(result->run_id, run_id(1));
  EXPECT_EQ(result->first_execution_run_id, result->run_id);
  EXPECT_EQ(result->original_execution_run_id, result->run_id);
  EXPECT_EQ(result->status, RunStatus::kRunning);
  EXPECT_FALSE(result->displaced);
}

TEST(DecideStart, FailsWhenOpenAndConflictPolicyIsFail) {
  Life life = Life::with_current(RunStatus::kRunning);
  const auto result = life.start();
  ASSERT_EQ(result.code(), StatusCode::kAlreadyExists);
  const Status status = result.status();
  const auto* refused = status.detail<AlreadyStarted>();
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->run_id, run_id(1));
  EXPECT_EQ(refused->first_execution_run_id, run_id(1));
  EXPECT_EQ(refused->start_request_id, RequestId("first"));
  EXPECT_EQ(refused->status, RunStatus::kRunning);
  EXPECT_EQ(refused->rule, StartRule::kRejectedRunning);
  EXPECT_EQ(life.last_events, 0u);
}

TEST(DecideStart, NamesTheRunIdAsRequestIdWhenTheCallerBroughtNone) {
  Life life;
  ASSERT_TRUE(life.start().ok());
  const Status status = life.start().status();
  ASSERT_NE(status.detail<AlreadyStarted>(), nullptr);
  EXPECT_EQ(status.detail<AlreadyStarted>()->start_request_id.text(), run_id(1).text());
}

TEST(DecideStart, TakesTheRunIdAsRequestIdWhenTheCallerBroughtOnlyThat) {
  Life life;
  StartCommand mine = command(kRejectDuplicate, kFail);
  mine.run_id = RunId(std::string_view("my run"));
  ASSERT_TRUE(life.start(mine).ok());
  const auto again = life.start(mine);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->rule, StartRule::kDeduplicated);
}

TEST(DecideStart, SaysInADryRunThatNoMoreRequestIdsCanBeAttached) {
  Life life = Life::with_current(RunStatus::kRunning);
  for (std::uint64_t i = 0; i < limits::kAttachedRequestIds; ++i) {
    life.state.current->attached.push_back({RequestId("r" + std::to_string(i)), i + 2});
  }
  StartCommand attach = command(kAllowDuplicate, kUseExisting);
  attach.request_id = RequestId("one more");
  attach.attach_request_id = true;
  attach.dry_run = true;
  EXPECT_EQ(life.start(attach).code(), StatusCode::kResourceExhausted);
}

TEST(DecideStart, TerminatesAndStartsInOneDecision) {
  Life life = Life::with_current(RunStatus::kRunning);
  life.now += Duration(5);
  const auto result = life.start(command(kAllowDuplicate, kTerminateExisting));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->rule, StartRule::kTerminatedExistingAndStarted);
  EXPECT_EQ(life.last_events, 2u);
  ASSERT_TRUE(result->displaced);
  EXPECT_EQ(result->displaced->run_id, run_id(1));
  EXPECT_EQ(result->displaced->status, RunStatus::kTerminated);
  EXPECT_EQ(result->displaced->close_time, life.now);
  EXPECT_EQ(life.state.current->run_id, result->run_id);
  EXPECT_EQ(life.state.current->previous_run_id, run_id(1));
}

TEST(DecideStart, ExplainsEachRefusalOfAClosedRun) {
  Life completed = Life::with_current(RunStatus::kCompleted);
  const Status only_failed =
      completed.start(command(kAllowDuplicateFailedOnly, ConflictPolicy::kUnspecified)).status();
  EXPECT_EQ(only_failed.detail<AlreadyStarted>()->rule, StartRule::kRejectedCompleted);
  const Status rejected =
      completed.start(command(kRejectDuplicate, ConflictPolicy::kUnspecified)).status();
  EXPECT_EQ(rejected.detail<AlreadyStarted>()->rule, StartRule::kRejectedDuplicate);
  EXPECT_EQ(rejected.detail<AlreadyStarted>()->status, RunStatus::kCompleted);
}

TEST(DecideStart, GivesTheRunInsteadOfTheErrorWhenAsked) {
  Life life = Life::with_current(RunStatus::kRunning);
  StartCommand asked = command(kAllowDuplicate, kFail);
  asked.error_when_already_started = false;
  const auto result = life.start(asked);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->rule, StartRule::kRejectedRunning);
  EXPECT_FALSE(result->started);
  EXPECT_EQ(result->run_id, run_id(1));
}

// ---- request ids (specification section 2) ----

TEST(DecideStart, DeduplicatesBeforeEveryPolicy) {
  for (const RunStatus status : {RunStatus::kRunning, RunStatus::kCompleted, RunStatus::kFailed,
                                 RunStatus::kCanceled, RunStatus::kTerminated}) {
    for (const ReusePolicy reuse : {kAllowDuplicate, kAllowDuplicateFailedOnly, kRejectDuplicate}) {
      Life life = Life::with_current(status);
      StartCommand again = command(reuse, ConflictPolicy::kUnspecified);
      again.request_id = RequestId("first");
      const auto result = life.start(again);
      ASSERT_TRUE(result.ok()) << status << " " << reuse;
      EXPECT_EQ(result->rule, StartRule::kDeduplicated);
      EXPECT_TRUE(result->started);
      EXPECT_EQ(result->run_id, run_id(1));
      EXPECT_EQ(result->status, status);
      EXPECT_EQ(life.last_events, 0u);
    }
  }
}

TEST(DecideStart, TakesTheTextOfARunIdAsItsRequestId) {
  Life life;
  const auto first = life.start();
  StartCommand again{.workflow_id = kId, .request_id = RequestId(first->run_id.text())};
  EXPECT_EQ(life.start(again)->rule, StartRule::kDeduplicated);
}

TEST(DecideStart, ForgetsARequestIdThatUsedTheExistingRun) {
  Life life = Life::with_current(RunStatus::kRunning);
  StartCommand use = command(kAllowDuplicate, kUseExisting);
  use.request_id = RequestId("second");
  EXPECT_EQ(life.start(use)->rule, StartRule::kUsedExisting);
  EXPECT_EQ(life.last_events, 0u);
  use.conflict_policy = kFail;
  EXPECT_EQ(life.start(use).code(), StatusCode::kAlreadyExists);
}

TEST(DecideStart, RemembersARequestIdThatWasAttached) {
  Life life = Life::with_current(RunStatus::kRunning);
  StartCommand attach = command(kAllowDuplicate, kUseExisting);
  attach.request_id = RequestId("second");
  attach.attach_request_id = true;
  const auto used = life.start(attach);
  EXPECT_EQ(used->rule, StartRule::kUsedExisting);
  EXPECT_FALSE(used->started);
  EXPECT_EQ(life.last_events, 1u);

  ASSERT_TRUE(life.close(RunStatus::kCompleted).ok());
  attach.conflict_policy = kTerminateExisting;
  attach.attach_request_id = false;
  const auto again = life.start(attach);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->rule, StartRule::kDeduplicatedAttached);
  EXPECT_FALSE(again->started);
  EXPECT_EQ(again->status, RunStatus::kCompleted);
}

TEST(DecideStart, BoundsAttachedRequestIds) {
  Life life = Life::with_current(RunStatus::kRunning);
  StartCommand attach = command(kAllowDuplicate, kUseExisting);
  attach.attach_request_id = true;
  for (std::size_t i = 0; i < limits::kAttachedRequestIds; ++i) {
    attach.request_id = RequestId("attached-" + std::to_string(i));
    ASSERT_TRUE(life.start(attach).ok());
  }
  attach.request_id = RequestId("one too many");
  const Status status = life.start(attach).status();
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  ASSERT_NE(status.detail<Exhausted>(), nullptr);
  EXPECT_EQ(status.detail<Exhausted>()->limit, limits::kAttachedRequestIds);
  EXPECT_EQ(life.state.current->attached.size(), limits::kAttachedRequestIds);
}

// ---- expiry ----

TEST(DecideStart, CountsAnExpiredRunAsAbsentToTheMillisecond) {
  Life life = Life::with_current(RunStatus::kCompleted);
  life.config.retention.closed = std::chrono::seconds(10);
  const StartCommand reject = command(kRejectDuplicate, ConflictPolicy::kUnspecified);
  life.now = life.state.current->close_time + std::chrono::seconds(10) - Duration(1);
  EXPECT_EQ(life.start(reject).code(), StatusCode::kAlreadyExists);
  life.now += Duration(1);
  const auto result = life.start(reject);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->rule, StartRule::kStarted);
  EXPECT_TRUE(life.state.current->previous_run_id.empty());
}

TEST(DecideStart, ForgetsTheRequestIdOfAnExpiredRun) {
  Life life = Life::with_current(RunStatus::kCompleted);
  life.config.retention.closed = std::chrono::seconds(10);
  life.now = life.state.current->close_time + std::chrono::seconds(10);
  StartCommand again{.workflow_id = kId, .request_id = RequestId("first")};
  EXPECT_EQ(life.start(again)->rule, StartRule::kStarted);
}

TEST(DecideStart, UsesTheRetentionOfTheStatus) {
  Life life = Life::with_current(RunStatus::kFailed);
  life.config.retention.by_status[RunStatus::kFailed] = std::chrono::seconds(5);
  life.now = life.state.current->close_time + std::chrono::seconds(5);
  EXPECT_TRUE(life.start(command(kRejectDuplicate, ConflictPolicy::kUnspecified)).ok());
}

TEST(DecideStart, KeepsTheIdUsedForTheIdRetention) {
  Life life = Life::with_current(RunStatus::kCompleted);
  life.config.retention.closed = std::chrono::seconds(10);
  life.config.retention.ids = std::chrono::seconds(60);
  const Timestamp closed = life.state.current->close_time;
  const StartCommand reject = command(kRejectDuplicate, ConflictPolicy::kUnspecified);
  life.now = closed + std::chrono::seconds(60) - Duration(1);
  EXPECT_EQ(life.start(reject).code(), StatusCode::kAlreadyExists);
  life.now = closed + std::chrono::seconds(60);
  EXPECT_TRUE(life.start(reject).ok());
}

TEST(DecideStart, NeverExpiresAnOpenRun) {
  Life life = Life::with_current(RunStatus::kRunning);
  life.config.retention.closed = std::chrono::seconds(1);
  life.now += limits::kMaxDuration;
  EXPECT_EQ(life.start().code(), StatusCode::kAlreadyExists);
}

// ---- caller-supplied run ids, compare and set, dry runs (design sections 7 and 8) ----

TEST(DecideStart, TakesTheCallersRunId) {
  Life life;
  const auto result = life.start({.workflow_id = kId, .run_id = RunId(std::string_view("my run"))});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->run_id.text(), "my run");
}

TEST(DecideStart, RefusesARunIdThatIsUsed) {
  Life life;
  const StartCommand asked{.workflow_id = kId, .run_id = RunId(std::string_view("my run"))};
  Decision decision = decide_start(life.state, asked, life.facts({.run_id_in_use = true}));
  EXPECT_EQ(decision.answer.code(), StatusCode::kAlreadyExists);
  const Status status = decision.answer.status();
  ASSERT_NE(status.detail<RunIdInUse>(), nullptr);
  EXPECT_EQ(status.detail<RunIdInUse>()->run_id, asked.run_id);
  EXPECT_TRUE(decision.events.empty());
}

TEST(DecideStart, AsksPoliciesBeforeItLooksAtTheRunId) {
  Life life = Life::with_current(RunStatus::kRunning);
  const StartCommand asked{.workflow_id = kId, .run_id = RunId(std::string_view("my run"))};
  const Status status =
      decide_start(life.state, asked, life.facts({.run_id_in_use = true})).answer.status();
  EXPECT_NE(status.detail<AlreadyStarted>(), nullptr);
}

TEST(DecideStart, ComparesTheExpectedRun) {
  Life life = Life::with_current(RunStatus::kCompleted);
  StartCommand asked = command(kAllowDuplicate, kFail);
  asked.expected_run_id = run_id(99);
  const Status moved = life.start(asked).status();
  EXPECT_EQ(moved.code(), StatusCode::kFailedPrecondition);
  ASSERT_NE(moved.detail<CurrentRunMoved>(), nullptr);
  EXPECT_EQ(moved.detail<CurrentRunMoved>()->expected, run_id(99));
  EXPECT_EQ(moved.detail<CurrentRunMoved>()->current, run_id(1));
  EXPECT_EQ(moved.detail<CurrentRunMoved>()->status, RunStatus::kCompleted);

  asked.expected_run_id = run_id(1);
  EXPECT_EQ(life.start(asked)->rule, StartRule::kStarted);
}

TEST(DecideStart, ExpectsARunWhereThereIsNone) {
  Life life;
  StartCommand asked = command(kAllowDuplicate, kFail);
  asked.expected_run_id = run_id(7);
  const Status moved = life.start(asked).status();
  ASSERT_NE(moved.detail<CurrentRunMoved>(), nullptr);
  EXPECT_TRUE(moved.detail<CurrentRunMoved>()->current.empty());
}

TEST(DecideStart, DeduplicatesBeforeItComparesTheExpectedRun) {
  // A start that succeeded has moved the current run itself: its repetition must still be answered.
  Life life = Life::with_current(RunStatus::kRunning);
  StartCommand again{.workflow_id = kId, .request_id = RequestId("first")};
  again.expected_run_id = run_id(99);
  EXPECT_EQ(life.start(again)->rule, StartRule::kDeduplicated);
}

TEST(DecideStart, ChangesNothingInADryRun) {
  for (const ConflictPolicy conflict : {kFail, kUseExisting, kTerminateExisting}) {
    Life life = Life::with_current(RunStatus::kRunning);
    const WorkflowState before = life.state;
    StartCommand asked = command(kAllowDuplicate, conflict);
    asked.dry_run = true;
    asked.attach_request_id = true;
    asked.request_id = RequestId("dry");
    const auto result = life.start(asked);
    EXPECT_EQ(life.last_events, 0u) << conflict;
    EXPECT_EQ(life.state, before) << conflict;
    if (result.ok()) {
      EXPECT_TRUE(result->dry_run);
      EXPECT_FALSE(result->started);
    }
  }
}

TEST(DecideStart, TellsWhatADryRunWouldDo) {
  Life life = Life::with_current(RunStatus::kRunning);
  StartCommand asked = command(kAllowDuplicate, kTerminateExisting);
  asked.dry_run = true;
  const auto result = life.start(asked);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->rule, StartRule::kTerminatedExistingAndStarted);
  EXPECT_TRUE(result->run_id.empty()) << "no run id is promised";
  ASSERT_TRUE(result->displaced);
  EXPECT_EQ(result->displaced->run_id, run_id(1));
}

// ---- time ----

TEST(DecideStart, NeverStartsARunBeforeTheOneBeforeItEnded) {
  Life life = Life::with_current(RunStatus::kCompleted);
  const Timestamp closed = life.state.current->close_time;
  life.now = closed - Duration(500);
  ASSERT_TRUE(life.start().ok());
  EXPECT_GE(life.state.current->start_time, closed);
}

}  // namespace
}  // namespace onerun::core
