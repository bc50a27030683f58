// Chains and timeouts through the public API, on both stores: what an application sees of
// continue-as-new, retries, and runs that take too long.
#include <gtest/gtest.h>

#include "tests/support/payloads.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

using namespace std::chrono_literals;

class Chains : public test::OnBothStores {
 protected:
  static StartRequest with(Duration run_timeout, Duration execution_timeout = 0s,
                           std::optional<RetryPolicy> retry = {}) {
    StartRequest request{.workflow_id = WorkflowId("W"), .request_id = RequestId("R")};
    request.run_timeout = run_timeout;
    request.execution_timeout = execution_timeout;
    request.retry_policy = std::move(retry);
    return request;
  }

  Result<RunInfo> continue_as_new(ContinueRequest next = {}) {
    return orders().continue_as_new({WorkflowId("W")}, std::move(next)).get();
  }
  Result<RunInfo> fail(Failure failure = {}) {
    return orders().fail({WorkflowId("W")}, std::move(failure)).get();
  }
  std::uint64_t fire() { return *testing::fire_timers_now(runtime()); }
};

/// The worked example of docs/chains.md.
TEST_P(Chains, WorkedExample) {
  const RunId a = start("W")->run_id;
  const RunId b = continue_as_new({.input = {Payload::bytes("page 2")}})->new_execution_run_id;
  const RunId c = continue_as_new({.input = {Payload::bytes("page 3")}})->new_execution_run_id;
  ASSERT_TRUE(complete("W").ok());

  const auto chain = orders().chain({WorkflowId("W"), b}).get();
  ASSERT_TRUE(chain.ok()) << chain.status();
  ASSERT_EQ(chain->size(), 3u);
  EXPECT_EQ((*chain)[0].run_id, a);
  EXPECT_EQ((*chain)[0].status, RunStatus::kContinuedAsNew);
  EXPECT_EQ((*chain)[0].new_execution_run_id, b);
  EXPECT_EQ((*chain)[1].run_id, b);
  EXPECT_EQ((*chain)[1].continued_execution_run_id, a);
  EXPECT_EQ((*chain)[1].new_execution_run_id, c);
  EXPECT_EQ((*chain)[2].run_id, c);
  EXPECT_EQ((*chain)[2].status, RunStatus::kCompleted);
  EXPECT_TRUE((*chain)[2].new_execution_run_id.empty());
  for (const RunInfo& run : *chain) {
    EXPECT_EQ(run.first_execution_run_id, a);
    EXPECT_EQ(run.original_execution_run_id, run.run_id);
  }
  EXPECT_EQ(test::text_of(describe("W", c)->input), "page 3");
}

