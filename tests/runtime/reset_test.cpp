// Resets through the public API, on both stores (specification section 3.6, cases C160 to C182).
#include <gtest/gtest.h>

#include "tests/support/payloads.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

using namespace std::chrono_literals;

class Resets : public test::OnBothStores {
 protected:
  static StartRequest by(const std::string& request_id) {
    return {.workflow_id = WorkflowId("W"), .request_id = RequestId(request_id)};
  }

  Result<RunInfo> reset(const RunId& base, ResetRequest request) {
    if (request.request_id.empty()) {
      request.request_id = RequestId("reset-" + std::to_string(++resets_));
    }
    return orders().reset({WorkflowId("W"), base}, std::move(request)).get();
  }
  Result<RunInfo> reset(const RunId& base = {}) { return reset(base, ResetRequest()); }

  RunId next_of(ContinueRequest next = {}) {
    return orders().continue_as_new({WorkflowId("W")}, std::move(next)).get()->new_execution_run_id;
  }
  void signal(const std::string& id) {
    const Signal signal{
        .name = "s-" + id, .input = {Payload::bytes(id)}, .request_id = RequestId(id)};
    ASSERT_TRUE(orders().signal({WorkflowId("W")}, signal).get().ok());
  }
  std::vector<std::string> signals_of(const RunId& run = {}) {
    std::vector<std::string> names;
    const auto page = orders().history({WorkflowId("W"), run}).get();
    for (const HistoryEvent& event : page->events) {
      if (const auto* signaled = event.as<event::RunSignaled>()) names.push_back(signaled->name);
    }
    return names;
  }
  std::vector<EventType> types_of(const RunId& run = {}) {
    std::vector<EventType> types;
    const auto page = orders().history({WorkflowId("W"), run}).get();
    for (const HistoryEvent& event : page->events) {
      types.push_back(event.type());
    }
    return types;
  }

 private:
  int resets_ = 0;
};

TEST_P(Resets, C160_OfTheOpenRunTerminateIt) {
  const RunId a = start("W")->run_id;
  const auto d = reset({}, {.reason = "wrong price", .identity = "ops"});
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_EQ(d->status, RunStatus::kRunning);
  const auto base = describe("W", a);
  EXPECT_EQ(base->run.status, RunStatus::kTerminated);
  EXPECT_EQ(base->close->reason, "wrong price");
  EXPECT_EQ(base->close->identity, "ops");
  EXPECT_EQ(base->reset_run_id, d->run_id);
  const auto begun = describe("W");
  EXPECT_EQ(begun->run.run_id, d->run_id);
  EXPECT_EQ(begun->base_run_id, a);
  EXPECT_EQ(types_of(), (std::vector{EventType::kRunStarted, EventType::kWorkflowTaskFailed}));
  const HistoryEvent last = orders().history({WorkflowId("W")}).get()->events.back();
  EXPECT_EQ(last.as<event::WorkflowTaskFailed>()->base_run_id, a);
  EXPECT_EQ(last.as<event::WorkflowTaskFailed>()->reason, "wrong price");
}

TEST_P(Resets, C161_OfAClosedRunLeaveItAsItIs) {
  const RunId a = start("W")->run_id;
  ASSERT_TRUE(complete("W").ok());
  const auto d = reset();
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_EQ(describe("W", a)->run.status, RunStatus::kCompleted);
  EXPECT_EQ(describe("W", a)->reset_run_id, d->run_id);
  EXPECT_EQ(types_of(a).back(), EventType::kRunCompleted) << "the note of the reset is no event";
}

TEST_P(Resets, C163_OfAnOlderRunLeaveTheClosedCurrentOne) {
  const RunId a = start("W")->run_id;
  ASSERT_TRUE(complete("W").ok());
  const RunId b = start("W")->run_id;
  ASSERT_TRUE(complete("W").ok());
  const auto d = reset(a);
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_EQ(describe("W", b)->run.status, RunStatus::kCompleted);
  EXPECT_TRUE(describe("W", b)->reset_run_id.empty());
  EXPECT_EQ(describe("W", a)->reset_run_id, d->run_id);
  EXPECT_EQ(describe("W")->previous_run_id, b);
}

