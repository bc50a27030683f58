// The life of a run through the public API: what is carried, who is found, how one waits for the
// end.
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/payloads.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

class LifeOfRun : public test::OnBothStores {};

StartRequest full_request() {
  StartRequest request;
  request.workflow_id = WorkflowId("order-17");
  request.request_id = RequestId("request");
  request.workflow_type = "ship";
  request.input = {Payload::bytes(std::string("\0\xFF raw", 6))};
  request.memo = {{"note", Payload::bytes("for people")}};
  request.search_attributes = {{"customer", "17"}};
  request.identity = "shop";
  return request;
}

TEST_P(LifeOfRun, CarriesWhatTheStartBrought) {
  const StartRequest request = full_request();
  const auto started = start(request);
  ASSERT_TRUE(started.ok());
  for (const bool after_reopening : {false, true}) {
    if (after_reopening) {
      if (store() == StoreKind::kMemory) break;
      reopen();
    }
    const auto run = describe("order-17");
    ASSERT_TRUE(run.ok());
    EXPECT_EQ(run->workflow_id, request.workflow_id);
    EXPECT_EQ(run->run.run_id, started->run_id);
    EXPECT_TRUE(run->is_current);
    EXPECT_EQ(run->workflow_type, "ship");
    EXPECT_EQ(run->input, request.input);
    EXPECT_EQ(run->memo, request.memo);
    EXPECT_EQ(run->search_attributes, request.search_attributes);
    EXPECT_EQ(run->identity, "shop");
    EXPECT_EQ(run->run.start_time, clock().now());
    EXPECT_FALSE(run->close);
    EXPECT_FALSE(run->expires_at);
  }
}

TEST_P(LifeOfRun, CarriesHowItEnded) {
  ASSERT_TRUE(start("completed").ok());
  ASSERT_TRUE(orders()
                  .complete({WorkflowId("completed")}, {Payload::bytes("done")}, {.identity = "me"})
                  .get()
                  .ok());
  const auto completed = describe("completed");
  ASSERT_TRUE(completed->close);
  EXPECT_EQ(completed->close->result, (Payloads{Payload::bytes("done")}));
  EXPECT_EQ(completed->close->identity, "me");
  EXPECT_EQ(completed->expires_at, *completed->run.close_time + limits::kDefaultRetention);

  ASSERT_TRUE(start("failed").ok());
  const Failure failure{.message = "broke", .type = "Bug", .details = {Payload::bytes("stack")}};
  ASSERT_TRUE(orders().fail({WorkflowId("failed")}, failure).get().ok());
  EXPECT_EQ(describe("failed")->close->failure, failure);
  EXPECT_EQ(describe("failed")->run.status, RunStatus::kFailed);

  ASSERT_TRUE(start("canceled").ok());
  ASSERT_TRUE(
      orders().request_cancel({WorkflowId("canceled")}, {.reason = "not wanted"}).get().ok());
  EXPECT_EQ(describe("canceled")->cancel_reason, "not wanted");
  EXPECT_TRUE(describe("canceled")->run.cancel_requested);
  ASSERT_TRUE(
      orders().report_canceled({WorkflowId("canceled")}, {Payload::bytes("half done")}).get().ok());
  EXPECT_EQ(describe("canceled")->run.status, RunStatus::kCanceled);
  EXPECT_EQ(test::text_of(describe("canceled")->close->result), "half done");

  ASSERT_TRUE(start("terminated").ok());
  ASSERT_TRUE(
      orders()
          .terminate({WorkflowId("terminated")},
                     {.reason = "stop", .details = {Payload::bytes("why")}, .identity = "operator"})
          .get()
          .ok());
  EXPECT_EQ(describe("terminated")->close->reason, "stop");
  EXPECT_EQ(describe("terminated")->close->identity, "operator");
}

TEST_P(LifeOfRun, SaysWhyARunWasDisplaced) {
  const RunId first = start("a")->run_id;
  const auto second = start(
      {.workflow_id = WorkflowId("a"), .conflict_policy = ConflictPolicy::kTerminateExisting});
  const auto displaced = describe("a", first);
  EXPECT_NE(displaced->close->reason.find("terminate_existing"), std::string::npos);
  EXPECT_EQ(test::text_of(displaced->close->result), second->run_id.text())
      << "which run took its place";
  EXPECT_FALSE(displaced->is_current);
}

