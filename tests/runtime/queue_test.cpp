// Starts that wait for the end of the open run (cancel_existing and enqueue), and the rate of an
// id, through the public API on both stores. Source: design section 8, difference 5.
#include <gtest/gtest.h>

#include "tests/support/payloads.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

using namespace std::chrono_literals;

class Queue : public test::OnBothStores {
 protected:
  static StartRequest with(ConflictPolicy policy, const std::string& request_id,
                           Duration timeout = 0s) {
    StartRequest request{.workflow_id = WorkflowId("W"), .request_id = RequestId(request_id)};
    request.conflict_policy = policy;
    request.queue_timeout = timeout;
    request.input = {Payload::bytes(request_id)};
    return request;
  }
  Result<StartResult> enqueue(const std::string& request_id, Duration timeout = 0s) {
    return start(with(ConflictPolicy::kEnqueue, request_id, timeout));
  }
  Result<StartResult> cancel_existing(const std::string& request_id, Duration timeout = 60s) {
    return start(with(ConflictPolicy::kCancelExisting, request_id, timeout));
  }
  std::uint64_t position(const RunId& run) { return describe("W", run)->queue_position; }
};

TEST_P(Queue, WithoutAnOpenRunTheyStartAtOnce) {
  EXPECT_EQ(enqueue("1")->rule, StartRule::kStarted);
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(cancel_existing("2")->rule, StartRule::kStarted);
}

TEST_P(Queue, BeginsInOrderWhenTheOpenRunCloses) {
  const RunId a = start("W")->run_id;
  const auto b = enqueue("b");
  ASSERT_TRUE(b.ok()) << b.status();
  EXPECT_EQ(b->rule, StartRule::kEnqueued);
  EXPECT_FALSE(b->started);
  EXPECT_EQ(b->status, RunStatus::kUnspecified);
  EXPECT_EQ(b->queue_position, 1u);
  const RunId c = enqueue("c")->run_id;
  EXPECT_EQ(position(b->run_id), 1u);
  EXPECT_EQ(position(c), 2u);
  EXPECT_EQ(describe("W")->queued_starts, 2u);

  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(describe("W")->run.run_id, b->run_id);
  EXPECT_EQ(describe("W")->run.status, RunStatus::kRunning);
  EXPECT_EQ(test::text_of(describe("W")->input), "b");
  EXPECT_EQ(describe("W")->previous_run_id, a);
  EXPECT_EQ(position(b->run_id), 0u);
  EXPECT_EQ(position(c), 1u);
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(describe("W")->run.run_id, c);
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(orders().describe_namespace().get()->open_runs, 0u);
  EXPECT_EQ(orders().runs(WorkflowId("W")).get()->size(), 3u);
}

TEST_P(Queue, BeginsAfterEveryKindOfEnd) {
  const auto ends = std::vector<std::function<void()>>{
      [&] { ASSERT_TRUE(orders().fail({WorkflowId("W")}).get().ok()); },
      [&] { ASSERT_TRUE(orders().terminate({WorkflowId("W")}).get().ok()); },
      [&] { ASSERT_TRUE(orders().report_canceled({WorkflowId("W")}).get().ok()); },
      [&] { ASSERT_TRUE(orders().remove({WorkflowId("W")}).get().ok()); },
  };
  ASSERT_TRUE(start("W").ok());
  int turn = 0;
  for (const auto& end : ends) {
    const RunId next = enqueue("turn-" + std::to_string(++turn))->run_id;
    end();
    EXPECT_EQ(describe("W")->run.run_id, next) << turn;
    EXPECT_EQ(describe("W")->run.status, RunStatus::kRunning) << turn;
  }
}

TEST_P(Queue, WaitsForTheEndOfTheChain) {
  StartRequest first{.workflow_id = WorkflowId("W")};
  first.retry_policy = RetryPolicy{.maximum_attempts = 2};
  ASSERT_TRUE(start(first).ok());
  const RunId next = enqueue("next")->run_id;
  ASSERT_TRUE(
      orders().continue_as_new({WorkflowId("W")}, {.retry_policy = first.retry_policy}).get().ok());
  ASSERT_TRUE(orders().fail({WorkflowId("W")}).get().ok());
  EXPECT_EQ(describe("W")->run.attempt, 2u);
  EXPECT_EQ(position(next), 1u);
  ASSERT_TRUE(orders().fail({WorkflowId("W")}).get().ok());
  EXPECT_EQ(describe("W")->run.run_id, next);
}