TEST_P(Resets, C164_RepeatedTheLastOneIsNamed) {
  const RunId a = start("W")->run_id;
  ASSERT_TRUE(complete("W").ok());
  const RunId d1 = reset(a)->run_id;
  const RunId d2 = reset(a)->run_id;
  EXPECT_NE(d1, d2);
  EXPECT_EQ(describe("W", a)->reset_run_id, d2);
  EXPECT_EQ(describe("W", d1)->run.status, RunStatus::kTerminated);
}

TEST_P(Resets, C166_KeepTheOriginalRunAndTheLineage) {
  const RunId a = start("W")->run_id;
  RunId last = a;
  for (int i = 0; i < 5; ++i) {
    last = reset(last)->run_id;
    const RunInfo run = describe("W")->run;
    EXPECT_EQ(run.run_id, last);
    EXPECT_EQ(run.original_execution_run_id, a);
    EXPECT_EQ(run.lineage_run_id, a);
    EXPECT_EQ(run.first_execution_run_id, last) << "a reset begins a chain";
  }
}

TEST_P(Resets, C167_DoNotCountAFailureAgain) {
  ASSERT_TRUE(start("W").ok());
  const RunId a = describe("W")->run.run_id;
  ASSERT_TRUE(orders().fail({WorkflowId("W")}).get().ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(reset(a).ok());
  EXPECT_EQ(metric("onerun_runs_closed_total", {{"namespace", "orders"}, {"status", "failed"}}), 1);
}

TEST_P(Resets, C032_C169_OfAnOlderChainBringItBack) {
  const RunId a = start(by("A"))->run_id;
  ASSERT_TRUE(complete("W").ok());
  const RunId b = start(by("B"))->run_id;
  const auto d = reset(a);
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_EQ(describe("W", b)->run.status, RunStatus::kTerminated);
  EXPECT_EQ(d->lineage_run_id, a);
  StartRequest use = by("another");
  use.conflict_policy = ConflictPolicy::kUseExisting;
  EXPECT_EQ(start(use)->run_id, d->run_id);
  const auto again = start(by("A"));
  EXPECT_EQ(again->rule, StartRule::kDeduplicated);
  EXPECT_EQ(again->run_id, a) << "a late retry gets the run that it started";
}

TEST_P(Resets, C170_OfARunThatContinued) {
  const RunId a = start("W")->run_id;
  const RunId b = next_of();
  const auto d = reset(a);
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_EQ(describe("W", b)->run.status, RunStatus::kTerminated);
  EXPECT_EQ(d->lineage_run_id, a);
  EXPECT_EQ(describe("W", a)->run.new_execution_run_id, b) << "its own end stays";
  // A chain check takes the run that the reset began, and the very first one.
  EXPECT_EQ(orders().terminate({WorkflowId("W")}, {.first_execution_run_id = b}).get().code(),
            StatusCode::kNotFound);
  EXPECT_TRUE(orders().request_cancel({WorkflowId("W")}, {.first_execution_run_id = a}).get().ok());
  EXPECT_TRUE(
      orders().terminate({WorkflowId("W")}, {.first_execution_run_id = d->run_id}).get().ok());
}

TEST_P(Resets, C172_ToAnyEventThatIsNoClose) {
  const RunId a = start("W")->run_id;
  signal("1");
  signal("2");
  ASSERT_TRUE(complete("W").ok());  // events: started, two signals, completed
  for (const std::uint64_t event : {1u, 2u, 3u}) {
    EXPECT_TRUE(reset(a, {.event_id = event}).ok()) << event;
    EXPECT_EQ(signals_of(), (std::vector<std::string>{"s-1", "s-2"})) << event;
  }
  for (const std::uint64_t event : {0u, 4u, 5u, 99u}) {
    const Status refused = reset(a, {.event_id = event}).status();
    EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument) << event;
    ASSERT_NE(refused.detail<InvalidField>(), nullptr);
    EXPECT_EQ(refused.detail<InvalidField>()->field, "event_id");
  }
  EXPECT_TRUE(complete("W").ok()) << "and the run can finish";
}

