// Batch start: each is decided alone and answered in its place.
#include <gtest/gtest.h>

#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

class Batch : public test::OnBothStores {};

StartRequest request(const std::string& id, ConflictPolicy conflict = {}) {
  return {.workflow_id = WorkflowId(id), .conflict_policy = conflict};
}

TEST_P(Batch, AnswersEachInItsPlace) {
  ASSERT_TRUE(start("open").ok());
  const auto answers = orders()
                           .start_batch({request("a"), request("open"), request(""), request("b"),
                                         request("open", ConflictPolicy::kUseExisting)})
                           .get();
  ASSERT_TRUE(answers.ok()) << answers.status();
  ASSERT_EQ(answers->size(), 5u);
  EXPECT_EQ((*answers)[0]->rule, StartRule::kStarted);
  EXPECT_EQ((*answers)[1].code(), StatusCode::kAlreadyExists);
  EXPECT_EQ((*answers)[2].code(), StatusCode::kInvalidArgument);
  EXPECT_EQ((*answers)[3]->rule, StartRule::kStarted);
  EXPECT_EQ((*answers)[4]->rule, StartRule::kUsedExisting);
  EXPECT_EQ(orders().describe_namespace().get()->open_runs, 3u);
}

TEST_P(Batch, DecidesOneIdInOrder) {
  const auto answers = orders()
                           .start_batch({request("a"), request("a"),
                                         request("a", ConflictPolicy::kTerminateExisting),
                                         request("a", ConflictPolicy::kUseExisting)})
                           .get();
  EXPECT_EQ((*answers)[0]->rule, StartRule::kStarted);
  EXPECT_EQ((*answers)[1].code(), StatusCode::kAlreadyExists);
  EXPECT_EQ((*answers)[2]->displaced->run_id, (*answers)[0]->run_id);
  EXPECT_EQ((*answers)[3]->run_id, (*answers)[2]->run_id);
}

TEST_P(Batch, AnswersAnEmptyOne) {
  const auto answers = orders().start_batch({}).get();
  ASSERT_TRUE(answers.ok());
  EXPECT_TRUE(answers->empty());
}

TEST_P(Batch, TakesAsManyAsTheLimit) {
  std::vector<StartRequest> requests;
  for (std::size_t i = 0; i < limits::kStartsPerBatch; ++i) {
    requests.push_back(request("id-" + std::to_string(i)));
  }
  const auto answers = orders().start_batch(requests).get();
  ASSERT_TRUE(answers.ok()) << answers.status();
  for (const auto& answer : *answers) ASSERT_TRUE(answer.ok());
  EXPECT_EQ(orders().describe_namespace().get()->open_runs, limits::kStartsPerBatch);

  requests.push_back(request("one too many"));
  const Status status = orders().start_batch(requests).get().status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.detail<InvalidField>()->limit_size, limits::kStartsPerBatch);
}

TEST_P(Batch, StartsNoneIfNotAllFit) {
  close();
  options().max_in_flight = 3;
  open();
  ASSERT_TRUE(runtime().ensure_namespace(NamespaceName("orders")).ok());
  const Status status =
      orders().start_batch({request("a"), request("b"), request("c"), request("d")}).get().status();
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(describe("a").code(), StatusCode::kNotFound);
  EXPECT_TRUE(orders().start_batch({request("a"), request("b"), request("c")}).get().ok());
}

ONERUN_ON_BOTH_STORES(Batch);

}  // namespace
}  // namespace onerun