TEST_P(Queue, BeginsWhenTheOpenRunTimesOut) {
  StartRequest first{.workflow_id = WorkflowId("W")};
  first.run_timeout = 5s;
  ASSERT_TRUE(start(first).ok());
  const RunId next = enqueue("next")->run_id;
  clock().advance(5s);
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 1u);
  EXPECT_EQ(describe("W")->run.run_id, next);
}

TEST_P(Queue, CancelExistingAsksTheOpenRunToCancel) {
  const RunId a = start("W")->run_id;
  const auto b = cancel_existing("b");
  ASSERT_TRUE(b.ok()) << b.status();
  EXPECT_EQ(b->rule, StartRule::kCancelRequestedAndEnqueued);
  EXPECT_TRUE(describe("W")->run.cancel_requested);
  EXPECT_EQ(describe("W")->run.run_id, a);
  ASSERT_TRUE(orders().report_canceled({WorkflowId("W")}).get().ok());
  EXPECT_EQ(describe("W")->run.run_id, b->run_id);
  EXPECT_FALSE(describe("W")->run.cancel_requested);
}

TEST_P(Queue, CancelExistingGoesBeforeWhatIsEnqueuedAndFollowsTheChain) {
  ASSERT_TRUE(start("W").ok());
  const RunId c = enqueue("c")->run_id;
  const RunId b1 = cancel_existing("b1")->run_id;
  const RunId b2 = cancel_existing("b2")->run_id;
  EXPECT_EQ(position(b1), 1u);
  EXPECT_EQ(position(b2), 2u);
  EXPECT_EQ(position(c), 3u);
  ASSERT_TRUE(orders().continue_as_new({WorkflowId("W")}).get().ok());
  EXPECT_TRUE(describe("W")->run.cancel_requested) << "the run that follows is asked, too";
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(describe("W")->run.run_id, b1);
  EXPECT_TRUE(describe("W")->run.cancel_requested) << "for the one behind it";
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(describe("W")->run.run_id, b2);
  EXPECT_FALSE(describe("W")->run.cancel_requested) << "what is enqueued cancels nothing";
}

TEST_P(Queue, IsLeftAtTheDeadline) {
  ASSERT_TRUE(start("W").ok());
  const RunId b = cancel_existing("b", 10s)->run_id;
  const RunId c = enqueue("c", 5s)->run_id;
  const RunId d = enqueue("d")->run_id;
  auto waiting = orders().wait_closed({WorkflowId("W"), c});
  clock().advance(5s);
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 1u);
  EXPECT_EQ(describe("W", c).code(), StatusCode::kNotFound);
  EXPECT_EQ(waiting.get().code(), StatusCode::kNotFound);
  EXPECT_EQ(position(d), 2u);
  // A deadline that has passed is kept also if no timer has come first.
  clock().advance(5s);
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(describe("W", b).code(), StatusCode::kNotFound);
  EXPECT_EQ(describe("W")->run.run_id, d);
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 0u);
}

TEST_P(Queue, AsksNoNextRunToCancelOnceTheDeadlineHasPassed) {
  ASSERT_TRUE(start("W").ok());
  const RunId b = cancel_existing("b", 10s)->run_id;
  clock().advance(10s);  // and no timer has come
  ASSERT_TRUE(orders().continue_as_new({WorkflowId("W")}).get().ok());
  EXPECT_FALSE(describe("W")->run.cancel_requested);
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(describe("W", b).code(), StatusCode::kNotFound);
}