TEST_P(LifeOfRun, FindsRunsByIdAndTheCurrentOneWithout) {
  const RunId first = start("a")->run_id;
  ASSERT_TRUE(complete("a").ok());
  const RunId second = start("a")->run_id;
  EXPECT_EQ(describe("a")->run.run_id, second);
  EXPECT_EQ(describe("a", first)->run.status, RunStatus::kCompleted);
  EXPECT_EQ(describe("a", second)->previous_run_id, first);
  EXPECT_EQ(describe("b").status().detail<Missing>()->what, Missing::What::kWorkflow);
  EXPECT_EQ(describe("b", first).status().detail<Missing>()->what, Missing::What::kRun)
      << "a run belongs to one workflow id";
  EXPECT_EQ(describe("a", RunId(std::string_view("x"))).status().detail<Missing>()->what,
            Missing::What::kRun);
}

TEST_P(LifeOfRun, LeavesOlderRunsWhenTheCurrentOneIsRemoved) {
  const RunId first = start("a")->run_id;
  ASSERT_TRUE(complete("a").ok());
  ASSERT_TRUE(start("a").ok());
  ASSERT_TRUE(orders().remove({WorkflowId("a")}).get().ok());
  EXPECT_EQ(describe("a").code(), StatusCode::kNotFound) << "the id has no current run";
  EXPECT_TRUE(describe("a", first).ok()) << "the older run is still there";
  EXPECT_EQ(
      start({.workflow_id = WorkflowId("a"), .reuse_policy = ReusePolicy::kRejectDuplicate})->rule,
      StartRule::kStarted)
      << "and takes no part in decisions";
}

TEST_P(LifeOfRun, TakesRunIdsThatCallersBring) {
  const RunId mine(std::string_view("thread-7/run 1 \xE2\x9C\x93"));
  ASSERT_TRUE(start({.workflow_id = WorkflowId("a"), .run_id = mine}).ok());
  EXPECT_EQ(describe("a", mine)->run.run_id, mine);
  const Status taken = start({.workflow_id = WorkflowId("b"), .run_id = mine}).status();
  ASSERT_NE(taken.detail<RunIdInUse>(), nullptr);
  EXPECT_TRUE(complete("a", mine).ok());
  EXPECT_EQ(start({.workflow_id = WorkflowId("b"), .run_id = mine}).code(),
            StatusCode::kAlreadyExists)
      << "a closed run has its id until it is gone";
}

TEST_P(LifeOfRun, KeepsRunIdsOfNamespacesApart) {
  const RunId mine(std::string_view("mine"));
  ASSERT_TRUE(start({.workflow_id = WorkflowId("a"), .run_id = mine}).ok());
  const auto other = runtime().ensure_namespace(NamespaceName("other"));
  EXPECT_TRUE(other->start({.workflow_id = WorkflowId("a"), .run_id = mine}).get().ok());
}

TEST_P(LifeOfRun, CompletesOnlyTheRunThatItNames) {
  const RunId first = start("a")->run_id;
  const RunId second =
      start({.workflow_id = WorkflowId("a"), .conflict_policy = ConflictPolicy::kTerminateExisting})
          ->run_id;
  const Status late = complete("a", first).status();
  ASSERT_NE(late.detail<AlreadyClosed>(), nullptr);
  EXPECT_EQ(late.detail<AlreadyClosed>()->status, RunStatus::kTerminated);
  EXPECT_EQ(describe("a")->run.run_id, second);
  EXPECT_EQ(describe("a")->run.status, RunStatus::kRunning);
}

// ---- wait_closed ----

TEST_P(LifeOfRun, AnswersAtOnceWhenTheRunIsClosed) {
  bring_into("a", RunStatus::kFailed);
  auto waiting = orders().wait_closed({WorkflowId("a")});
  EXPECT_TRUE(waiting.ready());
  EXPECT_EQ(waiting.get()->run.status, RunStatus::kFailed);
}

