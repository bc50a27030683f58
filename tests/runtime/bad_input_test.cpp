// The mistakes that people make: each gets one clear sentence, a typed detail, and changes nothing.
#include <gtest/gtest.h>

#include <fstream>

#include "core/keys.hpp"
#include "store/memory_store.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

class BadInput : public test::OnBothStores {};

TEST_P(BadInput, NamesAnUnknownNamespaceInEveryCall) {
  const Namespace nowhere = runtime().namespace_("nowhere");
  const RunRef run{WorkflowId("a")};
  const auto expect_missing = [](const Status& status) {
    EXPECT_EQ(status.code(), StatusCode::kNotFound);
    ASSERT_NE(status.detail<Missing>(), nullptr) << status;
    EXPECT_EQ(status.detail<Missing>()->what, Missing::What::kNamespace);
    EXPECT_NE(status.message().find("\"nowhere\""), std::string_view::npos);
  };
  expect_missing(nowhere.start({.workflow_id = run.workflow_id}).get().status());
  expect_missing(nowhere.start_batch({{.workflow_id = run.workflow_id}}).get().status());
  expect_missing(nowhere.describe(run).get().status());
  expect_missing(nowhere.complete(run).get().status());
  expect_missing(nowhere.fail(run).get().status());
  expect_missing(nowhere.request_cancel(run).get().status());
  expect_missing(nowhere.report_canceled(run).get().status());
  expect_missing(nowhere.terminate(run).get().status());
  expect_missing(nowhere.remove(run).get().status());
  expect_missing(nowhere.wait_closed(run).get().status());
  expect_missing(nowhere.list().get().status());
  expect_missing(nowhere.count().get().status());
  expect_missing(nowhere.describe_namespace().get().status());
  expect_missing(nowhere.update_namespace({}).get().status());
  expect_missing(nowhere.deprecate_namespace().get().status());
  expect_missing(nowhere.delete_namespace().get().status());
}

TEST_P(BadInput, RefusesAnEmptyWorkflowIdInEveryCall) {
  const RunRef run{WorkflowId()};
  const auto expect_invalid = [](const Status& status) {
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    ASSERT_NE(status.detail<InvalidField>(), nullptr) << status;
    EXPECT_EQ(status.detail<InvalidField>()->field, "workflow_id");
  };
  expect_invalid(start(StartRequest{}).status());
  expect_invalid(orders().describe(run).get().status());
  expect_invalid(orders().complete(run).get().status());
  expect_invalid(orders().fail(run).get().status());
  expect_invalid(orders().request_cancel(run).get().status());
  expect_invalid(orders().report_canceled(run).get().status());
  expect_invalid(orders().terminate(run).get().status());
  expect_invalid(orders().remove(run).get().status());
  expect_invalid(orders().wait_closed(run).get().status());
}

TEST_P(BadInput, ChangesNothingWhenARequestIsOverALimit) {
  StartRequest large{.workflow_id = WorkflowId("a")};
  large.input = {{.data = std::string(limits::kPayloadBytes + 1, 'x')}};
  const Status status = start(large).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.detail<InvalidField>()->size, limits::kPayloadBytes + 1);
  EXPECT_EQ(status.detail<InvalidField>()->limit_size, limits::kPayloadBytes);
  EXPECT_EQ(describe("a").code(), StatusCode::kNotFound);
  EXPECT_EQ(orders().describe_namespace().get()->open_runs, 0u);
}

TEST_P(BadInput, TakesARequestAtEveryLimitThroughTheWholeRuntime) {
  StartRequest large{.workflow_id = WorkflowId(std::string(limits::kIdBytes, 'w'))};
  large.run_id = RunId(std::string(limits::kIdBytes, 'r'));
  large.request_id = RequestId(std::string(limits::kIdBytes, 'q'));
  large.input = {{.data = std::string(limits::kPayloadBytes, '\0')}};
  large.memo = {{"m", {.data = std::string(limits::kMemoBytes - 1, 'm')}}};
  ASSERT_TRUE(start(large).ok());
  passivate_the_actor();
  const auto run = orders().describe({large.workflow_id, large.run_id}).get();
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->input, large.input);
  EXPECT_EQ(run->memo, large.memo);
  EXPECT_EQ(start(large)->rule, StartRule::kDeduplicated);
}