TEST_P(Queue, CanBeLeft) {
  ASSERT_TRUE(start("W").ok());
  const RunId b = enqueue("b")->run_id;
  const RunId c = enqueue("c")->run_id;
  const RunId d = enqueue("d")->run_id;
  const RunId e = enqueue("e")->run_id;
  EXPECT_TRUE(orders().request_cancel({WorkflowId("W"), b}).get().ok());
  EXPECT_TRUE(orders().terminate({WorkflowId("W"), c}).get().ok());
  const auto removed = orders().remove({WorkflowId("W"), d}).get();
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed->status, RunStatus::kUnspecified);
  EXPECT_EQ(orders().remove({WorkflowId("W"), d}).get().code(), StatusCode::kNotFound);
  for (const RunId& gone : {b, c, d}) EXPECT_EQ(describe("W", gone).code(), StatusCode::kNotFound);
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(describe("W")->run.run_id, e);
}

TEST_P(Queue, KnowsARequestThatWaits) {
  ASSERT_TRUE(start("W").ok());
  const RunId b = enqueue("b")->run_id;
  const auto again = enqueue("b");
  EXPECT_EQ(again->rule, StartRule::kDeduplicated);
  EXPECT_EQ(again->run_id, b);
  EXPECT_EQ(again->queue_position, 1u);
  ASSERT_TRUE(complete("W").ok());
  const auto begun = enqueue("b");
  EXPECT_EQ(begun->rule, StartRule::kDeduplicated);
  EXPECT_TRUE(begun->started);
  EXPECT_EQ(begun->run_id, b);
}

TEST_P(Queue, HasABound) {
  ASSERT_TRUE(start("W").ok());
  for (std::size_t i = 0; i < limits::kQueuedStarts; ++i) {
    ASSERT_TRUE(enqueue(std::to_string(i)).ok());
  }
  const Status refused = enqueue("one more").status();
  EXPECT_EQ(refused.code(), StatusCode::kResourceExhausted);
  ASSERT_NE(refused.detail<Exhausted>(), nullptr);
  EXPECT_EQ(refused.detail<Exhausted>()->resource, "queued_starts");
  EXPECT_EQ(refused.detail<Exhausted>()->limit, limits::kQueuedStarts);
}

TEST_P(Queue, WhatWaitsIsNoRunYet) {
  ASSERT_TRUE(start("W").ok());
  const RunId b = enqueue("b")->run_id;
  const RunRef waiting{WorkflowId("W"), b};
  EXPECT_EQ(orders().signal(waiting, {.name = "s"}).get().code(), StatusCode::kNotFound);
  EXPECT_EQ(orders().complete(waiting).get().code(), StatusCode::kNotFound);
  EXPECT_EQ(orders().pause(waiting).get().code(), StatusCode::kNotFound);
  EXPECT_EQ(orders().chain(waiting).get().code(), StatusCode::kNotFound);
  EXPECT_TRUE(orders().history(waiting).get()->events.empty());
  EXPECT_EQ(orders().describe_namespace().get()->open_runs, 1u);
  StartRequest same{.workflow_id = WorkflowId("other"), .run_id = b};
  EXPECT_NE(start(same).status().detail<RunIdInUse>(), nullptr) << "its run id is taken";
}

TEST_P(Queue, OutlivesARestart) {
  if (store() == StoreKind::kMemory) GTEST_SKIP() << "needs a disk";
  ASSERT_TRUE(start("W").ok());
  const RunId b = enqueue("b", 5s)->run_id;
  const RunId c = enqueue("c")->run_id;
  reopen();
  EXPECT_EQ(position(c), 2u);
  clock().advance(5s);
  EXPECT_EQ(*testing::fire_timers_now(runtime()), 1u);
  EXPECT_EQ(describe("W", b).code(), StatusCode::kNotFound);
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(describe("W")->run.run_id, c);
  EXPECT_EQ(test::text_of(describe("W")->input), "c");
}

TEST_P(Queue, IsWaitedThroughByWhoWaitsForTheRun) {
  ASSERT_TRUE(start("W").ok());
  const RunId b = enqueue("b")->run_id;
  auto waiting = orders().wait_closed({WorkflowId("W"), b});
  ASSERT_TRUE(complete("W").ok());
  EXPECT_FALSE(waiting.ready());
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(waiting.get()->run.status, RunStatus::kCompleted);
}

