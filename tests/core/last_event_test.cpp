// Ends of a run that its history has moved on from (specification section 4.1).
#include <gtest/gtest.h>

#include "tests/support/chain_life.hpp"

namespace onerun::core {
namespace {

using test::ChainLife;
using test::kId;

TEST(ExpectedLastEvent, RefusesAnEndThatDoesNotKnowALaterEvent) {
  ChainLife life;
  ASSERT_TRUE(life.begin({.workflow_id = kId}).ok());
  ASSERT_TRUE(life.ask(SignalCommand{{kId}, {.name = "read me"}}).ok());
  const auto expect_refused = [&](const Status& status) {
    ASSERT_EQ(status.code(), StatusCode::kFailedPrecondition) << status;
    ASSERT_NE(status.detail<HistoryMoved>(), nullptr) << status;
    EXPECT_EQ(status.detail<HistoryMoved>()->expected, 1u);
    EXPECT_EQ(status.detail<HistoryMoved>()->last_event_id, 2u);
    EXPECT_EQ(status.detail<HistoryMoved>()->run_id, life.run().run_id);
  };
  CloseCommand close{.run = {kId}, .status = RunStatus::kCompleted, .expected_last_event_id = 1};
  for (const RunStatus status : {RunStatus::kCompleted, RunStatus::kFailed, RunStatus::kCanceled}) {
    close.status = status;
    expect_refused(life.ask(close).status());
  }
  expect_refused(life.continue_as_new({.expected_last_event_id = 1}).status());
  close.expected_last_event_id = 3;
  EXPECT_EQ(life.ask(close).code(), StatusCode::kFailedPrecondition) << "it is not there yet";
  close.expected_last_event_id = 2;
  EXPECT_TRUE(life.ask(close).ok());
  EXPECT_EQ(life.ask(close).code(), StatusCode::kNotFound) << "closed comes before moved on";
}

TEST(ExpectedLastEvent, CountsEveryEventOfTheHistory) {
  ChainLife life;
  ASSERT_TRUE(life.begin({.workflow_id = kId}).ok());
  ASSERT_TRUE(life.ask(RequestCancelCommand{{kId}}).ok());
  ASSERT_TRUE(life.ask(PauseCommand{{kId}, true}).ok());
  ASSERT_TRUE(life.ask(PauseCommand{{kId}, false}).ok());
  ASSERT_TRUE(life.begin({.workflow_id = kId,
                          .request_id = RequestId("r"),
                          .conflict_policy = ConflictPolicy::kUseExisting,
                          .attach_request_id = true})
                  .ok());
  EXPECT_EQ(life.continue_as_new({.expected_last_event_id = 4}).code(),
            StatusCode::kFailedPrecondition);
  EXPECT_TRUE(life.continue_as_new({.expected_last_event_id = 5}).ok());
}

}  // namespace
}  // namespace onerun::core
