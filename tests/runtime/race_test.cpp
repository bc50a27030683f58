// A thousand threads that want the same workflow id at the same time, a thousand times over.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <iterator>
#include <set>
#include <thread>

#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

constexpr int kThreads = 1'000;
#ifdef __SANITIZE_ADDRESS__
constexpr int kRounds = 50;  // what it looks for does not take a thousand
#else
constexpr int kRounds = 1'000;
#endif

class Race : public ::testing::TestWithParam<StoreKind> {
 protected:
  Race() {
    Options options{.store = GetParam(), .data_dir = directory_.path()};
    options.max_in_flight = 2 * kThreads;
    runtime_.emplace(std::move(*Runtime::open(std::move(options))));
    orders_.emplace(*runtime_->ensure_namespace(NamespaceName("orders")));
  }

  static StartRequest request(int round, ConflictPolicy conflict) {
    return {.workflow_id = WorkflowId("round-" + std::to_string(round)),
            .conflict_policy = conflict};
  }

  /// Lets all threads start the id of a round at once, round after round. `judge` looks at the
  /// answers of each round before the next one begins.
  void race(ConflictPolicy conflict, const std::function<void(int round)>& judge) {
    answers_.assign(kThreads, Result<StartResult>(Status(StatusCode::kUnknown, "none yet")));
    int round = 0;
    std::barrier begin(kThreads + 1);
    std::barrier end(kThreads + 1);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int r = 0; r < kRounds; ++r) {
          begin.arrive_and_wait();
          answers_[static_cast<std::size_t>(t)] = orders_->start(request(r, conflict)).get();
          end.arrive_and_wait();
        }
      });
    }
    for (; round < kRounds; ++round) {
      begin.arrive_and_wait();
      end.arrive_and_wait();
      judge(round);
    }
    for (std::thread& thread : threads) thread.join();
  }

  test::TemporaryDirectory directory_;
  std::optional<Runtime> runtime_;
  std::optional<Namespace> orders_;
  std::vector<Result<StartResult>> answers_;
};

TEST_P(Race, YieldsExactlyOneRun) {
  race(ConflictPolicy::kFail, [&](int round) {
    RunId winner;
    int started = 0;
    for (const auto& answer : answers_) {
      if (answer.ok()) {
        ++started;
        winner = answer->run_id;
      }
    }
    ASSERT_EQ(started, 1) << "round " << round;
    for (const auto& answer : answers_) {
      if (answer.ok()) continue;
      const Status status = answer.status();
      ASSERT_NE(status.detail<AlreadyStarted>(), nullptr) << status;
      ASSERT_EQ(status.detail<AlreadyStarted>()->run_id, winner) << "all name the same run";
    }
  });
  EXPECT_EQ(orders_->describe_namespace().get()->open_runs, static_cast<unsigned>(kRounds));
}

TEST_P(Race, LeavesExactlyOneOpenWhenEachTerminatesTheOther) {
  race(ConflictPolicy::kTerminateExisting, [&](int round) {
    std::set<RunId> started;
    std::set<RunId> displaced;
    for (const auto& answer : answers_) {
      ASSERT_TRUE(answer.ok()) << answer.status();
      ASSERT_TRUE(started.insert(answer->run_id).second);
      if (answer->displaced) ASSERT_TRUE(displaced.insert(answer->displaced->run_id).second);
    }
    ASSERT_EQ(displaced.size(), started.size() - 1) << "each but one was displaced, and once";
    std::vector<RunId> left;
    std::ranges::set_difference(started, displaced, std::back_inserter(left));
    ASSERT_EQ(left.size(), 1u);
    const auto current = orders_->describe({request(round, {}).workflow_id}).get();
    ASSERT_EQ(current->run.run_id, left[0]);
    ASSERT_EQ(current->run.status, RunStatus::kRunning);
  });
  const auto orders = orders_->describe_namespace().get();
  EXPECT_EQ(orders->open_runs, static_cast<unsigned>(kRounds));
  EXPECT_EQ(orders->closed_runs, static_cast<unsigned>(kRounds) * (kThreads - 1));
}

TEST_P(Race, GivesARunIdThatManyBringToOneOfThem) {
  std::vector<std::thread> threads;
  std::atomic<int> started{0};
  std::atomic<int> in_use{0};
  for (int t = 0; t < 50; ++t) {
    threads.emplace_back([&, t] {
      for (int r = 0; r < 100; ++r) {
        const auto answer =
            orders_
                ->start({.workflow_id = WorkflowId(std::to_string(t) + "-" + std::to_string(r)),
                         .run_id = RunId("run-" + std::to_string(r))})
                .get();
        if (answer.ok()) {
          ++started;
        } else if (answer.status().detail<RunIdInUse>() != nullptr) {
          ++in_use;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(started, 100);
  EXPECT_EQ(in_use, 49 * 100);
}

ONERUN_ON_BOTH_STORES(Race);

}  // namespace
}  // namespace onerun
