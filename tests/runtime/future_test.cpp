// Futures: waiting, deadlines, callbacks, coroutines.
#include "onerun/future.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <coroutine>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>

#include "onerun/detail/promise.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

using Answer = Result<int>;

TEST(Future, GivesAnAnswerThatIsThere) {
  Future<Answer> future(Answer(7));
  EXPECT_TRUE(future.valid());
  EXPECT_TRUE(future.ready());
  EXPECT_EQ(*future.get(), 7);
  EXPECT_FALSE(future.valid());
}

TEST(Future, WaitsForAnAnswerOfAnotherThread) {
  for (int i = 0; i < 500; ++i) {
    Promise<Answer> promise;
    auto future = promise.future();
    std::thread answerer([p = std::move(promise), i]() mutable { p.set(i); });
    EXPECT_EQ(*future.get(), i);
    answerer.join();
  }
}

TEST(Future, GivesUpAtItsDeadlineAndCanBeAskedAgain) {
  Promise<Answer> promise;
  auto future = promise.future();
  EXPECT_EQ(future.get(std::chrono::milliseconds(0)).code(), StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(future.valid());
  promise.set(3);
  EXPECT_EQ(*future.get(std::chrono::milliseconds(0)), 3);
}

TEST(Future, TakesAnyLengthOfTime) {
  Promise<Answer> promise;
  auto future = promise.future();
  std::thread answerer([&] { promise.set(1); });
  EXPECT_EQ(*future.get(std::chrono::hours::max()), 1);
  answerer.join();
}

TEST(Future, NeverLosesAnAnswerThatRacesWithADeadline) {
  for (int i = 0; i < 2'000; ++i) {
    Promise<Answer> promise;
    auto future = promise.future();
    std::thread answerer([p = std::move(promise)]() mutable { p.set(1); });
    Answer answer = future.get(std::chrono::microseconds(i % 50));
    if (!answer.ok()) answer = future.get();
    EXPECT_EQ(*answer, 1);
    answerer.join();
  }
}

TEST(Future, CallsBackAtOnceOrLater) {
  int called = 0;
  Future<Answer>(Answer(1)).then([&](const Answer& answer) { called += *answer; });
  EXPECT_EQ(called, 1);
  Promise<Answer> promise;
  promise.future().then([&](const Answer& answer) { called += *answer; });
  EXPECT_EQ(called, 1);
  promise.set(10);
  EXPECT_EQ(called, 11);
}

TEST(Future, CallsBackOnceWhenAnswerAndCallbackRace) {
  for (int i = 0; i < 500; ++i) {
    std::atomic<int> called{0};
    Promise<Answer> promise;
    auto future = promise.future();
    std::thread answerer([p = std::move(promise)]() mutable { p.set(1); });
    std::move(future).then([&](const Answer&) { ++called; });
    answerer.join();
    EXPECT_EQ(called, 1);
  }
}

/// A coroutine that runs on its own and owns itself.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

Detached add(Future<Answer> first, Future<Answer> second, int& sum) {
  const Answer a = co_await std::move(first);
  const Answer b = co_await std::move(second);
  sum = *a + *b;
}

TEST(Future, IsAwaited) {
  Promise<Answer> promise;
  int sum = 0;
  add(Future<Answer>(Answer(1)), promise.future(), sum);
  EXPECT_EQ(sum, 0);
  promise.set(2);
  EXPECT_EQ(sum, 3);
}

TEST(Promise, SaysThatTheOutcomeIsUnknownWhenItIsDropped) {
  Future<Answer> future;
  {
    const Promise<Answer> promise;
    future = promise.future();
  }
  const Status status = future.get().status();
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_NE(status.detail<OutcomeUnknown>(), nullptr);
}

TEST(Promise, KnowsWhenNobodyWaits) {
  const Promise<Answer> promise;
  {
    const auto future = promise.future();
    EXPECT_FALSE(promise.abandoned());
  }
  EXPECT_TRUE(promise.abandoned());
}

// ---- in a runtime ----

class RuntimeFutures : public test::OnBothStores {};

TEST_P(RuntimeFutures, RefusesToWaitInACallback) {
  Promise<Result<int>> seen;
  auto done = seen.future();
  const Namespace name_space = orders();
  ASSERT_TRUE(start("a").ok());
  name_space.wait_closed({WorkflowId("a"), {}}).then([&](const Result<RunDescription>&) {
    // The answer of this start would come on the very thread that waits for it.
    const auto second = name_space.start({.workflow_id = WorkflowId("b")}).get();
    seen.set(second.code() == StatusCode::kFailedPrecondition ? 1 : 0);
  });
  ASSERT_TRUE(complete("a").ok());
  EXPECT_EQ(*done.get(), 1);
}

TEST_P(RuntimeFutures, GoesOnInCallbacks) {
  Promise<Result<RunInfo>> closed;
  auto done = closed.future();
  const Namespace name_space = orders();
  name_space.start({.workflow_id = WorkflowId("a")}).then([&](const Result<StartResult>& started) {
    name_space.complete({WorkflowId("a"), started->run_id}).then([&](Result<RunInfo> completed) {
      closed.set(std::move(completed));
    });
  });
  EXPECT_EQ(done.get()->status, RunStatus::kCompleted);
}

/// A loop of callbacks: each makes the next one when it is called.
class Loop {
 public:
  explicit Loop(int turns) : turns_(turns) {}

  /// On answers that are there.
  void on_answers() {
    look();
    Future<Answer>(Answer(1)).then([this](const Answer&) {
      if (++turn_ < turns_) on_answers();
    });
  }

  /// On answers that come while the callback is there.
  void on_promises() {
    look();
    Promise<Answer> promise;
    promise.future().then([this](const Answer&) {
      if (++turn_ < turns_) on_promises();
    });
    promise.set(1);
  }

  int turn() const { return turn_; }
  std::ptrdiff_t stack_bytes() const { return highest_ - lowest_; }

 private:
  void look() {
    const char here = 0;
    lowest_ = std::min(lowest_, reinterpret_cast<std::intptr_t>(&here));
    highest_ = std::max(highest_, reinterpret_cast<std::intptr_t>(&here));
  }

  const int turns_;
  int turn_ = 0;
  std::intptr_t lowest_ = std::numeric_limits<std::intptr_t>::max();
  std::intptr_t highest_ = 0;
};

constexpr int kTurns = 100'000;
constexpr std::ptrdiff_t kFewBytes = 32 << 10;

TEST(Future, TakesAFewBytesOfStackForALoopOfCallbacks) {
  Loop loop(kTurns);
  loop.on_answers();
  EXPECT_EQ(loop.turn(), kTurns);
  EXPECT_LT(loop.stack_bytes(), kFewBytes);
}

TEST(Future, TakesAFewBytesOfStackForALoopOfPromises) {
  Loop loop(kTurns);
  loop.on_promises();
  EXPECT_EQ(loop.turn(), kTurns);
  EXPECT_LT(loop.stack_bytes(), kFewBytes);
}

/// Each turn waits for a promise that the next one answers: one coroutine resumes another.
Detached wait_for(Future<Answer> before, Promise<Answer> after) {
  const Answer answer = co_await std::move(before);
  after.set(*answer + 1);
}

TEST(Future, TakesAFewBytesOfStackForAChainOfCoroutines) {
  Promise<Answer> first;
  Future<Answer> last = first.future();
  for (int i = 0; i < kTurns; ++i) {
    Promise<Answer> next;
    Future<Answer> after = next.future();
    wait_for(std::move(last), std::move(next));
    last = std::move(after);
  }
  first.set(0);
  EXPECT_EQ(*last.get(), kTurns);
}

/// Calls callbacks inside one another, and notes the order of their beginnings and ends.
void nest(int depth, std::string& order) {
  Future<Answer>(Answer(1)).then([depth, &order](const Answer&) {
    order += static_cast<char>('a' + depth);
    if (depth < 9) nest(depth + 1, order);
    order += static_cast<char>('A' + depth);
  });
}

TEST(Future, CallsABackInsideOfAnotherUpToEightDeepAndThenBehindIt) {
  std::string order;
  nest(0, order);
  EXPECT_EQ(order, "abcdefghHiIjJGFEDCBA");
}

TEST(Future, SurvivesWhatACallbackThrows) {
  bool is_called = false;
  Future<Answer>(Answer(1)).then([](const Answer&) { throw std::runtime_error("a host's"); });
  Future<Answer>(Answer(1)).then([](const Answer&) { throw 42; });
  Future<Answer>(Answer(1)).then([&](const Answer&) { is_called = true; });
  EXPECT_TRUE(is_called);
}

Detached run_order(Namespace orders, Promise<Result<RunStatus>> done) {
  // Requests are made in statements of their own, as future.hpp advises.
  StartRequest request{.workflow_id = WorkflowId("a")};
  const auto started = co_await orders.start(std::move(request));
  RunRef run{WorkflowId("a"), started->run_id};
  const auto closed = co_await orders.complete(std::move(run));
  done.set(closed->status);
}

TEST_P(RuntimeFutures, RunsACoroutine) {
  Promise<Result<RunStatus>> done;
  auto status = done.future();
  run_order(orders(), std::move(done));
  EXPECT_EQ(*status.get(), RunStatus::kCompleted);
}

ONERUN_ON_BOTH_STORES(RuntimeFutures);

}  // namespace
}  // namespace onerun
