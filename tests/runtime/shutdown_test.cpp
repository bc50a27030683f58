// The end of a runtime: it drains, syncs and joins, and what comes later is told so.
#include <gtest/gtest.h>

#include <thread>

#include "onerun/detail/promise.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

class Shutdown : public test::OnBothStores {
 protected:
  static void expect_shut_down(const Status& status) {
    EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
    EXPECT_NE(status.detail<ShutDown>(), nullptr) << status;
    EXPECT_EQ(status.message(), "the runtime was shut down");
  }
};

TEST_P(Shutdown, AnswersWhatWasUnderWay) {
  std::vector<Future<Result<StartResult>>> starts;
  for (int i = 0; i < 2'000; ++i) {
    starts.push_back(orders().start({.workflow_id = WorkflowId("id-" + std::to_string(i))}));
  }
  EXPECT_TRUE(runtime().shutdown(std::chrono::seconds(60)).ok());
  for (auto& started : starts) {
    ASSERT_TRUE(started.ready());
    EXPECT_TRUE(started.get().ok());
  }
  if (store() == StoreKind::kRocksDb) {
    reopen();
    EXPECT_EQ(orders().describe_namespace().get()->open_runs, 2'000u);
  }
}

TEST_P(Shutdown, RefusesEveryCallAfterwards) {
  const Namespace handle = orders();
  const RunRef run{WorkflowId("a")};
  ASSERT_TRUE(start("a").ok());
  ASSERT_TRUE(runtime().shutdown(std::chrono::seconds(60)).ok());
  EXPECT_FALSE(runtime().serving());
  const auto check = [&] {
    expect_shut_down(handle.start({.workflow_id = run.workflow_id}).get().status());
    expect_shut_down(handle.start_batch({{.workflow_id = run.workflow_id}}).get().status());
    expect_shut_down(handle.describe(run).get().status());
    expect_shut_down(handle.complete(run).get().status());
    expect_shut_down(handle.terminate(run).get().status());
    expect_shut_down(handle.remove(run).get().status());
    expect_shut_down(handle.wait_closed(run).get().status());
    expect_shut_down(handle.register_namespace().get().status());
    expect_shut_down(handle.describe_namespace().get().status());
    expect_shut_down(handle.delete_namespace().get().status());
  };
  check();
  expect_shut_down(runtime().list_namespaces().status());
  expect_shut_down(testing::reclaim_now(runtime()).status());
  close();
  check();
}

TEST_P(Shutdown, MayBeDoneByAnotherThreadThanTheOneThatOpened) {
  // CAF's actor system used to wait for ever for a logger that the opening thread still held.
  Status result;
  std::thread other([&] { result = runtime().shutdown(std::chrono::seconds(60)); });
  other.join();
  EXPECT_TRUE(result.ok());
}

TEST_P(Shutdown, IsTheSameTheSecondTime) {
  ASSERT_TRUE(runtime().shutdown(std::chrono::seconds(60)).ok());
  EXPECT_TRUE(runtime().shutdown(Duration(0)).ok());
}

TEST_P(Shutdown, TellsWhoeverWaitsForAClose) {
  ASSERT_TRUE(start("a").ok());
  auto waiting = orders().wait_closed({WorkflowId("a")});
  ASSERT_TRUE(runtime().shutdown(std::chrono::seconds(60)).ok());
  expect_shut_down(waiting.get().status());
}

TEST_P(Shutdown, IsDoneByTheDestructor) {
  auto started = orders().start({.workflow_id = WorkflowId("a")});
  close();
  ASSERT_TRUE(started.ready());
  EXPECT_TRUE(started.get().ok());
}

TEST_P(Shutdown, CanNotBeDoneOnAThreadOfTheRuntime) {
  ASSERT_TRUE(start("a").ok());
  Promise<Result<int>> seen;
  auto done = seen.future();
  // Waits before it can be answered: so it is a thread of the runtime that answers.
  orders().wait_closed({WorkflowId("a")}).then([&](const Result<RunDescription>&) {
    seen.set(static_cast<int>(runtime().shutdown(std::chrono::seconds(60)).code()));
  });
  ASSERT_TRUE(complete("a").ok());
  EXPECT_EQ(*done.get(), static_cast<int>(StatusCode::kFailedPrecondition));
  EXPECT_TRUE(runtime().serving());
}

TEST_P(Shutdown, WaitsForEverIfItIsTold) {
  std::vector<Future<Result<StartResult>>> starts;
  for (int i = 0; i < 1'000; ++i) {
    starts.push_back(orders().start({.workflow_id = WorkflowId("id-" + std::to_string(i))}));
  }
  EXPECT_TRUE(runtime().shutdown(Duration::max()).ok());
  for (auto& started : starts) EXPECT_TRUE(started.get().ok());
}

TEST_P(Shutdown, GoesOnByItselfWhenTheLastHandleGoesOnAThreadOfTheRuntime) {
  auto last = std::make_shared<Runtime>(std::move(runtime()));
  const Namespace handle = last->namespace_("orders");
  Promise<Result<bool>> gone;
  auto done = gone.future();
  handle.start({.workflow_id = WorkflowId("a")})
      .then([&gone, last = std::move(last)](const Result<StartResult>& answer) mutable {
        last.reset();
        gone.set(answer.ok());
      });
  EXPECT_TRUE(*done.get());
  // Until it is over, calls are refused; afterwards too.
  expect_shut_down(handle.describe({WorkflowId("a")}).get().status());
}

TEST_P(Shutdown, LosesNoAnswerWhenCallersRaceWithIt) {
  std::atomic<int> started{0};
  std::atomic<int> refused{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  const Namespace handle = orders();
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0;; ++i) {
        const auto answer =
            handle.start({.workflow_id = WorkflowId(std::to_string(t) + "-" + std::to_string(i))})
                .get();
        if (answer.ok()) {
          ++started;
        } else if (answer.status().detail<ShutDown>() != nullptr) {
          ++refused;
          return;
        } else {
          ++wrong;
          return;
        }
      }
    });
  }
  while (started < 100) std::this_thread::yield();
  EXPECT_TRUE(runtime().shutdown(std::chrono::seconds(60)).ok());
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(refused, 4);
  EXPECT_EQ(wrong, 0);
  if (store() == StoreKind::kRocksDb) {
    reopen();
    EXPECT_EQ(orders().describe_namespace().get()->open_runs,
              static_cast<std::uint64_t>(started.load()));
  }
}

TEST_P(Shutdown, MovesWithTheRuntime) {
  Runtime moved = std::move(runtime());
  EXPECT_TRUE(moved.serving());
  const test::TemporaryDirectory directory;
  auto other = Runtime::open({.data_dir = directory.path()});
  moved = std::move(*other);
  EXPECT_TRUE(moved.serving());
  EXPECT_TRUE(Runtime::open({.store = store(), .data_dir = this->directory()}).ok())
      << "what was assigned over was shut down";
}

ONERUN_ON_BOTH_STORES(Shutdown);

}  // namespace
}  // namespace onerun
