// Waiting for a close: a table, its bound, and those who went away.
#include "actors/close_waiters.hpp"

#include <gtest/gtest.h>

#include "onerun/detail/promise.hpp"
#include "tests/support/core.hpp"
#include "tests/support/silent_sink.hpp"

namespace onerun::actors {
namespace {

using core::test::run_id;
using Answer = CloseWaiters::Answer;

class CloseWaitersTest : public ::testing::Test {
 protected:
  Future<Answer> add(core::NamespaceNumber name_space, const RunId& run, Status* status = nullptr) {
    Promise<Answer> promise;
    auto future = promise.future();
    Status added = waiters_.add(name_space, run, {std::move(promise), {}});
    if (status != nullptr) *status = added;
    return future;
  }

  static Answer closed() {
    RunDescription description;
    description.run.status = RunStatus::kCompleted;
    return description;
  }

  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  metrics::Metrics metrics_{registry_};
  onerun::test::SilentSink sink_;
  CloseWaiters waiters_{3, metrics_, sink_};
};

TEST_F(CloseWaitersTest, AnswersAllWhoWaitForTheRunAndNobodyElse) {
  auto first = add(1, run_id(1));
  auto second = add(1, run_id(1));
  auto other_run = add(1, run_id(2));
  int asked = 0;
  waiters_.release(1, run_id(1), [&] { return ++asked, closed(); });
  EXPECT_EQ(asked, 1) << "the run is read once for all";
  EXPECT_EQ(first.get()->run.status, RunStatus::kCompleted);
  EXPECT_TRUE(second.ready());
  EXPECT_FALSE(other_run.ready());
  EXPECT_EQ(waiters_.size(), 1u);
}

TEST_F(CloseWaitersTest, KeepsNamespacesApart) {
  auto waiting = add(1, run_id(1));
  waiters_.release(2, run_id(1), closed);
  EXPECT_FALSE(waiting.ready());
  waiters_.release_namespace(2, Status(StatusCode::kFailedPrecondition, "deleted"));
  EXPECT_FALSE(waiting.ready());
  waiters_.release_namespace(1, Status(StatusCode::kFailedPrecondition, "deleted"));
  EXPECT_EQ(waiting.get().code(), StatusCode::kFailedPrecondition);
}

TEST_F(CloseWaitersTest, MakesRoomOfWaitersThatNobodyHearsBeforeItRefuses) {
  for (int i = 0; i < 3; ++i) static_cast<void>(add(1, run_id(1)));
  Status added;
  auto waiting = add(1, run_id(1), &added);
  EXPECT_TRUE(added.ok()) << added;
  EXPECT_EQ(waiters_.size(), 1u);
}

TEST_F(CloseWaitersTest, AsksNothingWhenNobodyWaits) {
  waiters_.release(1, run_id(1), []() -> Answer {
    ADD_FAILURE() << "nobody waits";
    return closed();
  });
}

TEST_F(CloseWaitersTest, RefusesOneTooMany) {
  std::vector<Future<Answer>> waiting;
  for (unsigned i = 0; i < 3; ++i) waiting.push_back(add(1, run_id(i + 1)));
  Status status;
  const auto refused = add(1, run_id(9), &status);
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  ASSERT_NE(status.detail<Exhausted>(), nullptr);
  EXPECT_EQ(status.detail<Exhausted>()->resource, "max_close_waiters");
  EXPECT_EQ(waiters_.size(), 3u);
}

TEST_F(CloseWaitersTest, ForgetsThoseWhoWentAway) {
  CloseWaiters many(1'000'000, metrics_, sink_);
  for (unsigned i = 0; i < 100'000; ++i) {
    Promise<Answer> promise;
    auto dropped = promise.future();
    ASSERT_TRUE(many.add(1, run_id(i), {std::move(promise), {}}).ok());
  }
  EXPECT_LT(many.size(), 5'000u) << "futures that are gone take no memory for long";
}

TEST_F(CloseWaitersTest, AnswersEverybodyAtTheEnd) {
  auto waiting = add(1, run_id(1));
  waiters_.close(Status(StatusCode::kFailedPrecondition, "over", ShutDown{}));
  EXPECT_EQ(waiting.get().code(), StatusCode::kFailedPrecondition);
  Status status;
  const auto late = add(1, run_id(1), &status);
  EXPECT_NE(status.detail<ShutDown>(), nullptr) << "and those who come later";
  EXPECT_EQ(waiters_.size(), 0u);
}

}  // namespace
}  // namespace onerun::actors