TEST_P(Resets, C173_ReapplySignalsByDefaultAndAgainTheNextTime) {
  const RunId a = start("W")->run_id;
  signal("1");
  signal("2");
  const RunId d = reset(a)->run_id;
  EXPECT_EQ(types_of(), (std::vector{EventType::kRunStarted, EventType::kWorkflowTaskFailed,
                                     EventType::kRunSignaled, EventType::kRunSignaled}));
  ASSERT_TRUE(reset(d, {.reapply = Reapply::kAllEligible}).ok());
  EXPECT_EQ(signals_of(), (std::vector<std::string>{"s-1", "s-2"}));
}

TEST_P(Resets, C175_C176_LeaveSignalsOutIfAskedTo) {
  const RunId a = start("W")->run_id;
  signal("1");
  for (const ResetRequest& request :
       {ResetRequest{.reapply = Reapply::kNone},
        ResetRequest{.reapply = Reapply::kAllEligible, .exclude_signals = true},
        ResetRequest{.reapply = Reapply::kSignals, .exclude_signals = true}}) {
    ASSERT_TRUE(reset(a, request).ok());
    EXPECT_TRUE(signals_of().empty());
    signal("1");
    EXPECT_TRUE(signals_of().empty()) << "its request id survives the reset";
  }
}

TEST_P(Resets, C178_NeverReapplyCancelRequestsAndTerminations) {
  const RunId a = start("W")->run_id;
  ASSERT_TRUE(orders().request_cancel({WorkflowId("W")}).get().ok());
  ASSERT_TRUE(orders().terminate({WorkflowId("W")}).get().ok());
  ASSERT_TRUE(reset(a).ok());
  EXPECT_FALSE(describe("W")->run.cancel_requested);
  EXPECT_EQ(types_of(), (std::vector{EventType::kRunStarted, EventType::kWorkflowTaskFailed}));
  ASSERT_TRUE(reset(a, {.event_id = 2}).ok());
  EXPECT_TRUE(describe("W")->run.cancel_requested) << "what is kept is kept";
}

TEST_P(Resets, C179_ByRunIdWithoutACurrentRun) {
  const RunId a = start("W")->run_id;
  next_of();
  signal("b");
  const RunId c = next_of();
  ASSERT_TRUE(orders().remove({WorkflowId("W"), c}).get().ok());
  EXPECT_EQ(reset().code(), StatusCode::kNotFound) << "there is no current run";
  const auto d = reset(a);
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_EQ(d->lineage_run_id, a);
  EXPECT_EQ(describe("W", a)->reset_run_id, d->run_id);
  EXPECT_EQ(signals_of(), (std::vector<std::string>{"s-b"}));
  EXPECT_EQ(describe("W")->run.run_id, d->run_id);
}

TEST_P(Resets, C181_OfAPausedRunBeginOneThatRuns) {
  const RunId a = start("W")->run_id;
  ASSERT_TRUE(orders().pause({WorkflowId("W")}, {.reason = "wait"}).get().ok());
  ASSERT_TRUE(reset(a, {.event_id = 2}).ok());
  EXPECT_EQ(describe("W", a)->run.status, RunStatus::kTerminated);
  EXPECT_EQ(describe("W")->run.status, RunStatus::kRunning);
  EXPECT_FALSE(describe("W")->pause);
}

TEST_P(Resets, C182_OfARunWhoseChainHasEnded) {
  const RunId a = start("W")->run_id;
  next_of();
  signal("b");
  ASSERT_TRUE(complete("W").ok());
  ASSERT_TRUE(reset(a).ok());
  EXPECT_EQ(signals_of(), (std::vector<std::string>{"s-b"}));
}