TEST_P(BadInput, RefusesMoreBytesThanMayBeUnderWay) {
  options().max_in_flight_bytes = 1'000;
  if (store() == StoreKind::kMemory) {
    close();
    open();
    ASSERT_TRUE(runtime().ensure_namespace(NamespaceName("orders")).ok());
  } else {
    reopen();
  }
  StartRequest large{.workflow_id = WorkflowId("a")};
  large.input = {Payload::bytes(std::string(1'001, 'x'))};
  const Status status = start(large).status();
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  ASSERT_NE(status.detail<Exhausted>(), nullptr);
  EXPECT_EQ(status.detail<Exhausted>()->resource, "max_in_flight_bytes");
  EXPECT_EQ(status.detail<Exhausted>()->limit, 1'000u);
  EXPECT_TRUE(start("b").ok()) << "nothing is held back by what was refused";

  // What is over a limit of its own would be refused at any time, and hears of that.
  large.input = {{.data = std::string(limits::kPayloadBytes + 1, 'x')}};
  const Status invalid = start(large).status();
  EXPECT_EQ(invalid.code(), StatusCode::kInvalidArgument);
  ASSERT_NE(invalid.detail<InvalidField>(), nullptr);
  EXPECT_EQ(invalid.detail<InvalidField>()->limit_size, limits::kPayloadBytes);
}

ONERUN_ON_BOTH_STORES(BadInput);

// ---- opening ----

void expect_refused(const Options& options, StatusCode code, std::string_view word) {
  const auto opened = Runtime::open(options);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.code(), code) << opened.status();
  EXPECT_NE(opened.status().message().find(word), std::string_view::npos) << opened.status();
}

TEST(BadOpen, RefusesOptionsOutOfRange) {
  expect_refused({}, StatusCode::kInvalidArgument, "data_dir");
  expect_refused({.store = StoreKind::kMemory, .max_in_flight = 0}, StatusCode::kInvalidArgument,
                 "max_in_flight");
}

TEST(BadOpen, RefusesADirectoryThatAnotherRuntimeHas) {
  const test::TemporaryDirectory directory;
  const auto first = Runtime::open({.data_dir = directory.path()});
  ASSERT_TRUE(first.ok());
  expect_refused({.data_dir = directory.path()}, StatusCode::kFailedPrecondition, "in use");
}

TEST(BadOpen, RefusesANewerFormat) {
  const test::TemporaryDirectory directory;
  { const auto made = Runtime::open({.data_dir = directory.path()}); }
  std::ofstream(directory / "FORMAT") << "onerun format 99\n";
  expect_refused({.data_dir = directory.path()}, StatusCode::kFailedPrecondition, "format 99");
}

TEST(BadOpen, RefusesAPathBelowAFile) {
  const test::TemporaryDirectory directory;
  std::ofstream(directory / "file") << "x";
  expect_refused({.data_dir = directory / "file" / "below"}, StatusCode::kInvalidArgument, "file");
}

TEST(BadOpen, NamesTheKeyOfADamagedNamespace) {
  auto store = std::make_unique<store::MemoryStore>();
  const store::Epoch epoch = *store->acquire_epoch();
  core::WriteSet writes;
  writes.put(core::Family::kMeta, core::keys::namespace_record(1), "garbage");
  const core::WriteSet* pointer = &writes;
  ASSERT_TRUE(store->commit({.epoch = epoch, .number = 1, .writes = {&pointer, 1}}).ok());
  const auto opened = runtime::Engine::open({.store = StoreKind::kMemory}, std::move(store));
  const Status status = opened.status();
  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  ASSERT_NE(status.detail<Corruption>(), nullptr);
  EXPECT_EQ(status.detail<Corruption>()->family, "meta");
}

}  // namespace
}  // namespace onerun
