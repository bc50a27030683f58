// Limits and malformed requests: each gets a typed error that names field, value and limit.
// Specification section 7.
#include "core/validate.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "core/sizes.hpp"
#include "onerun/limits.hpp"
#include "tests/support/core.hpp"

namespace onerun::core {
namespace {

using test::kId;

std::string bytes(std::size_t size) { return std::string(size, 'x'); }

/// Expects invalid_argument for that field, with a sentence that names it.
void expect_invalid(const Status& status, std::string_view field) {
  ASSERT_EQ(status.code(), StatusCode::kInvalidArgument) << field;
  const auto* detail = status.detail<InvalidField>();
  ASSERT_NE(detail, nullptr) << field;
  EXPECT_EQ(detail->field, field);
  EXPECT_FALSE(detail->limit.empty());
  EXPECT_NE(status.message().find(field), std::string_view::npos);
  EXPECT_NE(status.message().find(detail->limit), std::string_view::npos);
}

StartCommand start(std::function<void(StartCommand&)> change) {
  StartCommand command{.workflow_id = kId};
  change(command);
  return command;
}

TEST(ValidateStart, AcceptsWhatIsAtEveryLimit) {
  StartCommand command{.workflow_id = WorkflowId(bytes(limits::kIdBytes))};
  command.run_id = RunId(bytes(limits::kIdBytes));
  command.request_id = RequestId(bytes(limits::kIdBytes));
  command.expected_run_id = RunId(bytes(limits::kIdBytes));
  command.workflow_type = bytes(limits::kIdBytes);
  command.identity = bytes(limits::kIdBytes);
  command.task_queue = bytes(limits::kIdBytes);
  command.input = {{.data = bytes(limits::kPayloadBytes)}};
  command.memo = {{"k", {.data = bytes(limits::kMemoBytes - 1)}}};
  command.header = {{"k", {.data = bytes(limits::kHeaderBytes - 1)}}};
  for (std::size_t i = 0; i < limits::kSearchAttributes; ++i) {
    command.search_attributes["t" + std::to_string(i)] = "v";
  }
  command.search_attributes["t0"] = bytes(limits::kSearchAttributeBytes);
  command.workflow_task_timeout = limits::kMaxDuration;
  EXPECT_TRUE(validate(command).ok()) << validate(command);
}

TEST(ValidateStart, RefusesEveryFieldOneByteOverItsLimit) {
  const std::string too_long = bytes(limits::kIdBytes + 1);
  expect_invalid(validate(start([&](auto& c) { c.workflow_id = WorkflowId(too_long); })),
                 "workflow_id");
  expect_invalid(validate(start([&](auto& c) { c.run_id = RunId(too_long); })), "run_id");
  expect_invalid(validate(start([&](auto& c) { c.request_id = RequestId(too_long); })),
                 "request_id");
  expect_invalid(validate(start([&](auto& c) { c.expected_run_id = RunId(too_long); })),
                 "expected_run_id");
  expect_invalid(validate(start([&](auto& c) { c.workflow_type = too_long; })), "workflow_type");
  expect_invalid(validate(start([&](auto& c) { c.identity = too_long; })), "identity");
  expect_invalid(validate(start([&](auto& c) { c.task_queue = too_long; })), "task_queue");
  expect_invalid(validate(start([&](auto& c) {
                   c.input = {{.data = bytes(limits::kPayloadBytes)}, {.data = "x"}};
                 })),
                 "input");
  expect_invalid(validate(start([&](auto& c) {
                   c.memo = {{"k", {.data = bytes(limits::kMemoBytes)}}};
                 })),
                 "memo");
  expect_invalid(validate(start([&](auto& c) {
                   c.header = {{"k", {.data = bytes(limits::kHeaderBytes)}}};
                 })),
                 "header");
  expect_invalid(validate(start([](auto& c) { c.workflow_task_timeout = Duration(-1); })),
                 "workflow_task_timeout");
}

TEST(ValidateStart, BoundsPayloadsAndTheirMetadata) {
  expect_invalid(validate(start([](auto& c) { c.input.resize(limits::kPayloads + 1); })), "input");
  expect_invalid(validate(start([](auto& c) {
                   c.input = {Payload::json("1"), Payload::json("2")};
                   for (std::size_t i = 0; i < limits::kMetadataEntries; ++i) {
                     c.input[1].metadata[std::to_string(i)];
                   }
                 })),
                 "input[1].metadata");
  expect_invalid(validate(start([](auto& c) {
                   c.input = {{.metadata = {{"", "x"}}}};
                 })),
                 "input[0].metadata key");
  expect_invalid(validate(start([](auto& c) {
                   c.input = {{.metadata = {{"encoding", bytes(limits::kPayloadBytes)}}}};
                 })),
                 "input");
  expect_invalid(validate(start([](auto& c) {
                   c.header = {{"h", {.metadata = {{"", "x"}}}}};
                 })),
                 "header[\"h\"].metadata key");
}

TEST(ValidateStart, BoundsSearchAttributes) {
  const auto with = [](const SearchAttribute& value) {
    return validate(start([&](auto& c) { c.search_attributes = {{"k", value}}; }));
  };
  const std::string too_long = bytes(limits::kSearchAttributeBytes + 1);
  const std::string entry = "search_attributes[\"k\"]";
  expect_invalid(with(Keyword(too_long)), entry);
  expect_invalid(with(Text{too_long}), entry);
  expect_invalid(with(KeywordList{{"a", too_long}}), entry);
  expect_invalid(with(KeywordList{std::vector<std::string>(1'000)}), entry);
  expect_invalid(with(KeywordList{{"a", "\xC3("}}), entry);
  expect_invalid(with(std::numeric_limits<double>::quiet_NaN()), entry);
  expect_invalid(with(-std::numeric_limits<double>::infinity()), entry);
  expect_invalid(with(Timestamp::max()), entry);
  expect_invalid(with(Timestamp(std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1))), entry);
  EXPECT_TRUE(with(std::numeric_limits<std::int64_t>::min()).ok());
  EXPECT_TRUE(with(KeywordList()).ok());
  EXPECT_TRUE(with(Timestamp(std::chrono::sys_days(std::chrono::year(0) / 1 / 1))).ok());
  expect_invalid(validate(start([](auto& c) {
                   for (std::size_t i = 0; i <= limits::kSearchAttributes; ++i) {
                     c.search_attributes["t" + std::to_string(i)] = true;
                   }
                 })),
                 "search_attributes");
  expect_invalid(validate(start([](auto& c) {
                   for (int i = 0; i < 21; ++i) {
                     c.search_attributes["t" + std::to_string(i)] =
                         bytes(limits::kSearchAttributeBytes);
                   }
                 })),
                 "search_attributes");
}

TEST(ValidateStart, WantsAParentWithItsIds) {
  const auto with = [](const ParentLink& parent) {
    return validate(start([&](auto& c) { c.parent = parent; }));
  };
  const WorkflowId id("parent");
  const RunId run(std::string_view("run"));
  EXPECT_TRUE(with({.workflow_id = id, .run_id = run}).ok());
  expect_invalid(with({.run_id = run}), "parent.workflow_id");
  expect_invalid(with({.workflow_id = id}), "parent.run_id");
  expect_invalid(with({.workflow_id = id, .run_id = run, .root_workflow_id = id}),
                 "parent.root_run_id");
  expect_invalid(with({.name_space = NamespaceName(bytes(limits::kIdBytes + 1)),
                       .workflow_id = id,
                       .run_id = run}),
                 "parent.name_space");
}

TEST(ValidateStart, SaysSizeAndLimitOfWhatIsTooLong) {
  const Status status = validate(start([](auto& c) { c.workflow_id = WorkflowId(bytes(1'001)); }));
  const auto* detail = status.detail<InvalidField>();
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->size, 1'001u);
  EXPECT_EQ(detail->limit_size, 1'000u);
  EXPECT_NE(status.message().find("1001 bytes"), std::string_view::npos);
  EXPECT_LT(status.message().size(), 300u) << "the value is shortened";
}

TEST(ValidateStart, CountsBytesAndNotCharacters) {
  std::string two_bytes_each;
  for (int i = 0; i < 501; ++i) two_bytes_each += "\xC3\xBC";
  expect_invalid(validate(start([&](auto& c) { c.workflow_id = WorkflowId(two_bytes_each); })),
                 "workflow_id");
}

TEST(ValidateStart, RefusesEmptyAndMalformedText) {
  expect_invalid(validate(start([](auto& c) { c.workflow_id = WorkflowId(); })), "workflow_id");
  const std::string bad = "\xC3(";
  expect_invalid(validate(start([&](auto& c) { c.workflow_id = WorkflowId(bad); })), "workflow_id");
  expect_invalid(validate(start([&](auto& c) { c.run_id = RunId(bad); })), "run_id");
  expect_invalid(validate(start([&](auto& c) { c.request_id = RequestId(bad); })), "request_id");
  expect_invalid(validate(start([&](auto& c) { c.workflow_type = bad; })), "workflow_type");
  expect_invalid(validate(start([&](auto& c) { c.memo = {{bad, {}}}; })), "memo key");
  expect_invalid(validate(start([&](auto& c) { c.memo = {{"", {}}}; })), "memo key");
  expect_invalid(validate(start([&](auto& c) {
                   c.search_attributes = {{bad, "v"}};
                 })),
                 "search_attributes key");
}

TEST(ValidateStart, TakesAnyBytesAsPayload) {
  EXPECT_TRUE(validate(start([](auto& c) {
                c.input = {Payload::bytes(std::string("\0\xFF\xC3(", 4))};
              })).ok());
}

TEST(ValidateStart, RefusesPoliciesThatContradictOrDoNotExist) {
  expect_invalid(validate(start([](auto& c) {
                   c.reuse_policy = ReusePolicy::kRejectDuplicate;
                   c.conflict_policy = ConflictPolicy::kTerminateExisting;
                 })),
                 "conflict_policy");
  expect_invalid(validate(start([](auto& c) { c.reuse_policy = static_cast<ReusePolicy>(9); })),
                 "reuse_policy");
  expect_invalid(
      validate(start([](auto& c) { c.conflict_policy = static_cast<ConflictPolicy>(9); })),
      "conflict_policy");
}

TEST(ValidateStart, RefusesToAttachNoRequestId) {
  expect_invalid(validate(start([](auto& c) { c.attach_request_id = true; })), "attach_request_id");
}

TEST(ValidateClose, ChecksWhatComesWithIt) {
  CloseCommand close{.run = {kId}, .status = RunStatus::kCompleted};
  EXPECT_TRUE(validate(close).ok());
  close.close.result = {{.data = bytes(limits::kPayloadBytes + 1)}};
  expect_invalid(validate(close), "result");
  close.status = RunStatus::kCanceled;
  expect_invalid(validate(close), "details");
  close.close.result = {};
  close.close.failure = Failure{.message = bytes(limits::kReasonBytes + 1)};
  expect_invalid(validate(close), "failure.message");
  close.close.failure = Failure{.type = bytes(limits::kIdBytes + 1)};
  expect_invalid(validate(close), "failure.type");
  close.close.failure = Failure{.details = {Payload::bytes(bytes(limits::kPayloadBytes + 1))}};
  expect_invalid(validate(close), "failure.details");
  close.close.failure.reset();
  close.close.reason = bytes(limits::kReasonBytes + 1);
  expect_invalid(validate(close), "reason");
  close.close.reason.clear();
  close.run.workflow_id = WorkflowId();
  expect_invalid(validate(close), "workflow_id");
}

TEST(ValidateCancel, ChecksWhatComesWithIt) {
  RequestCancelCommand cancel{.run = {kId}};
  EXPECT_TRUE(validate(cancel).ok());
  cancel.options.reason = "\xFF";
  expect_invalid(validate(cancel), "reason");
  cancel.options.reason.clear();
  cancel.options.first_execution_run_id = RunId(bytes(limits::kIdBytes + 1));
  expect_invalid(validate(cancel), "first_execution_run_id");
}

TEST(ValidateNamespace, RefusesBadNames) {
  expect_invalid(validate(NamespaceName()), "namespace");
  expect_invalid(validate(NamespaceName(bytes(1'001))), "namespace");
  expect_invalid(validate(NamespaceName("\xFF")), "namespace");
  EXPECT_TRUE(validate(NamespaceName(bytes(1'000))).ok());
}

TEST(ValidateNamespace, BoundsRetention) {
  const auto with = [](Duration closed) {
    return validate(NamespaceConfig{.retention = {.closed = closed}});
  };
  EXPECT_TRUE(with(std::chrono::seconds(1)).ok());
  EXPECT_TRUE(with(limits::kMaxDuration).ok());
  expect_invalid(with(Duration(0)), "retention.closed");
  expect_invalid(with(-std::chrono::hours(1)), "retention.closed");
  expect_invalid(with(Duration(999)), "retention.closed");
  expect_invalid(with(limits::kMaxDuration + Duration(1)), "retention.closed");

  NamespaceConfig config;
  config.retention.by_status[RunStatus::kFailed] = Duration(1);
  expect_invalid(validate(config), "retention.by_status[failed]");
  config.retention.by_status = {{RunStatus::kRunning, std::chrono::hours(1)}};
  expect_invalid(validate(config), "retention.by_status[running]");
  config.retention.by_status.clear();
  config.retention.ids = Duration(0);
  expect_invalid(validate(config), "retention.ids");
}

TEST(ValidateNamespace, ChecksOnlyWhatAnUpdateHolds) {
  EXPECT_TRUE(validate(NamespaceUpdate{}).ok());
  expect_invalid(validate(NamespaceUpdate{.retention = Retention{.closed = Duration(0)}}),
                 "retention.closed");
  expect_invalid(validate(NamespaceUpdate{.owner = "\xFF"}), "owner");
}

TEST(ValidateOptions, ChecksEveryOption) {
  const Options good{.store = StoreKind::kMemory};
  EXPECT_TRUE(validate(good).ok());
  const auto with = [&](std::function<void(Options&)> change) {
    Options options = good;
    change(options);
    return validate(options);
  };
  expect_invalid(with([](auto& o) { o.store = StoreKind::kRocksDb; }), "data_dir");
  expect_invalid(with([](auto& o) { o.async_loss_window = Duration(0); }), "async_loss_window");
  expect_invalid(with([](auto& o) { o.max_in_flight = 0; }), "max_in_flight");
  expect_invalid(with([](auto& o) { o.max_in_flight_bytes = 0; }), "max_in_flight_bytes");
  expect_invalid(with([](auto& o) { o.max_close_waiters = 0; }), "max_close_waiters");
  expect_invalid(with([](auto& o) { o.max_idle_actors = 0; }), "max_idle_actors");
  expect_invalid(with([](auto& o) { o.actor_idle_time = Duration(0); }), "actor_idle_time");
  expect_invalid(with([](auto& o) { o.supervisors_per_namespace = 0; }),
                 "supervisors_per_namespace");
  expect_invalid(with([](auto& o) { o.supervisors_per_namespace = 65; }),
                 "supervisors_per_namespace");
  expect_invalid(with([](auto& o) { o.actor_threads = 257; }), "actor_threads");
  expect_invalid(with([](auto& o) { o.reclaim_interval = Duration(0); }), "reclaim_interval");
  expect_invalid(with([](auto& o) { o.shutdown_deadline = Duration(-1); }), "shutdown_deadline");
  expect_invalid(with([](auto& o) { o.rocksdb.memtable_bytes = 0; }), "rocksdb.memtable_bytes");
  expect_invalid(with([](auto& o) { o.rocksdb.block_cache_bytes = 0; }),
                 "rocksdb.block_cache_bytes");
  expect_invalid(with([](auto& o) { o.rocksdb.max_log_bytes = 0; }), "rocksdb.max_log_bytes");
  expect_invalid(with([](auto& o) { o.rocksdb.max_open_files = 31; }), "rocksdb.max_open_files");
}

TEST(SizeBytes, CountsWhatARequestHolds) {
  StartCommand command{.workflow_id = WorkflowId("12345")};
  command.input = {{.metadata = {{"12", "345"}}, .data = bytes(1'000)}};
  command.memo = {{"ab", {.data = "cd"}}};
  command.search_attributes = {{"abc", 17}, {"d", KeywordList{{"ef", ""}}}};
  EXPECT_EQ(size_bytes(command), 5u + 1'005 + 4 + (3 + 8) + (1 + 8 + 2 + 8));
  EXPECT_EQ(size_bytes(CloseCommand{.run = {WorkflowId("12345")},
                                    .status = RunStatus::kFailed,
                                    .close = {.failure = Failure{.message = "1234"}}}),
            9u);
}

}  // namespace
}  // namespace onerun::core
