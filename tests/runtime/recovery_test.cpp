// Opening again: everything that was acknowledged is there, nothing is read that is not asked for.
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

namespace fs = std::filesystem;

class Recovery : public test::OnDisk {};

TEST_F(Recovery, FindsEveryRunAgain) {
  std::map<std::string, RunId> runs;
  for (int i = 0; i < 200; ++i) {
    const std::string id = "id-" + std::to_string(i);
    runs[id] = start(id)->run_id;
    if (i % 2 == 0) ASSERT_TRUE(complete(id).ok());
  }
  reopen();
  const auto orders_now = orders().describe_namespace().get();
  EXPECT_EQ(orders_now->open_runs, 100u);
  EXPECT_EQ(orders_now->closed_runs, 100u);
  for (const auto& [id, run] : runs) EXPECT_EQ(describe(id)->run.run_id, run);
  EXPECT_EQ(start("id-1").code(), StatusCode::kAlreadyExists);
  EXPECT_TRUE(start("id-2").ok());
}

TEST_F(Recovery, MakesNoActorUntilItsIdIsAskedFor) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(start("id-" + std::to_string(i)).ok());
  reopen();
  EXPECT_EQ(metric("onerun_actors_spawned_total"), 0);
  ASSERT_TRUE(complete("id-7").ok());
  EXPECT_EQ(metric("onerun_actors_spawned_total"), 1);
}

TEST_F(Recovery, RemembersRequestIds) {
  StartRequest request{.workflow_id = WorkflowId("a"), .request_id = RequestId("r1")};
  const RunId run = start(request)->run_id;
  StartRequest attach{.workflow_id = WorkflowId("a"),
                      .request_id = RequestId("r2"),
                      .conflict_policy = ConflictPolicy::kUseExisting,
                      .attach_request_id = true};
  ASSERT_TRUE(start(attach).ok());
  reopen();
  EXPECT_EQ(start(request)->rule, StartRule::kDeduplicated);
  attach.conflict_policy = ConflictPolicy::kTerminateExisting;
  attach.attach_request_id = false;
  EXPECT_EQ(start(attach)->rule, StartRule::kDeduplicatedAttached);
  EXPECT_EQ(start(attach)->run_id, run);
}

TEST_F(Recovery, RefusesAStoreThatLostAcknowledgedRuns) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(start("id-" + std::to_string(i)).ok());
  close();
  for (const auto& entry : fs::directory_iterator(directory() / "store")) {
    if (entry.path().extension() == ".log") fs::resize_file(entry.path(), 100);
  }
  const auto refused = Runtime::open(options());
  EXPECT_EQ(refused.code(), StatusCode::kDataLoss);
  const Status status = refused.status();
  ASSERT_NE(status.detail<Corruption>(), nullptr) << status;

  options().accept_lost_commits = true;
  open();
  engine()->wait_for_log();
  EXPECT_TRUE(std::ranges::any_of(log().lines(), [](const std::string& line) {
    return line.find("has lost") != std::string::npos;
  }));
}

TEST_F(Recovery, KeepsEveryDurabilitysPromiseAtACleanEnd) {
  for (const Durability durability : {Durability::kSync, Durability::kAsync, Durability::kMemory}) {
    options().durability = durability;
    reopen();
    const std::string id(to_string(durability));
    ASSERT_TRUE(start(id).ok());
    reopen();
    EXPECT_TRUE(describe(id).ok()) << id;
  }
}

TEST_F(Recovery, KeepsTwoRuntimesOfAProcessApart) {
  const test::TemporaryDirectory second_directory;
  auto second = Runtime::open({.data_dir = second_directory.path()});
  ASSERT_TRUE(second.ok());
  const auto theirs = second->ensure_namespace(NamespaceName("orders"));
  ASSERT_TRUE(start("a").ok());
  EXPECT_TRUE(theirs->start({.workflow_id = WorkflowId("a")}).get().ok());
  ASSERT_TRUE(complete("a").ok());
  EXPECT_EQ(theirs->describe({WorkflowId("a")}).get()->run.status, RunStatus::kRunning);
}

TEST_F(Recovery, RefusesASecondProcess) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Only what is safe after a fork: open fails before it starts any thread.
    const auto opened = Runtime::open({.data_dir = directory()});
    const bool refused =
        opened.code() == StatusCode::kFailedPrecondition &&
        opened.status().message().find(std::to_string(::getppid())) != std::string_view::npos;
    ::_exit(refused ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
      << "the second process is told who has the directory";
}

TEST_F(Recovery, LosesNothingAcknowledgedWhenTheDiskIsFull) {
  const test::TemporaryDirectory small;
  if (::mount("tmpfs", small.path().c_str(), "tmpfs", 0, "size=8m") != 0) {
    GTEST_SKIP() << "needs the right to mount";
  }
  std::vector<std::string> acknowledged;
  Status full;
  {
    auto opened = Runtime::open({.data_dir = small.path(), .log = options().log});
    const auto crowded = opened->ensure_namespace(NamespaceName("orders"));
    for (int i = 0; i < 1'000 && full.ok(); ++i) {
      StartRequest request{.workflow_id = WorkflowId("id-" + std::to_string(i))};
      request.input = {Payload::bytes(std::string(50'000, 'x'))};
      full = crowded->start(request).get().status();
      if (full.ok()) acknowledged.push_back(request.workflow_id.text());
    }
    EXPECT_NE(full.detail<OutcomeUnknown>(), nullptr) << full;
    EXPECT_NE(full.message().find("No space"), std::string_view::npos) << full;
    EXPECT_FALSE(opened->serving());
  }
  EXPECT_GT(acknowledged.size(), 10u);
  ASSERT_EQ(::mount("tmpfs", small.path().c_str(), "tmpfs", MS_REMOUNT, "size=64m"), 0);
  {
    auto again = Runtime::open({.data_dir = small.path()});
    ASSERT_TRUE(again.ok()) << again.status();
    const Namespace crowded = again->namespace_("orders");
    for (const std::string& id : acknowledged) {
      EXPECT_TRUE(crowded.describe({WorkflowId(id)}).get().ok()) << id;
    }
    EXPECT_TRUE(crowded.start({.workflow_id = WorkflowId("new")}).get().ok());
  }
  ::umount(small.path().c_str());
}

TEST_F(Recovery, ReportsWhatOpeningTook) {
  EXPECT_GE(metric("onerun_recovery_seconds", {{"phase", "store"}}), 0);
  EXPECT_GE(metric("onerun_recovery_seconds", {{"phase", "namespaces"}}), 0);
}

}  // namespace
}  // namespace onerun