TEST_P(Resets, AreSafeToRepeat) {
  const RunId a = start("W")->run_id;
  const auto first = reset(a, {.request_id = RequestId("once")});
  const auto again = reset(a, {.request_id = RequestId("once")});
  EXPECT_EQ(first->run_id, again->run_id);
  EXPECT_EQ(orders().runs(WorkflowId("W")).get()->size(), 2u);
  // Also when the run that it began has gone on, and after a restart.
  next_of();
  if (store() == StoreKind::kRocksDb) reopen();
  const auto late = reset(a, {.request_id = RequestId("once")});
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_EQ(late->run_id, first->run_id);
  EXPECT_EQ(late->status, RunStatus::kContinuedAsNew);
  EXPECT_EQ(orders().runs(WorkflowId("W")).get()->size(), 3u);
}

TEST_P(Resets, SayWhichEventBroughtTheirRequestId) {
  const RunId a = start("W")->run_id;
  signal("s");
  const auto d = reset(a, {.event_id = 2, .request_id = RequestId("once")});
  const RequestIdInfo brought = describe("W", d->run_id)->request_ids.at(0);
  EXPECT_EQ(brought.request_id, RequestId("once"));
  EXPECT_EQ(brought.event_id, 3u);
}

TEST_P(Resets, AreKnownBeforeAnySignalOfTheChain) {
  const RunId a = start("W")->run_id;
  const RunId d = reset(a, {.request_id = RequestId("once")})->run_id;
  for (int i = 0; i < 120; ++i) signal(std::to_string(i));
  next_of();
  EXPECT_EQ(reset(a, {.request_id = RequestId("once")})->run_id, d);
  EXPECT_EQ(orders().runs(WorkflowId("W")).get()->size(), 3u);
}

TEST_P(Resets, AreNotAnsweredByARequestThatBeganNoRun) {
  const RunId a = start("W")->run_id;
  signal("x");
  next_of();
  const auto d = reset(a, {.request_id = RequestId("x")});
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_NE(d->run_id, a);
  EXPECT_EQ(d->status, RunStatus::kRunning);
}

TEST_P(Resets, CopyTheRunThatIsAskedForWhateverTheRequestHasDone) {
  const RunId b = start(by("B"))->run_id;
  ASSERT_TRUE(orders().fail({WorkflowId("W")}).get().ok());
  const RunId first = reset(b, {.request_id = RequestId("once")})->run_id;
  ASSERT_TRUE(orders().fail({WorkflowId("W")}).get().ok());
  ASSERT_TRUE(reset(first).ok());  // knows of "once"
  ASSERT_TRUE(complete("W").ok());
  set_retention({.closed = 1h, .by_status = {{RunStatus::kFailed, 720h}}});
  clock().advance(2h);  // the current run is gone, and with it what its chain knew
  const auto again = reset(b, {.request_id = RequestId("once")});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(describe("W")->base_run_id, b);
}

TEST_P(Resets, LetALateStartSayToWhichChainItsRunBelongs) {
  const RunId a = start(by("A"))->run_id;
  ASSERT_TRUE(reset(a).ok());
  const auto late = start(by("A"));
  EXPECT_EQ(late->run_id, a);
  EXPECT_EQ(late->first_execution_run_id, a);
}

TEST_P(Resets, KnowTheSignalsOfTheRunThatTheyEnd) {
  StartRequest request = by("R");
  request.retry_policy = RetryPolicy{.maximum_attempts = 2};
  const RunId a = start(request)->run_id;
  ASSERT_TRUE(orders().fail({WorkflowId("W")}).get().ok());
  const RunId b = describe("W")->run.run_id;
  const auto send = [&] { return orders().signal_with_start(by("q"), {.name = "s"}).get(); };
  EXPECT_EQ(send()->run_id, b);
  ASSERT_TRUE(reset(a).ok());
  EXPECT_EQ(send()->run_id, b) << "a repeat";
  EXPECT_TRUE(signals_of().empty());
}

