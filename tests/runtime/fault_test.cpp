// Faults of the store under a running runtime: it stops acknowledging, says so, and never says
// anything wrong.
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "tests/support/runtimes.hpp"
#include "tests/support/stores.hpp"

namespace onerun {
namespace {

class Faults : public ::testing::Test {
 protected:
  Faults() {
    auto store = std::make_unique<test::FaultyStore>();
    store_ = store.get();
    Options options{.store = StoreKind::kMemory};
    options.log = log_;
    auto engine = runtime::Engine::open(std::move(options), std::move(store));
    EXPECT_TRUE(engine.ok());
    runtime_.emplace(RuntimeAccess::wrap(*engine));
    orders_.emplace(*runtime_->ensure_namespace(NamespaceName("orders")));
  }

  void break_disk() {
    store_->before_commit = [](const store::Commit&) {
      return Status(StatusCode::kUnavailable, "disk on fire");
    };
  }

  std::shared_ptr<test::CollectingSink> log_ = std::make_shared<test::CollectingSink>();
  test::FaultyStore* store_;
  std::optional<Runtime> runtime_;
  std::optional<Namespace> orders_;
};

TEST_F(Faults, FencesTheRuntimeWhenASyncFails) {
  ASSERT_TRUE(orders_->start({.workflow_id = WorkflowId("a")}).get().ok());
  auto waiting = orders_->wait_closed({WorkflowId("a")});
  EXPECT_TRUE(runtime_->serving());
  break_disk();
  const Status unknown = orders_->start({.workflow_id = WorkflowId("b")}).get().status();
  EXPECT_EQ(unknown.code(), StatusCode::kUnavailable);
  EXPECT_NE(unknown.detail<OutcomeUnknown>(), nullptr);
  EXPECT_NE(unknown.message().find("same request id"), std::string_view::npos);

  EXPECT_FALSE(runtime_->serving());
  const Status fenced = orders_->start({.workflow_id = WorkflowId("c")}).get().status();
  ASSERT_NE(fenced.detail<Fenced>(), nullptr) << fenced;
  EXPECT_NE(fenced.detail<Fenced>()->reason.find("disk on fire"), std::string::npos);
  EXPECT_NE(waiting.get().status().detail<Fenced>(), nullptr) << "nobody waits for ever";
  EXPECT_NE(orders_->complete({WorkflowId("a")}).get().status().detail<Fenced>(), nullptr);
  EXPECT_NE(orders_->register_namespace().get().status().detail<Fenced>(), nullptr);

  EXPECT_TRUE(runtime_->shutdown(std::chrono::seconds(10)).ok());
  const auto lines = log_->lines();
  EXPECT_TRUE(std::ranges::any_of(lines, [](const std::string& line) {
    return line.find("fenced") != std::string::npos &&
           line.find("disk on fire") != std::string::npos;
  }));
}

TEST_F(Faults, AnswersEveryRequestThatWasUnderWay) {
  break_disk();
  std::vector<Future<Result<StartResult>>> starts;
  for (int i = 0; i < 1'000; ++i) {
    starts.push_back(orders_->start({.workflow_id = WorkflowId("id-" + std::to_string(i))}));
  }
  for (auto& started : starts) EXPECT_EQ(started.get().code(), StatusCode::kUnavailable);
}

TEST_F(Faults, ReportsANamespaceThatMayOrMayNotBe) {
  break_disk();
  const Status status = runtime_->namespace_("other").register_namespace().get().status();
  EXPECT_NE(status.detail<OutcomeUnknown>(), nullptr);
}

TEST_F(Faults, EndsAtTheDeadlineOfAShutdown) {
  // A sync that hangs: the deadline passes, what is under way is answered, nothing is written
  // after.
  std::latch hangs(1);
  std::latch hanging(1);
  store_->before_commit = [&](const store::Commit&) {
    hanging.count_down();
    hangs.wait();
    return Status();
  };
  auto stuck = orders_->start({.workflow_id = WorkflowId("a")});
  hanging.wait();
  auto behind = orders_->start({.workflow_id = WorkflowId("b")});
  Status result;
  std::thread stopper([&] { result = runtime_->shutdown(std::chrono::milliseconds(1)); });
  while (runtime_->serving()) std::this_thread::yield();
  // Once the log is fenced, the sync may end.
  while (log_->lines().empty()) std::this_thread::yield();
  hangs.count_down();
  stopper.join();
  EXPECT_EQ(result.code(), StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(stuck.get().ok()) << "its commit had begun, and succeeded";
  EXPECT_NE(behind.get().status().detail<Fenced>(), nullptr) << "this one was not written";
}

TEST_F(Faults, TellsWhoShutsDownThatTheLastSyncFailed) {
  auto store = std::make_unique<test::FaultyStore>();
  test::FaultyStore* faulty = store.get();
  Options options{.store = StoreKind::kMemory, .durability = Durability::kAsync};
  options.async_loss_window = std::chrono::hours(1);
  options.log = log_;
  auto runtime = RuntimeAccess::wrap(*runtime::Engine::open(std::move(options), std::move(store)));
  const auto orders = runtime.ensure_namespace(NamespaceName("orders"));
  ASSERT_TRUE(orders->start({.workflow_id = WorkflowId("a")}).get().ok());
  faulty->before_sync = [] { return Status(StatusCode::kUnavailable, "disk on fire"); };
  const Status ended = runtime.shutdown(std::chrono::seconds(10));
  EXPECT_EQ(ended.code(), StatusCode::kUnavailable);
  EXPECT_NE(ended.message().find("disk on fire"), std::string_view::npos) << ended;
}

TEST_F(Faults, SurvivesAStoreThatThrows) {
  store_->before_get = [](core::Family, std::string_view) -> Status { throw std::bad_alloc(); };
  EXPECT_EQ(orders_->describe({WorkflowId("a")}).get().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(orders_->start({.workflow_id = WorkflowId("a")}).get().code(), StatusCode::kInternal);
  store_->before_get = [](core::Family, std::string_view) { return Status(); };
  EXPECT_TRUE(orders_->start({.workflow_id = WorkflowId("a")}).get().ok());
}

}  // namespace
}  // namespace onerun