TEST_P(LifeOfRun, WaitsForTheEndWithoutAnActor) {
  ASSERT_TRUE(start("a").ok());
  auto waiting = orders().wait_closed({WorkflowId("a")});
  EXPECT_FALSE(waiting.ready());
  passivate_the_actor();  // a waiter keeps none alive
  ASSERT_TRUE(orders().complete({WorkflowId("a")}, {Payload::bytes("result")}).get().ok());
  const auto closed = waiting.get();
  ASSERT_TRUE(closed.ok());
  EXPECT_EQ(closed->run.status, RunStatus::kCompleted);
  EXPECT_EQ(test::text_of(closed->close->result), "result");
}

TEST_P(LifeOfRun, WaitsForTheRunThatWasCurrentWhenItWasAsked) {
  const RunId first = start("a")->run_id;
  auto waiting = orders().wait_closed({WorkflowId("a")});
  ASSERT_TRUE(
      start({.workflow_id = WorkflowId("a"), .conflict_policy = ConflictPolicy::kTerminateExisting})
          .ok());
  const auto closed = waiting.get();
  EXPECT_EQ(closed->run.run_id, first);
  EXPECT_EQ(closed->run.status, RunStatus::kTerminated);
}

TEST_P(LifeOfRun, TellsAWaiterThatTheRunWasRemoved) {
  ASSERT_TRUE(start("a").ok());
  auto waiting = orders().wait_closed({WorkflowId("a")});
  ASSERT_TRUE(orders().remove({WorkflowId("a")}).get().ok());
  EXPECT_EQ(waiting.get().code(), StatusCode::kNotFound);
}

TEST_P(LifeOfRun, TellsAWaiterThatTheNamespaceWasDeleted) {
  ASSERT_TRUE(start("a").ok());
  auto waiting = orders().wait_closed({WorkflowId("a")});
  ASSERT_TRUE(orders().delete_namespace().get().ok());
  EXPECT_EQ(waiting.get().code(), StatusCode::kFailedPrecondition);
}

TEST_P(LifeOfRun, DoesNotWaitForWhatIsNotThere) {
  EXPECT_EQ(orders().wait_closed({WorkflowId("a")}).get().code(), StatusCode::kNotFound);
}

TEST_P(LifeOfRun, NeverMissesAnEndThatRacesWithTheWaiter) {
  for (int i = 0; i < 200; ++i) {
    const std::string id = "id-" + std::to_string(i);
    ASSERT_TRUE(start(id).ok());
    auto completed = orders().complete({WorkflowId(id)});
    auto waiting = orders().wait_closed({WorkflowId(id)});
    EXPECT_EQ(waiting.get()->run.status, RunStatus::kCompleted);
    EXPECT_TRUE(completed.get().ok());
  }
}

TEST_P(LifeOfRun, TakesManyWaitersForOneRun) {
  ASSERT_TRUE(start("a").ok());
  std::vector<Future<Result<RunDescription>>> waiting;
  for (int i = 0; i < 10'000; ++i) waiting.push_back(orders().wait_closed({WorkflowId("a")}));
  ASSERT_TRUE(complete("a").ok());
  for (auto& one : waiting) ASSERT_EQ(one.get()->run.status, RunStatus::kCompleted);
}

// ---- reading what was acknowledged ----

TEST_P(LifeOfRun, ReadsItsOwnWrites) {
  for (int i = 0; i < 500; ++i) {
    const std::string id = "id-" + std::to_string(i % 7);
    const auto started = start(
        {.workflow_id = WorkflowId(id), .conflict_policy = ConflictPolicy::kTerminateExisting});
    ASSERT_EQ(describe(id)->run.run_id, started->run_id);
    ASSERT_TRUE(complete(id).ok());
    ASSERT_EQ(describe(id)->run.status, RunStatus::kCompleted);
  }
}

TEST_P(LifeOfRun, NeverDescribesAClosedRunAsTheCurrentOneBesideAnOpenOne) {
  ASSERT_TRUE(start("a").ok());
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 0; i < 300; ++i) {
      ASSERT_TRUE(start({.workflow_id = WorkflowId("a"),
                         .conflict_policy = ConflictPolicy::kTerminateExisting})
                      .ok());
    }
    done = true;
  });
  while (!done) {
    const auto run = describe("a");
    ASSERT_TRUE(run.ok());
    EXPECT_EQ(run->run.status, RunStatus::kRunning) << "at every instant the current run is open";
    EXPECT_TRUE(run->is_current);
  }
  writer.join();
}

ONERUN_ON_BOTH_STORES(LifeOfRun);

}  // namespace
}  // namespace onerun