TEST_P(Resets, NeedARequestIdAndARun) {
  ASSERT_TRUE(start("W").ok());
  const auto without = orders().reset({WorkflowId("W")}, {}).get();
  ASSERT_EQ(without.code(), StatusCode::kInvalidArgument);
  const auto nowhere = orders().reset({WorkflowId("nobody")}, {.request_id = RequestId("r")}).get();
  EXPECT_EQ(nowhere.code(), StatusCode::kNotFound);
  const auto moved = orders()
                         .reset({.workflow_id = WorkflowId("W"),
                                 .expected_run_id = RunId(std::string_view("another"))},
                                {.request_id = RequestId("r")})
                         .get();
  EXPECT_NE(moved.status().detail<CurrentRunMoved>(), nullptr);
}

TEST_P(Resets, BeginTheDeadlinesAnew) {
  StartRequest request = by("R");
  request.execution_timeout = 60s;
  request.run_timeout = 20s;
  request.start_delay = 5s;
  const RunId a = start(request)->run_id;
  clock().advance(30s);
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 1u);
  ASSERT_EQ(describe("W", a)->run.status, RunStatus::kTimedOut);
  clock().advance(100s);
  const Timestamp now = clock().now();
  ASSERT_TRUE(reset(a).ok());
  const auto begun = describe("W");
  EXPECT_EQ(begun->run.start_time, now);
  EXPECT_EQ(begun->execution_time, now);
  EXPECT_EQ(begun->original_start_time, describe("W", a)->run.start_time);
  EXPECT_EQ(begun->run_deadline, now + 20s);
  EXPECT_EQ(begun->execution_deadline, now + 60s);
  clock().advance(20s);
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 1u);
  EXPECT_EQ(describe("W")->run.status, RunStatus::kTimedOut);
}

TEST_P(Resets, KeepInputPoliciesAndTags) {
  StartRequest request = by("R");
  request.input = {Payload::bytes("in")};
  request.search_attributes = {{"shop", "17"}};
  request.retry_policy = RetryPolicy{.maximum_attempts = 2};
  const RunId a = start(request)->run_id;
  ASSERT_TRUE(orders().fail({WorkflowId("W")}).get().ok());  // attempt 2 runs
  const RunInfo second = describe("W")->run;
  ASSERT_TRUE(reset(second.run_id).ok());
  const auto begun = describe("W");
  EXPECT_EQ(test::text_of(begun->input), "in");
  EXPECT_EQ(begun->search_attributes.at("shop"), SearchAttribute("17"));
  EXPECT_EQ(begun->run.attempt, 2u);
  EXPECT_EQ(begun->run.continued_execution_run_id, a);
  ASSERT_TRUE(orders().fail({WorkflowId("W")}).get().ok());
  EXPECT_EQ(describe("W")->close->retry_state, RetryState::kMaximumAttemptsReached);
}

TEST_P(Resets, WakeThoseWhoWaitForTheRunThatTheyEnd) {
  const RunId a = start("W")->run_id;
  auto waiting = orders().wait_closed({WorkflowId("W"), a});
  ASSERT_TRUE(reset(a).ok());
  EXPECT_EQ(waiting.get()->run.status, RunStatus::kTerminated);
}

TEST_P(Resets, OutliveARestart) {
  if (store() == StoreKind::kMemory) GTEST_SKIP() << "needs a disk";
  const RunId a = start("W")->run_id;
  signal("1");
  const RunId d = reset(a)->run_id;
  const auto before = describe("W");
  reopen();
  const auto after = describe("W");
  EXPECT_EQ(after->run, before->run);
  EXPECT_EQ(after->run.run_id, d);
  EXPECT_EQ(describe("W", a)->reset_run_id, d);
  signal("1");
  EXPECT_EQ(signals_of().size(), 1u) << "a signal that was reapplied is known";
}