TEST_P(Chains, AreFoundFromEveryRunAndWithinTheLimit) {
  ASSERT_TRUE(start("W").ok());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(continue_as_new().ok());
  const auto all = *orders().chain({WorkflowId("W")}).get();
  ASSERT_EQ(all.size(), 6u);
  for (const RunInfo& run : all) {
    EXPECT_EQ(*orders().chain({WorkflowId("W"), run.run_id}).get(), all);
  }
  const auto near = *orders().chain({WorkflowId("W"), all[3].run_id}, 1).get();
  EXPECT_EQ(near, (std::vector<RunInfo>{all[2], all[3], all[4]}));
  for (const std::size_t limit : {std::size_t{0}, limits::kRunsPerPage + 1}) {
    EXPECT_EQ(orders().chain({WorkflowId("W")}, limit).get().code(), StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(orders().chain({WorkflowId("nobody")}).get().code(), StatusCode::kNotFound);
}

TEST_P(Chains, EndWhereARunIsGone) {
  ASSERT_TRUE(start("W").ok());
  const RunId b = continue_as_new()->new_execution_run_id;
  ASSERT_TRUE(continue_as_new().ok());
  ASSERT_TRUE(continue_as_new().ok());
  ASSERT_TRUE(orders().remove({WorkflowId("W"), b}).get().ok());
  EXPECT_EQ(orders().chain({WorkflowId("W")}).get()->size(), 2u);
}

TEST_P(Chains, EndWhereTheIdOfARunThatIsGoneWasBroughtAgain) {
  const RunId own(std::string_view("own"));
  StartRequest request{.workflow_id = WorkflowId("W"), .request_id = RequestId("r1")};
  request.run_id = own;
  ASSERT_TRUE(start(request).ok());
  const RunId next = orders().continue_as_new({WorkflowId("W")}).get()->new_execution_run_id;
  ASSERT_TRUE(orders().remove({WorkflowId("W"), own}).get().ok());
  ASSERT_TRUE(complete("W").ok());
  request.request_id = RequestId("r2");
  ASSERT_TRUE(start(request)->started);
  for (const RunId& run : {next, own}) {
    const auto chain = orders().chain({WorkflowId("W"), run}).get();
    ASSERT_EQ(chain->size(), 1u);
    EXPECT_EQ(chain->front().run_id, run);
  }
}

TEST_P(Chains, ContinueBeforeTheirStartIsAcknowledged) {
  // The run is on its way to the disk: what follows it is made from what is there.
  auto started =
      orders().start({.workflow_id = WorkflowId("W"), .input = {Payload::bytes("kept")}});
  auto first = orders().continue_as_new({WorkflowId("W")}, {.input = {Payload::bytes("1")}});
  auto second = orders().continue_as_new({WorkflowId("W")}, {.input = {Payload::bytes("2")}});
  ASSERT_TRUE(first.get().ok());
  ASSERT_TRUE(second.get().ok());
  EXPECT_EQ(orders().chain({WorkflowId("W")}).get()->size(), 3u);
  EXPECT_EQ(test::text_of(describe("W")->input), "2");
  EXPECT_TRUE(started.get().ok());
}

TEST_P(Chains, OfARunThatFailsAreRetried) {
  StartRequest request = with(0s, 0s, RetryPolicy{.maximum_attempts = 2});
  request.input = {Payload::bytes("same")};
  const RunId a = start(request)->run_id;
  const auto failed = fail({.message = "no", .type = "T"});
  ASSERT_TRUE(failed.ok());
  EXPECT_EQ(describe("W", a)->close->retry_state, RetryState::kInProgress);

  const auto retry = describe("W");
  EXPECT_EQ(retry->run.run_id, failed->new_execution_run_id);
  EXPECT_EQ(retry->run.attempt, 2u);
  EXPECT_EQ(retry->run.initiator, Initiator::kRetry);
  EXPECT_EQ(test::text_of(retry->input), "same");
  EXPECT_EQ(retry->continued_failure->message, "no");
  EXPECT_EQ(retry->execution_time, retry->run.start_time + 1s);
  EXPECT_EQ(retry->retry_policy, request.retry_policy);

  ASSERT_TRUE(fail().ok());
  EXPECT_EQ(describe("W")->close->retry_state, RetryState::kMaximumAttemptsReached);
  EXPECT_EQ(
      metric("onerun_runs_continued_total", {{"namespace", "orders"}, {"initiator", "retry"}}), 1);
}

TEST_P(Chains, OutliveARestart) {
  if (store() == StoreKind::kMemory) GTEST_SKIP() << "needs a disk";
  const RunId a = start(with(5s, 60s, RetryPolicy()))->run_id;
  const RunId b = fail()->new_execution_run_id;
  reopen();
  EXPECT_EQ(orders().chain({WorkflowId("W")}).get()->size(), 2u);
  const auto again = start(with(5s));
  EXPECT_EQ(again->rule, StartRule::kDeduplicated);
  EXPECT_EQ(again->run_id, a);
  EXPECT_EQ(describe("W")->run.run_id, b);
  clock().advance(1s + 5s);
  EXPECT_EQ(fire(), 1u) << "the deadline of the retry is kept";
  EXPECT_EQ(describe("W", b)->run.status, RunStatus::kTimedOut);
  EXPECT_EQ(describe("W")->run.attempt, 3u);
}

TEST_P(Chains, AreWaitedForToTheirEnd) {
  const RunId a = start("W")->run_id;
  auto run = orders().wait_closed({WorkflowId("W")});
  auto chain = orders().wait_closed({WorkflowId("W")}, WaitFor::kChain);
  ASSERT_TRUE(continue_as_new().ok());
  EXPECT_EQ(run.get()->run.run_id, a);
  const RunId c = continue_as_new()->new_execution_run_id;
  EXPECT_FALSE(chain.ready());
  ASSERT_TRUE(complete("W").ok());
  const auto end = chain.get();
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->run.run_id, c);
  EXPECT_EQ(end->run.status, RunStatus::kCompleted);
  EXPECT_EQ(orders().wait_closed({WorkflowId("W"), a}, WaitFor::kChain).get()->run.run_id, c)
      << "also when all of them are closed";
}

TEST_P(Chains, OfManyClosedRunsAreGoneThrough) {
  const RunId first = start("W")->run_id;
  std::vector<Future<Result<RunInfo>>> continued;
  for (int i = 0; i < 5'000; ++i) continued.push_back(orders().continue_as_new({WorkflowId("W")}));
  for (auto& one : continued) ASSERT_TRUE(one.get().ok());
  ASSERT_TRUE(complete("W").ok());
  const auto end = orders().wait_closed({WorkflowId("W"), first}, WaitFor::kChain).get();
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->run.status, RunStatus::kCompleted);
}

TEST_P(Chains, TellWhoWaitsThatARunIsGone) {
  const RunId a = start("W")->run_id;
  const RunId b = continue_as_new()->new_execution_run_id;
  ASSERT_TRUE(continue_as_new().ok());
  ASSERT_TRUE(orders().remove({WorkflowId("W"), b}).get().ok());
  EXPECT_EQ(orders().wait_closed({WorkflowId("W"), a}, WaitFor::kChain).get().code(),
            StatusCode::kNotFound);
}

TEST_P(Chains, ChangesMayExpectTheCurrentRun) {
  const RunId a = start("W")->run_id;
  const RunId b = continue_as_new()->new_execution_run_id;
  const auto expect_moved = [&](const std::string& id, const RunId& current, RunStatus as) {
    const RunRef ref{.workflow_id = WorkflowId(id), .run_id = {}, .expected_run_id = a};
    for (const Status& status :
         {orders().complete(ref).get().status(), orders().fail(ref).get().status(),
          orders().terminate(ref).get().status(), orders().report_canceled(ref).get().status(),
          orders().request_cancel(ref).get().status(), orders().continue_as_new(ref).get().status(),
          orders().remove(ref).get().status(),
          orders().signal(ref, {.name = "s"}).get().status()}) {
      const auto* detail = status.detail<CurrentRunMoved>();
      ASSERT_NE(detail, nullptr) << status;
      EXPECT_EQ(detail->expected, a);
      EXPECT_EQ(detail->current, current);
      EXPECT_EQ(detail->status, as);
    }
  };
  expect_moved("W", b, RunStatus::kRunning);
  expect_moved("without a run", RunId(), RunStatus::kUnspecified);
  EXPECT_EQ(describe("W")->history_length, 1u);
  EXPECT_TRUE(orders().complete({.workflow_id = WorkflowId("W"), .expected_run_id = b}).get().ok());
}

// ---- time ----

/// C209, without a worker.
TEST_P(Chains, C209_ARunThatTakesTooLongTimesOut) {
  ASSERT_TRUE(start(with(1s)).ok());
  clock().advance(999ms);
  EXPECT_EQ(fire(), 0u);
  EXPECT_EQ(describe("W")->run.status, RunStatus::kRunning);
  auto waiting = orders().wait_closed({WorkflowId("W")});
  clock().advance(1ms);
  EXPECT_EQ(fire(), 1u);
  EXPECT_EQ(waiting.get()->run.status, RunStatus::kTimedOut);
  EXPECT_EQ(describe("W")->close->retry_state, RetryState::kRetryPolicyNotSet);
  EXPECT_EQ(metric("onerun_runs_closed_total", {{"namespace", "orders"}, {"status", "timed_out"}}),
            1);
}

TEST_P(Chains, ContinuingBeforeTheExecutionTimeWaitsForThatToo) {
  StartRequest request{.workflow_id = WorkflowId("W")};
  request.start_delay = 10s;
  ASSERT_TRUE(start(request).ok());
  ASSERT_TRUE(continue_as_new().ok());
  EXPECT_EQ(describe("W")->execution_time, clock().now() + 11s);
}

TEST_P(Chains, C112_ContinueAsNewMayLowerTheRunTimeout) {
  ASSERT_TRUE(start(with(100s)).ok());
  const RunId b = continue_as_new({.run_timeout = 1s})->new_execution_run_id;
  clock().advance(2s);
  EXPECT_EQ(fire(), 1u);
  EXPECT_EQ(describe("W", b)->run.status, RunStatus::kTimedOut);
}

TEST_P(Chains, C113_TheExecutionTimeoutEndsALoop) {
  const RunId a = start(with(0s, 3s))->run_id;
  for (int i = 0; i < 3; ++i) {
    clock().advance(900ms);
    ASSERT_TRUE(continue_as_new().ok());
    EXPECT_EQ(fire(), 0u);
  }
  clock().advance(300ms);
  EXPECT_EQ(fire(), 1u);
  const auto last = describe("W");
  EXPECT_EQ(last->run.status, RunStatus::kTimedOut);
  EXPECT_NE(last->run.run_id, a);
  EXPECT_EQ(last->close->retry_state, RetryState::kTimeout);
}

TEST_P(Chains, C214_TheDeadlineOfAnotherChainIsIgnored) {
  ASSERT_TRUE(start(with(0s, 3s)).ok());
  ASSERT_TRUE(orders().terminate({WorkflowId("W")}).get().ok());
  StartRequest next = with(0s);
  next.request_id = RequestId("other");
  ASSERT_TRUE(start(next).ok());
  clock().advance(10s);
  EXPECT_EQ(fire(), 0u);
  EXPECT_EQ(describe("W")->run.status, RunStatus::kRunning);
}

TEST_P(Chains, TheExecutionTimeoutCountsTheDelay) {
  StartRequest request = with(10s, 12s);
  request.start_delay = 5s;
  ASSERT_TRUE(start(request).ok());
  const auto run = describe("W");
  EXPECT_EQ(run->execution_time, run->run.start_time + 5s);
  EXPECT_EQ(run->execution_deadline, run->run.start_time + 12s);
  EXPECT_EQ(run->run_deadline, run->run.start_time + 12s);
}

TEST_P(Chains, TimersOfManyRunsFireInOrder) {
  for (int i = 0; i < 300; ++i) {
    StartRequest request{.workflow_id = WorkflowId("w" + std::to_string(i))};
    request.run_timeout = Duration(1 + (i * 7919) % 300);
    ASSERT_TRUE(start(request).ok());
  }
  clock().advance(150ms);
  EXPECT_EQ(fire(), 150u);
  clock().advance(150ms);
  EXPECT_EQ(fire(), 150u);
  EXPECT_EQ(fire(), 0u);
}

TEST_P(Chains, OverdueTimersFireAfterAStop) {
  if (store() == StoreKind::kMemory) GTEST_SKIP() << "needs a disk";
  for (int i = 0; i < 50; ++i) {
    StartRequest request{.workflow_id = WorkflowId("w" + std::to_string(i))};
    request.run_timeout = std::chrono::hours(i + 1);
    ASSERT_TRUE(start(request).ok());
  }
  close();
  clock().advance(std::chrono::hours(50));
  open();
  // The runtime's own look for timers may have come first.
  fire();
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(describe("w" + std::to_string(i))->run.status, RunStatus::kTimedOut);
  }
}

