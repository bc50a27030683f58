// Histories as JSON: every kind has its form, and nothing of an event is lost in it.
#include "onerun/json.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/base64.hpp"
#include "core/text.hpp"
#include "tests/support/core.hpp"
#include "tests/support/random_events.hpp"

namespace onerun::core {
namespace {

using test::at;
using test::run_id;
using Json = nlohmann::ordered_json;

Json json_of(EventAttributes attributes, Timestamp time = at(1'710'662'400'123)) {
  return to_json(HistoryEvent{7, time, std::move(attributes)}, run_id(1));
}

TEST(Base64, HasTheFormOfItsStandard) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64(std::string("\0\xFF\xFE", 3)), "AP/+");
}

TEST(Rfc3339, NamesInstantsInUtc) {
  EXPECT_EQ(to_rfc3339(at(1'710'662'400'123)), "2024-03-17T08:00:00.123Z");
  EXPECT_EQ(to_rfc3339(at(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339(at(253'402'300'800'000)), "253402300800000 ms");
}

TEST(HistoryJson, HasTheNamesOfTemporalsTools) {
  const Json json = json_of(event::RunSignaled{.name = "paid",
                                               .input = {Payload::json("{}")},
                                               .request_id = RequestId("r-1"),
                                               .identity = "till"});
  const Json expected = Json::parse(R"({
    "eventId": "7",
    "eventTime": "2024-03-17T08:00:00.123Z",
    "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED",
    "workflowExecutionSignaledEventAttributes": {
      "signalName": "paid",
      "input": {"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "e30="}]},
      "identity": "till",
      "requestId": "r-1"
    }
  })");
  EXPECT_EQ(json, expected) << json.dump(2);
}

TEST(HistoryJson, TellsHowARunBegan) {
  const event::RunStarted started{
      .workflow_id = WorkflowId("order-17"),
      .request_id = RequestId("r-1"),
      .workflow_type = "ship",
      .execution_timeout = Duration(3'600'000),
      .run_timeout = Duration(1'500),
      .retry_policy = RetryPolicy{.maximum_attempts = 3},
      .continued_execution_run_id = run_id(2),
      .initiator = Initiator::kRetry,
      .attempt = 2,
      .backoff = Duration(2'000),
      .continued_failure = Failure{.message = "no", .type = "Network", .non_retryable = true}};
  const Json json = json_of(started).at("workflowExecutionStartedEventAttributes");
  EXPECT_EQ(json.at("workflowType").at("name"), "ship");
  EXPECT_EQ(json.at("workflowExecutionTimeout"), "3600s");
  EXPECT_EQ(json.at("workflowRunTimeout"), "1.500s");
  EXPECT_EQ(json.at("firstWorkflowTaskBackoff"), "2s");
  EXPECT_EQ(json.at("initiator"), "CONTINUE_AS_NEW_INITIATOR_RETRY");
  EXPECT_EQ(json.at("attempt"), 2);
  EXPECT_EQ(json.at("retryPolicy").at("maximumAttempts"), 3);
  EXPECT_EQ(json.at("continuedExecutionRunId"), run_id(2).text());
  EXPECT_EQ(json.at("originalExecutionRunId"), run_id(1).text());
  EXPECT_EQ(json.at("firstExecutionRunId"), run_id(1).text()) << "empty: the run itself";
  const Json& info = json.at("continuedFailure").at("applicationFailureInfo");
  EXPECT_EQ(info.at("type"), "Network");
  EXPECT_EQ(info.at("nonRetryable"), true);
  EXPECT_EQ(json.at("onerun").at("requestId"), "r-1") << "Temporal's event has none";
}

TEST(HistoryJson, HasWhatARunWasGiven) {
  const event::RunStarted started{
      .workflow_id = WorkflowId("order-17"),
      .task_queue = "orders",
      .memo = {{"note", Payload::json("\"hi\"")}},
      .search_attributes = {{"count", 3}, {"regions", KeywordList{{"eu", "us"}}}},
      .header = {{"trace", Payload::bytes("t")}},
      .workflow_task_timeout = Duration(10'000),
      .parent = ParentLink{.name_space = NamespaceName("shop"),
                           .workflow_id = WorkflowId("cart-3"),
                           .run_id = run_id(4),
                           .initiated_event_id = 5,
                           .root_workflow_id = WorkflowId("visit"),
                           .root_run_id = run_id(6)}};
  const Json json = json_of(started).at("workflowExecutionStartedEventAttributes");
  EXPECT_EQ(json.at("taskQueue").at("name"), "orders");
  EXPECT_EQ(json.at("workflowTaskTimeout"), "10s");
  EXPECT_EQ(json.at("memo").at("fields").at("note").at("data"), to_base64("\"hi\""));
  EXPECT_EQ(json.at("header").at("fields").at("trace").at("metadata").at("encoding"),
            to_base64("binary/plain"));
  const Json& indexed = json.at("searchAttributes").at("indexedFields");
  EXPECT_EQ(indexed.at("count").at("metadata").at("type"), to_base64("Int"));
  EXPECT_EQ(indexed.at("count").at("data"), to_base64("3"));
  EXPECT_EQ(indexed.at("regions").at("metadata").at("type"), to_base64("KeywordList"));
  EXPECT_EQ(indexed.at("regions").at("data"), to_base64(R"(["eu","us"])"));
  EXPECT_EQ(json.at("parentWorkflowNamespace"), "shop");
  EXPECT_EQ(json.at("parentWorkflowExecution").at("runId"), run_id(4).text());
  EXPECT_EQ(json.at("parentInitiatedEventId"), "5");
  EXPECT_EQ(json.at("rootWorkflowExecution").at("workflowId"), "visit");
}

TEST(HistoryJson, SaysThatAResetBeganTheRun) {
  const Json json = json_of(event::WorkflowTaskFailed{
      .base_run_id = run_id(3), .request_id = RequestId("again"), .reason = "wrong price"});
  EXPECT_EQ(json.at("eventType"), "EVENT_TYPE_WORKFLOW_TASK_FAILED");
  const Json& attributes = json.at("workflowTaskFailedEventAttributes");
  EXPECT_EQ(attributes.at("cause"), "WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW");
  EXPECT_EQ(attributes.at("baseRunId"), run_id(3).text());
  EXPECT_EQ(attributes.at("newRunId"), run_id(1).text());
  EXPECT_EQ(attributes.at("failure").at("message"), "wrong price");
}

/// Two events that differ anywhere differ in their JSON.
TEST(HistoryJson, LosesNothingOfAnEvent) {
  test::RandomEvents random(20'261'201, test::RandomEvents::Bytes::kAscii);
  std::set<EventType> seen;
  for (int i = 0; i < 2'000; ++i) {
    const Event event = random.any();
    const Event other = random.any();
    seen.insert(type_of(event));
    const auto dump = [](const Event& one) {
      return json_of(one.attributes, one.time).dump(-1, ' ', false, Json::error_handler_t::replace);
    };
    ASSERT_EQ(dump(event) == dump(other), event == other);
  }
  EXPECT_EQ(seen.size(), std::variant_size_v<EventAttributes>);
}

TEST(HistoryJson, GivesThePageAsAListOfEvents) {
  HistoryPage page{.run_id = run_id(1)};
  page.events.push_back({1, at(0), event::RunStarted{.workflow_id = test::kId}});
  page.events.push_back({2, at(1), event::RunTerminated{.reason = "why"}});
  const Json json = to_json(page);
  ASSERT_EQ(json.at("events").size(), 2u);
  EXPECT_EQ(json.at("events").at(1).at("eventId"), "2");
  EXPECT_EQ(json.at("events").at(1).at("workflowExecutionTerminatedEventAttributes").at("reason"),
            "why");
}

}  // namespace
}  // namespace onerun::core
