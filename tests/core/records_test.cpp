// Records: heads, histories and namespaces read back as they were written, and nothing else reads.
#include "core/records.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "core/keys.hpp"
#include "core/namespace_rules.hpp"
#include "core/wire.hpp"
#include "tests/support/core.hpp"
#include "tests/support/history.hpp"
#include "tests/support/payloads.hpp"

namespace onerun::core {
namespace {

using test::at;
using test::kId;
using test::run_id;

RunHead full_head() {
  return {.run_id = run_id(5),
          .status = RunStatus::kFailed,
          .start_time = at(1'000),
          .close_time = at(2'000),
          .first_execution_run_id = run_id(3),
          .original_execution_run_id = RunId(std::string_view("original")),
          .start_request_id = RequestId("request"),
          .attached = {{RequestId("a"), 2}, {RequestId("b"), 3}},
          .cancel_event_id = 2,
          .previous_run_id = run_id(4),
          .history_length = 7,
          .history_size_bytes = 300};
}

NamespaceRecord full_namespace() {
  NamespaceRecord record{.name = NamespaceName("orders")};
  record.id = make_uuid_v4(1, 2);
  record.state = NamespaceState::kDeprecated;
  record.config_version = 9;
  record.config.retention.closed = std::chrono::hours(3);
  record.config.retention.by_status[RunStatus::kFailed] = std::chrono::hours(24);
  record.config.retention.by_status[RunStatus::kCompleted] = std::chrono::seconds(1);
  record.config.retention.ids = std::chrono::hours(48);
  record.kept_since = at(1'700'000'000'000);
  record.config.description = "what it is for";
  record.config.owner = "team";
  record.config.data = {{"key", "value"}, {"empty", ""}};
  return record;
}

TEST(HeadRecord, RoundTrips) {
  EXPECT_EQ(*decode_head(encode_head({.current = full_head()}))->current, full_head());
  const RunHead smallest{.run_id = run_id(1), .status = RunStatus::kRunning, .start_time = at(-1)};
  EXPECT_EQ(*decode_head(encode_head({.current = smallest}))->current, smallest);
}

TEST(HeadRecord, RefusesFieldsOfARunWithoutItsId) {
  std::string bytes = encode_head({.last = LastRun{run_id(1), at(1)}});
  ASSERT_TRUE(decode_head(bytes).ok());
  wire::Writer(bytes).number(2, static_cast<std::uint64_t>(RunStatus::kRunning));
  EXPECT_EQ(decode_head(bytes).code(), StatusCode::kDataLoss);
}

TEST(HeadRecord, RefusesAStartThatIsQueuedTwice) {
  const RunHead open{.run_id = run_id(1), .status = RunStatus::kRunning, .start_time = at(1)};
  const auto read = [&](std::vector<QueuedStart> queue) {
    return decode_head(encode_head({.current = open, .queue = std::move(queue)}));
  };
  EXPECT_TRUE(read({{.run_id = run_id(2)}, {.run_id = run_id(3)}}).ok());
  EXPECT_FALSE(read({{.run_id = run_id(2)}, {.run_id = run_id(2)}}).ok());
  const RequestId request("r");
  EXPECT_FALSE(read({{.run_id = run_id(2), .request_id = request},
                     {.run_id = run_id(3), .request_id = request}})
                   .ok());
}

TEST(HeadRecord, RefusesTimesThatNothingCanBeAddedTo) {
  for (const Timestamp time : {Timestamp::max(), Timestamp::min()}) {
    RunHead closed = full_head();
    closed.close_time = time;
    EXPECT_FALSE(decode_head(encode_head({.current = closed})).ok());
    EXPECT_FALSE(decode_head(encode_head({.last = LastRun{run_id(1), time}})).ok());
    EXPECT_FALSE(decode_link(encode_link({run_id(1), RunStatus::kFailed, time})).ok());
  }
}

TEST(HeadRecord, TakesFewBytesInTheUsualCase) {
  const RunHead usual{.run_id = run_id(1),
                      .status = RunStatus::kRunning,
                      .start_time = at(1'700'000'000'000),
                      .history_length = 1,
                      .history_size_bytes = 60};
  EXPECT_LE(encode_head({.current = usual}).size(), 36u);
}

TEST(NamespaceRecord, RoundTrips) {
  EXPECT_EQ(*decode_namespace(encode_namespace(full_namespace())), full_namespace());
  const NamespaceRecord smallest{.name = NamespaceName("n")};
  EXPECT_EQ(*decode_namespace(encode_namespace(smallest)), smallest);
}

TEST(NamespaceRecord, RefusesWhatNoNamespaceCanBe) {
  NamespaceRecord unchanged = full_namespace();
  unchanged.config_version = 0;
  EXPECT_EQ(decode_namespace(encode_namespace(unchanged)).code(), StatusCode::kDataLoss);
  for (const Duration retention : {Duration(-1), Duration(0), Duration::max()}) {
    NamespaceRecord bad = full_namespace();
    bad.config.retention.closed = retention;
    EXPECT_EQ(decode_namespace(encode_namespace(bad)).code(), StatusCode::kDataLoss);
  }
}

/// A wrong number there would erase everything that the namespace has.
TEST(NamespaceRecord, RefusesADeletedOneThatIsNotCalledSo) {
  NamespaceRecord record = full_namespace();
  record.state = NamespaceState::kDeleted;
  EXPECT_EQ(decode_namespace(encode_namespace(record)).code(), StatusCode::kDataLoss);
  for (const std::size_t characters : {5u, 36u}) {
    record.name = deleted_name(full_namespace(), characters);
    EXPECT_EQ(*decode_namespace(encode_namespace(record)), record);
  }
  record.id = make_uuid_v4(0xABCDE00000000000, 7);
  EXPECT_FALSE(decode_namespace(encode_namespace(record)).ok()) << "called after another's id";
}

TEST(CountsRecord, RoundTrips) {
  const RunCounts counts{1'000'000, 3};
  EXPECT_EQ(*decode_counts(encode_counts(counts)), counts);
}

/// A history with one event of each kind, and its expected fold.
std::string full_history(const StartRequest& request) {
  return test::bytes_of(test::started(run_id(5), at(1'000), run_id(4), request)) +
         test::bytes_of(test::cancel_requested(run_id(5), at(1'100), "why", "who")) +
         test::bytes_of(test::attached(run_id(5), at(1'200), RequestId("attached"))) +
         test::bytes_of(test::closed(
             run_id(5), at(2'000), RunStatus::kFailed,
             {.result = {},
              .failure =
                  Failure{.message = "broke", .type = "Bug", .details = {Payload::bytes("bytes")}},
              .reason = {},
              .identity = "worker"}));
}

StartRequest full_request() {
  StartRequest request;
  request.workflow_id = kId;
  request.request_id = RequestId("request");
  request.workflow_type = "ship";
  request.input = {Payload::bytes(std::string("\0\xFF binary", 9))};
  request.memo = {{"note", Payload::bytes("for people")}};
  request.search_attributes = {{"customer", "17"}, {"region", ""}};
  request.identity = "caller";
  return request;
}

TEST(RunRecord, FoldsAHistoryOfEveryKindOfEvent) {
  const StartRequest request = full_request();
  const std::string history = full_history(request);
  const auto run = decode_run(run_id(5), history);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->started.workflow_id, kId);
  EXPECT_EQ(run->head.run_id, run_id(5));
  EXPECT_EQ(run->head.status, RunStatus::kFailed);
  EXPECT_EQ(run->head.start_time, at(1'000));
  EXPECT_EQ(run->head.close_time, at(2'000));
  EXPECT_EQ(run->head.start_request_id, RequestId("request"));
  EXPECT_EQ(run->head.previous_run_id, run_id(4));
  EXPECT_TRUE(run->head.cancel_requested());
  ASSERT_EQ(run->head.attached.size(), 1u);
  EXPECT_EQ(run->head.attached[0], (AttachedRequestId{RequestId("attached"), 3}));
  EXPECT_EQ(run->head.history_length, 4u);
  EXPECT_EQ(run->head.history_size_bytes, history.size());
  EXPECT_EQ(run->started.workflow_type, "ship");
  EXPECT_EQ(run->started.input, request.input);
  EXPECT_EQ(run->started.memo, request.memo);
  EXPECT_EQ(run->started.search_attributes, request.search_attributes);
  EXPECT_EQ(run->started.identity, "caller");
  EXPECT_EQ(run->cancel_reason, "why");
  ASSERT_TRUE(run->close.failure);
  EXPECT_EQ(run->close.failure->message, "broke");
  EXPECT_EQ(run->close.failure->type, "Bug");
  EXPECT_EQ(onerun::test::text_of(run->close.failure->details), "bytes");
  EXPECT_EQ(run->close.identity, "worker");
}

TEST(RunRecord, KeepsTheKindOfEveryClose) {
  const StartRequest request = full_request();
  for (const RunStatus status :
       {RunStatus::kCompleted, RunStatus::kFailed, RunStatus::kCanceled, RunStatus::kTerminated,
        RunStatus::kTimedOut, RunStatus::kContinuedAsNew}) {
    const std::string history = test::bytes_of(test::started(run_id(1), at(1), {}, request)) +
                                test::bytes_of(test::closed(run_id(1), at(2), status, {}));
    EXPECT_EQ(decode_run(run_id(1), history)->head.status, status);
  }
}

TEST(RunRecord, RefusesATimeThatNoDeadlineCanBeAddedTo) {
  StartRequest request = full_request();
  request.execution_timeout = limits::kMaxDuration;
  for (const Timestamp time : {Timestamp::max(), Timestamp::min()}) {
    const StartRequest plain = full_request();
    const auto event = test::bytes_of(test::started(run_id(1), time, {}, plain));
    EXPECT_EQ(decode_run(run_id(1), event).code(), StatusCode::kDataLoss);
  }
  const auto late = test::bytes_of(test::started(run_id(1), at(253'402'300'799'999), {}, request));
  EXPECT_TRUE(decode_run(run_id(1), late).ok());
}

TEST(RunRecord, RefusesARunThatEndedBeforeItBegan) {
  const StartRequest request = full_request();
  const std::string started = test::bytes_of(test::started(run_id(1), at(10), {}, request));
  const auto closed = [&](Timestamp time) {
    return test::bytes_of(test::closed(run_id(1), time, RunStatus::kCompleted, {}));
  };
  EXPECT_TRUE(decode_run(run_id(1), started + closed(at(10))).ok());
  EXPECT_FALSE(decode_run(run_id(1), started + closed(at(9))).ok());
  EXPECT_FALSE(decode_run(run_id(1), started + closed(Timestamp::max())).ok());
}

TEST(RunRecord, ReadsAStartThatWaitsAndNothingElseWithIt) {
  const StartRequest request = full_request();
  const QueuedStart queued{.run_id = run_id(1), .deadline = at(20)};
  const std::string waits = test::bytes_of(test::waits(at(10), request, queued));
  const auto run = decode_run(run_id(1), waits);
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->head.status, RunStatus::kUnspecified);
  EXPECT_EQ(run->queue_deadline, at(20));
  const std::string started = test::bytes_of(test::started(run_id(1), at(10), {}, request));
  EXPECT_FALSE(decode_run(run_id(1), waits + waits).ok());
  EXPECT_FALSE(decode_run(run_id(1), waits + started).ok());
  EXPECT_FALSE(decode_run(run_id(1), started + waits).ok());
}

TEST(RunRecord, RefusesEventsOutOfOrder) {
  const StartRequest request = full_request();
  const std::string started = test::bytes_of(test::started(run_id(1), at(1), {}, request));
  const std::string closed =
      test::bytes_of(test::closed(run_id(1), at(2), RunStatus::kCompleted, {}));
  const std::string asked = test::bytes_of(test::cancel_requested(run_id(1), at(2), "", ""));
  EXPECT_FALSE(decode_run(run_id(1), "").ok());
  EXPECT_FALSE(decode_run(run_id(1), closed).ok()) << "a history begins with Started";
  EXPECT_FALSE(decode_run(run_id(1), started + started).ok());
  EXPECT_FALSE(decode_run(run_id(1), started + closed + closed).ok());
  EXPECT_FALSE(decode_run(run_id(1), started + closed + asked).ok()) << "nothing follows a close";
}

// ---- corruption ----

using Decode = std::function<Status(std::string_view)>;
struct Codec {
  std::string name;
  std::string bytes;
  Decode decode;
};

std::vector<Codec> codecs() {
  static const StartRequest request = full_request();
  return {
      {"head", encode_head({.current = full_head()}),
       [](auto b) { return decode_head(b).status(); }},
      {"namespace", encode_namespace(full_namespace()),
       [](auto b) { return decode_namespace(b).status(); }},
      {"counts", encode_counts({1, 2}), [](auto b) { return decode_counts(b).status(); }},
      {"history", full_history(request), [](auto b) { return decode_run(run_id(5), b).status(); }}};
}

TEST(Records, NeverReadACutRecordAsAnother) {
  for (const Codec& codec : codecs()) {
    for (std::size_t length = 0; length < codec.bytes.size(); ++length) {
      const std::string_view cut = std::string_view(codec.bytes).substr(0, length);
      const Status status = codec.decode(cut);
      // A record may be readable when it ends between two fields; it must never crash or hang.
      EXPECT_TRUE(status.ok() || status.code() == StatusCode::kDataLoss) << codec.name;
    }
  }
}

TEST(Records, SurviveRandomDamage) {
  std::mt19937_64 random(20'261'122);
  for (const Codec& codec : codecs()) {
    for (int i = 0; i < 20'000; ++i) {
      std::string bytes = codec.bytes;
      for (std::uint64_t flips = random() % 4; flips > 0; --flips) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
      const Status status = codec.decode(bytes);
      ASSERT_TRUE(status.ok() || status.code() == StatusCode::kDataLoss) << codec.name;
    }
  }
}

/// A seed that is refused leads the fuzz target nowhere.
TEST(Records, ReadEverySeedOfTheFuzzTarget) {
  int records = 0;
  const std::filesystem::path seeds = ONERUN_SOURCE_DIR "/tests/fuzz/seeds/records";
  for (const auto& seed : std::filesystem::directory_iterator(seeds)) {
    std::ifstream in(seed.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const std::string name = seed.path().filename().string();
    const std::string_view value = std::string_view(bytes).substr(1);
    const bool is_bad = name == "head_fields_without_a_run";
    if (name.starts_with("head")) EXPECT_EQ(decode_head(value).ok(), !is_bad) << name;
    if (name.starts_with("run_") && name != "run_key") {
      EXPECT_TRUE(decode_run(run_id(1), value).ok())
          << name << decode_run(run_id(1), value).status();
    }
    ++records;
  }
  EXPECT_GT(records, 15);
}

TEST(Records, RefuseUnknownFields) {
  for (const Codec& codec : codecs()) {
    if (codec.name == "history") continue;
    std::string bytes = codec.bytes;
    wire::Writer(bytes).number(99, 1);
    const Status status = codec.decode(bytes);
    EXPECT_EQ(status.code(), StatusCode::kDataLoss) << codec.name;
    ASSERT_NE(status.detail<Corruption>(), nullptr);
    EXPECT_NE(status.detail<Corruption>()->reason.find("field 99"), std::string::npos);
  }
}

TEST(Records, NameTheFamilyAndTheKeyOfCorruption) {
  const Status error = locate(corrupt("head: no status"), "head", std::string_view("\0\1k", 3));
  EXPECT_EQ(error.code(), StatusCode::kDataLoss);
  ASSERT_NE(error.detail<Corruption>(), nullptr);
  EXPECT_EQ(error.detail<Corruption>()->family, "head");
  EXPECT_EQ(error.detail<Corruption>()->key, "00016b");
  EXPECT_NE(error.message().find("family head, key 00016b"), std::string_view::npos);
}

}  // namespace
}  // namespace onerun::core
