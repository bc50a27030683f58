// Memory runs out in a decoder: each of its allocations fails in turn, once. It throws what the
// edge of the library catches, and reading again works.
#include <gtest/gtest.h>

#include <new>
#include <optional>
#include <string>
#include <utility>

#include "core/cron.hpp"
#include "core/find_query.hpp"
#include "core/keys.hpp"
#include "core/page_token.hpp"
#include "core/records.hpp"
#include "core/run_index.hpp"
#include "runtime/time_zones.hpp"
#include "tests/runtime/failing_allocation.hpp"
#include "tests/support/core.hpp"
#include "tests/support/filtered_run.hpp"
#include "tests/support/history.hpp"

namespace onerun::test {
namespace {

/// Decodes with each allocation failing in turn; `same` compares what came of it with and without.
template <class Decode, class Same>
void expect_to_survive(const std::string& bytes, const Decode& decode, const Same& same) {
  const auto wanted = decode(bytes);
  const unsigned failed = fail_each_allocation([&](unsigned number) {
    FailingAllocation failing(number);
    bool has_thrown = false;
    try {
      static_cast<void>(decode(bytes));
    } catch (const std::bad_alloc&) {
      has_thrown = true;
    }
    const bool has_failed = failing.end();
    EXPECT_EQ(has_thrown, has_failed) << number;
    EXPECT_TRUE(same(decode(bytes), wanted)) << number;
    return has_failed;
  });
  EXPECT_GT(failed, 0u);
}

/// Of bytes that can be read. `decode` gives a result, or an optional value.
template <class Decode>
void expect_decoder_survives(const std::string& bytes, const Decode& decode) {
  ASSERT_TRUE(decode(bytes));
  expect_to_survive(bytes, decode, [](const auto& again, const auto& wanted) {
    return again && *again == *wanted;
  });
}

/// Of bytes that can't: saying so takes memory.
template <class Decode>
void expect_refusal_survives(const std::string& bytes, const Decode& decode) {
  ASSERT_FALSE(decode(bytes));
  expect_to_survive(bytes, decode, [](const auto& again, const auto& wanted) {
    return !again && again.status().to_string() == wanted.status().to_string();
  });
}

const RunId kLongRunId(std::string_view("a run id that a caller brought, a long one"));
const WorkflowId kLongWorkflowId("a workflow id that is longer than what a string keeps inside");
constexpr const char* kNoRecord = "these bytes are nothing that any of the decoders can read";

TEST(Allocation, MayFailInTheDecoderOfHeads) {
  core::RunHead head{
      .run_id = kLongRunId, .status = RunStatus::kFailed, .start_time = core::test::at(1'000)};
  head.close_time = core::test::at(2'000);
  head.start_request_id = RequestId("a request id that is longer than what a string keeps inside");
  head.attached = {{RequestId("another request id that is longer than fits inside"), 2}};
  expect_decoder_survives(core::encode_head({.current = head}), core::decode_head);
  head.status = RunStatus::kRunning;
  const core::QueuedStart queued{.run_id = kLongRunId, .request_id = head.start_request_id};
  expect_decoder_survives(core::encode_head({.current = head, .queue = {queued}}),
                          core::decode_head);
  expect_decoder_survives(core::encode_head({.last = core::LastRun{kLongRunId}}),
                          core::decode_head);
  expect_refusal_survives(kNoRecord, core::decode_head);
}

TEST(Allocation, MayFailInTheDecoderOfNamespaces) {
  core::NamespaceRecord record{.name = NamespaceName("a namespace with a rather long name, here")};
  record.config.owner = "somebody with a name that takes its own memory";
  record.config.data = {
      {"a key that takes its own memory, as it is long", "a value that does, too"}};
  record.config.retention.by_status = {{RunStatus::kFailed, std::chrono::hours(1)}};
  expect_decoder_survives(core::encode_namespace(record), core::decode_namespace);
  expect_refusal_survives(kNoRecord, core::decode_namespace);
}

TEST(Allocation, MayFailInTheDecodersOfCountsAndLinks) {
  // Counts that can be read take no memory.
  expect_refusal_survives(kNoRecord, core::decode_counts);
  expect_decoder_survives(
      core::encode_link({kLongRunId, RunStatus::kCompleted, core::test::at(1'000)}),
      core::decode_link);
  expect_refusal_survives(kNoRecord, core::decode_link);
}

/// Those of numbers alone take no memory.
TEST(Allocation, MayFailInTheDecodersOfKeys) {
  namespace keys = core::keys;
  const Timestamp time = core::test::at(1'000);
  expect_decoder_survives(keys::encode_run_id(kLongRunId), keys::run_id_from);
  expect_decoder_survives(keys::timer(1, {time, kLongRunId}), keys::timer_from);
  expect_decoder_survives(keys::link(1, {kLongRunId, kLongWorkflowId}), keys::link_from);
  keys::Due due{keys::DueStage::kRun, RunStatus::kFailed, time, kLongRunId};
  expect_decoder_survives(keys::due(1, due), keys::due_from);
  due.stage = keys::DueStage::kLink;
  due.workflow_id = kLongWorkflowId;
  expect_decoder_survives(keys::due(1, due), keys::due_from);
}

TEST(Allocation, MayFailInTheDecodersOfTheIndexOfRuns) {
  namespace run_index = core::run_index;
  const run_index::Place place{core::test::at(1'000), kLongRunId};
  expect_decoder_survives(run_index::encode_place(place), run_index::place_from);
  for (const RunStatus status : {RunStatus::kRunning, RunStatus::kFailed}) {
    expect_decoder_survives(run_index::key(1, status, place),
                            [&](const std::string& bytes) -> std::optional<run_index::Place> {
                              auto entry =
                                  run_index::entry_from(run_index::family_of(status), bytes);
                              return entry ? std::optional(std::move(entry->place)) : std::nullopt;
                            });
  }
}

TEST(Allocation, MayFailInTheDecoderOfPageTokens) {
  const core::PageEnd end{.place = core::run_index::encode_place({core::test::at(1), kLongRunId}),
                          .resume_at = kLongRunId};
  const auto decode = [](const std::string& token) -> Result<std::pair<std::string, RunId>> {
    auto read = core::decode_page_token(1, "a filter", token);
    if (!read.ok()) return read.status();
    return std::pair(std::move(read->place), std::move(read->resume_at));
  };
  expect_decoder_survives(core::encode_page_token(1, "a filter", end), decode);
  expect_refusal_survives(core::encode_page_token(1, "another filter", end), decode);
}

TEST(Allocation, MayFailInTheReadingOfAFilter) {
  core::test::KeptRun run;
  run.search_attributes = {
      {"a tag with a name that takes its own memory", "a value that does, too"}};
  const auto matches = [&](const std::string& text) -> Result<bool> {
    const auto filter = core::parse_filter(text);
    if (!filter.ok()) return filter.status();
    return core::bounds_of(*filter).admits(run.as_filtered()) && filter->matches(run.as_filtered());
  };
  const auto parse = [](const std::string& text) -> Result<std::string> {
    const auto query = core::FindQuery::parse(text);
    if (!query.ok()) return query.status();
    return query->text();
  };
  for (const std::string text :
       {"WorkflowId IN ('order-17', 'an order that is longer than a string keeps inside')",
        "NOT (`a tag with a name that takes its own memory` != 'a value that does, too' OR "
        "RunId = 'none') AND ExecutionStatus IN ('Running', 'paused')",
        "an_attribute_with_a_long_name IN (1, 2.5) OR `another` != true OR regions IN "
        "('eu is a part of the world', '2026-01-01T00:00:00Z')",
        "StartTime BETWEEN '2026-01-01T00:00:00Z' AND '2026-12-31T00:00:00Z' AND "
        "CloseTime IS NULL AND WorkflowType STARTS_WITH 'ord'"}) {
    expect_decoder_survives(text, matches);
    expect_decoder_survives(text, parse);
  }
  for (const std::string text :
       {"WorkflowId = ", "an_attribute_with_a_long_name = one", "StartTime > 'noon'"}) {
    expect_refusal_survives(text, parse);
  }
}

TEST(Allocation, MayFailInTheReadingOfASchedule) {
  const auto next = [](const std::string& text) -> Result<Timestamp> {
    const runtime::SystemTimeZones zones;  // that has found none yet
    const auto schedule = core::parse_cron(text, zones);
    if (!schedule.ok()) return schedule.status();
    return *schedule->next_after(core::test::at(0));
  };
  for (const std::string text : {"CRON_TZ=America/New_York 0 18 * * mon-fri", "@every 1h30m",
                                 "*/5 8-17/3 1,15 jan ?", "@hourly"}) {
    expect_decoder_survives(text, next);
  }
  for (const std::string text :
       {"61 * * * *", "CRON_TZ=Nowhere/At_All 0 18 * * *", "@every day", "0 0 31 2 *"}) {
    expect_refusal_survives(text, next);
  }
}

TEST(Allocation, MayFailInTheDecoderOfRuns) {
  core::StartCommand start{.workflow_id = core::test::kId};
  start.request_id = RequestId("a request id that is longer than what a string keeps inside");
  start.workflow_type = "a workflow type that takes its own memory";
  start.memo = {
      {"a key that takes its own memory, as it is long", Payload::bytes("a value that does, too")}};
  start.retry_policy =
      RetryPolicy{.non_retryable_types = {"a type with a name that is rather long"}};
  start.cron_schedule = "CRON_TZ=America/New_York 0 18 * * mon-fri";
  const RunId run_id = core::test::run_id(5);
  const std::string history =
      core::test::bytes_of(core::test::started(run_id, core::test::at(1), {}, start)) +
      core::encode(
          core::Event{core::test::at(2), event::RunCancelRequested{"a reason with many words to it",
                                                                   "somebody with a long name"}}) +
      core::encode(
          core::Event{core::test::at(3),
                      event::RunSignaled{.name = "a signal with a name that takes memory",
                                         .request_id = RequestId("and a request id of its own")}});
  expect_decoder_survives(history, [&](const std::string& bytes) -> Result<core::RunHead> {
    auto run = core::decode_run(run_id, bytes);
    if (!run.ok()) return run.status();
    return std::move(run->head);
  });
  const auto read = [&](const std::string& bytes) {
    return core::test::read_history(run_id, bytes, 1, 10);
  };
  expect_decoder_survives(history, read);
  expect_refusal_survives(kNoRecord, read);
}

}  // namespace
}  // namespace onerun::test
