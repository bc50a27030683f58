// A directory that the last version with format 2 wrote is upgraded, and nothing of it is lost.
#include "tests/upgrade/format2.hpp"

namespace onerun {
namespace {

using test::Format2;

TEST_F(Format2, IsAnsweredForAsBefore) {
  unpack();
  open();
  expect_whole();
}

/// A process that is killed behind the last step leaves the old database.
TEST_F(Format2, IsRemovedWhenTheNewOneCounts) {
  unpack();
  open();
  runtime_.reset();
  std::filesystem::create_directory(data() / "store.old");
  open();
  expect_whole();
}

TEST_F(Format2, StaysAsItIsIfItCanNotBeRead) {
  unpack();
  std::filesystem::remove(data() / "HIGH_WATER");
  const auto opened =
      Runtime::open({.data_dir = data(), .log = std::make_shared<test::SilentSink>()});
  EXPECT_EQ(opened.code(), StatusCode::kDataLoss);
  EXPECT_FALSE(std::filesystem::exists(data() / "store.new"));
  std::string format;
  std::getline(std::ifstream(data() / "FORMAT"), format);
  EXPECT_EQ(format, "onerun format 2");
}

TEST_F(Format2, GoesOn) {
  unpack();
  open();
  const RunRef open_run{WorkflowId("open")};
  const auto repeated =
      orders().signal(open_run, {.name = "s", .request_id = RequestId("open298")}).get();
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_EQ(orders().describe(open_run).get()->history_length, 301u) << "it has had that signal";
  ASSERT_TRUE(orders().signal(open_run, {.name = "s", .request_id = RequestId("new")}).get().ok());
  EXPECT_EQ(orders().describe(open_run).get()->history_length, 302u);
  EXPECT_TRUE(orders().unpause({WorkflowId("paused")}).get().ok());
  EXPECT_TRUE(orders().complete({WorkflowId("paused")}).get().ok());
  EXPECT_TRUE(orders().complete({WorkflowId("short")}).get().ok());
  const auto begun = orders().describe({WorkflowId("short")}).get();
  EXPECT_EQ(begun->run.status, RunStatus::kRunning) << "the start that waited";
  EXPECT_EQ(orders().start({.workflow_id = open_run.workflow_id}).get().code(),
            StatusCode::kAlreadyExists);
  runtime_.reset();
  open();
  EXPECT_EQ(orders().describe(open_run).get()->history_length, 302u);
  EXPECT_EQ(problems(), std::vector<std::string>());
}

}  // namespace
}  // namespace onerun