TEST_P(Queue, StaysBehindATerminationAndAReset) {
  const RunId a = start("W")->run_id;
  const RunId q = enqueue("q")->run_id;
  const RunId b = start(with(ConflictPolicy::kTerminateExisting, "b"))->run_id;
  EXPECT_EQ(describe("W")->run.run_id, b);
  const auto d = orders().reset({WorkflowId("W"), a}, {.request_id = RequestId("r")}).get();
  ASSERT_TRUE(d.ok()) << d.status();
  EXPECT_EQ(position(q), 1u);
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(describe("W")->run.run_id, q);
}

TEST_P(Queue, BadRequestsAreRefused) {
  StartRequest no_deadline = with(ConflictPolicy::kCancelExisting, "r");
  StartRequest no_queue = with(ConflictPolicy::kFail, "r", 5s);
  StartRequest by_end = with(ConflictPolicy::kEnqueue, "r");
  by_end.reuse_policy = ReusePolicy::kAllowDuplicateFailedOnly;
  StartRequest signaled = with(ConflictPolicy::kEnqueue, "r");
  signaled.signal = Signal{.name = "s"};
  for (const StartRequest& bad : {no_deadline, no_queue, by_end, signaled}) {
    EXPECT_EQ(start(bad).code(), StatusCode::kInvalidArgument);
  }
  StartRequest dry = with(ConflictPolicy::kEnqueue, "r");
  dry.dry_run = true;
  ASSERT_TRUE(start("W").ok());
  EXPECT_EQ(start(dry)->rule, StartRule::kEnqueued);
  EXPECT_EQ(describe("W")->queued_starts, 0u);
}

TEST_P(Queue, C035_C037_C038_StartsKeepTheRateOfTheNamespace) {
  const auto begin = [&](const std::string& id) {
    StartRequest request{.workflow_id = WorkflowId(id)};
    request.conflict_policy = ConflictPolicy::kTerminateExisting;
    return start(request);
  };
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(begin("free").ok()) << "no rate, no limit";
  ASSERT_TRUE(orders().update_namespace({.start_rate = StartRate{1, 1s}}).get().ok());
  EXPECT_TRUE(begin("W").ok());
  const Status refused = begin("W").status();
  EXPECT_EQ(refused.code(), StatusCode::kResourceExhausted);
  ASSERT_NE(refused.detail<TooSoon>(), nullptr);
  EXPECT_EQ(refused.detail<TooSoon>()->retry_at, clock().now() + 1s);
  EXPECT_TRUE(begin("V").ok()) << "each id has its own";
  ASSERT_TRUE(runtime().ensure_namespace(NamespaceName("other")).ok());
  EXPECT_TRUE(runtime().namespace_("other").start({.workflow_id = WorkflowId("W")}).get().ok());
  // It is kept when the actor goes, and comes back with time.
  while (*testing::passivate_now(runtime()) == 0) {
  }
  EXPECT_FALSE(begin("W").ok());
  clock().advance(1s);
  EXPECT_TRUE(begin("W").ok());
  EXPECT_FALSE(begin("W").ok());
}

TEST_P(Queue, ARateLetsSoManyBeginAtOnce) {
  ASSERT_TRUE(orders().update_namespace({.start_rate = StartRate{3, 3s}}).get().ok());
  const auto begun = [&] {
    int number = 0;
    StartRequest request{.workflow_id = WorkflowId("W")};
    request.conflict_policy = ConflictPolicy::kTerminateExisting;
    while (start(request).ok()) ++number;
    return number;
  };
  EXPECT_EQ(begun(), 3);
  clock().advance(1s);
  EXPECT_EQ(begun(), 1);
  clock().advance(10s);
  EXPECT_EQ(begun(), 3) << "never more than the bucket holds";
  ASSERT_TRUE(orders().update_namespace({.start_rate = StartRate{7, 10ms}}).get().ok());
  clock().advance(10s);
  EXPECT_EQ(begun(), 7);
  int more = 0;
  for (int ms = 0; ms < 100; ++ms) {
    clock().advance(1ms);
    more += begun();
  }
  EXPECT_EQ(more, 70) << "also where they don't come back at whole milliseconds";
  const auto bad = orders().update_namespace({.start_rate = StartRate{1'000, 999ms}}).get();
  EXPECT_EQ(bad.code(), StatusCode::kInvalidArgument);
}

ONERUN_ON_BOTH_STORES(Queue);

}  // namespace
}  // namespace onerun
