// Requests that wait at an actor.
#include "actors/request_queue.hpp"

#include "onerun/detail/promise.hpp"
#include "tests/support/actors.hpp"

namespace onerun::actors {
namespace {

class RequestQueueTest : public test::ActorTest {
 protected:
  RequestPtr request(const std::string& workflow_id) {
    Promise<Result<StartResult>> promise;
    return std::make_shared<Request>(NamespaceEntry::Use(entry_), std::move(*wide_.enter(0)),
                                     metrics::Operation::kStart, clock_.now(),
                                     core::StartCommand{.workflow_id = WorkflowId(workflow_id)},
                                     std::move(promise));
  }

  std::string pop() { return queue_.pop_front()->workflow_id().text(); }

  Admission wide_{{.requests = 200'000, .bytes = 1}, metrics_};
  RequestQueue queue_;
};

TEST_F(RequestQueueTest, IsFirstInFirstOut) {
  queue_.push_back(request("a"));
  queue_.push_back(request("b"));
  EXPECT_EQ(pop(), "a");
  queue_.push_back(request("c"));
  EXPECT_EQ(pop(), "b");
  EXPECT_EQ(pop(), "c");
  EXPECT_TRUE(queue_.empty());
}

TEST_F(RequestQueueTest, TakesOneInFrontOfAll) {
  queue_.push_front(request("b"));
  queue_.push_front(request("a"));
  queue_.push_back(request("c"));
  EXPECT_EQ(pop(), "a");
  EXPECT_EQ(pop(), "b");
  EXPECT_EQ(pop(), "c");
}

TEST_F(RequestQueueTest, EndsWithAnyNumberOfThemInside) {
  for (int i = 0; i < 200'000; ++i) queue_.push_back(request("a"));
}

}  // namespace
}  // namespace onerun::actors