TEST_P(Resets, AskTheNewRunToCancelForAStartThatWaits) {
  const RunId a = start("W")->run_id;
  StartRequest waiting = by("waits");
  waiting.conflict_policy = ConflictPolicy::kCancelExisting;
  waiting.queue_timeout = 60s;
  ASSERT_TRUE(start(waiting).ok());
  const auto d = reset(a);
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_EQ(*d, describe("W")->run) << "the answer tells what the commit did";
  EXPECT_TRUE(d->cancel_requested);
  // A request that the history keeps is enough.
  ASSERT_TRUE(reset(a, {.event_id = 2}).ok());
  EXPECT_EQ(types_of(), (std::vector{EventType::kRunStarted, EventType::kRunCancelRequested,
                                     EventType::kWorkflowTaskFailed}));
}

TEST_P(Resets, AreForgottenWithTheRunThatTheyBegan) {
  set_retention({.closed = 10s});
  const RunId a = start("W")->run_id;
  const auto first = reset(a, {.request_id = RequestId("once")});
  clock().advance(9s);
  next_of();
  clock().advance(11s);
  const auto again = reset({}, {.request_id = RequestId("once")});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE(again->run_id, first->run_id) << "it has expired, reclaimed or not";
  EXPECT_EQ(again->run_id, describe("W")->run.run_id);
}

TEST_P(Resets, RememberSignalsThatWereLeftOutBefore) {
  const RunId a = start("W")->run_id;
  signal("1");
  const RunId d = reset(a, {.reapply = Reapply::kNone})->run_id;
  ASSERT_TRUE(reset(d).ok());  // the event that told of it is not kept
  signal("1");
  EXPECT_TRUE(signals_of().empty());
}

TEST_P(Resets, BringNoSignalThatTheyKeepAsLeftOut) {
  const RunId a = start("W")->run_id;
  signal("1");
  const RunId d = reset(a, {.reapply = Reapply::kNone})->run_id;
  next_of();
  signal("1");  // another run of the chain may have it
  ASSERT_TRUE(reset(d, {.event_id = 2}).ok());
  EXPECT_TRUE(signals_of().empty()) << "each request id once";
}

TEST_P(Resets, AnswerForSignalsOfTheRunThatTheyEnd) {
  const RunId a = start("W")->run_id;
  const RunId d = reset(a)->run_id;
  const auto signal_d = [&] {
    return orders().signal_with_start(by("signals"), {.name = "s"}).get();
  };
  ASSERT_EQ(signal_d()->run_id, d);
  ASSERT_TRUE(reset(a).ok());
  const auto late = signal_d();
  EXPECT_EQ(late->rule, StartRule::kDeduplicatedAttached);
  EXPECT_EQ(late->run_id, d) << "a late repeat gets the run that it had signaled";
  EXPECT_TRUE(signals_of().empty());
}

TEST_P(Resets, BringNoSignalsOfARunThatHasExpired) {
  set_retention({.closed = 1h, .by_status = {{RunStatus::kCompleted, 10s}}});
  const RunId a = start("W")->run_id;
  next_of();
  signal("b");
  ASSERT_TRUE(complete("W").ok());
  clock().advance(10s);
  ASSERT_TRUE(reset(a).ok());
  EXPECT_TRUE(signals_of().empty()) << "gone, whether or not its bytes are";
}

TEST_P(Resets, AreNoObstacleToARemovalThatIsAskedForMeanwhile) {
  const RunId a = start("W")->run_id;
  ASSERT_TRUE(complete("W").ok());
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(complete("W").ok());
  auto begun = orders().reset({WorkflowId("W"), a}, {.request_id = RequestId("r")});
  auto removed = orders().remove({WorkflowId("W"), a});
  ASSERT_TRUE(begun.get().ok());
  ASSERT_TRUE(removed.get().ok());
  EXPECT_EQ(describe("W", a).code(), StatusCode::kNotFound);
}

ONERUN_ON_BOTH_STORES(Resets);

}  // namespace
}  // namespace onerun