TEST_P(Chains, ADeletedNamespaceTakesItsTimersAlong) {
  ASSERT_TRUE(start(with(1s)).ok());
  ASSERT_TRUE(orders().delete_namespace().get().ok());
  ASSERT_TRUE(testing::reclaim_now(runtime()).ok());
  clock().advance(10s);
  EXPECT_EQ(fire(), 0u);
}

TEST_P(Chains, RefuseDurationsThatCanNotBe) {
  const auto refused = [&](auto change) {
    StartRequest request{.workflow_id = WorkflowId("W")};
    change(request);
    const Status status = start(request).status();
    const auto* invalid = status.detail<InvalidField>();
    return invalid == nullptr ? std::string("accepted") : invalid->field;
  };
  EXPECT_EQ(refused([](auto& r) { r.run_timeout = -1ms; }), "run_timeout");
  EXPECT_EQ(refused([](auto& r) { r.execution_timeout = -1ms; }), "execution_timeout");
  EXPECT_EQ(refused([](auto& r) { r.start_delay = limits::kMaxDuration + 1ms; }), "start_delay");
  ASSERT_TRUE(start("W").ok());
  const auto answer = continue_as_new({.backoff = -1ms});
  ASSERT_NE(answer.status().detail<InvalidField>(), nullptr);
  EXPECT_EQ(answer.status().detail<InvalidField>()->field, "backoff");
}

ONERUN_ON_BOTH_STORES(Chains);

/// The machine's clock, and no call that fires timers: the runtime does so itself.
TEST(Timers, FireByThemselves) {
  Options options;
  options.store = StoreKind::kMemory;
  options.log = std::make_shared<test::CollectingSink>();
  auto runtime = Runtime::open(options);
  ASSERT_TRUE(runtime.ok());
  ASSERT_TRUE(runtime->ensure_namespace(NamespaceName("orders")).ok());
  const Namespace orders = runtime->namespace_("orders");
  StartRequest request{.workflow_id = WorkflowId("W")};
  request.run_timeout = 20ms;
  ASSERT_TRUE(orders.start(request).get().ok());
  const auto closed = orders.wait_closed({WorkflowId("W")}).get();
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->run.status, RunStatus::kTimedOut);
  EXPECT_GE(*closed->run.close_time, closed->run.start_time + 20ms);
}

}  // namespace
}  // namespace onerun
