// onerun-doctor: finds nothing in a store that is whole, says what is wrong with one that is not,
// and writes to neither.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "core/keys.hpp"
#include "onerun/onerun.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/support/program.hpp"
#include "tests/support/stores.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun {
namespace {

namespace fs = std::filesystem;
using test::Outcome;

class DoctorTest : public ::testing::Test {
 protected:
  DoctorTest() {
    auto runtime = Runtime::open({.data_dir = data_});
    const auto orders = runtime->ensure_namespace(NamespaceName("orders"));
    for (const char* id : {"a", "b", "c"}) {
      EXPECT_TRUE(orders->start({.workflow_id = WorkflowId(id)}).get().ok());
    }
    EXPECT_TRUE(orders->complete({WorkflowId("a")}).get().ok());
  }

  Outcome doctor(const std::string& more = "") {
    return test::run_program(ONERUN_DOCTOR, "--db '" + data_.string() + "' " + more);
  }

  /// Changes the store behind the runtime's back.
  void damage(const std::function<void(core::WriteSet&)>& fill) {
    auto opened = store::open_rocksdb_store({.data_dir = data_});
    ASSERT_TRUE(opened.ok());
    const auto epoch = opened->store->acquire_epoch();
    ASSERT_TRUE(test::commit(*opened->store, *epoch, fill).ok());
    ASSERT_TRUE(opened->store->close().ok());
  }

  /// Every file of the directory with its contents.
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(data_)) {
      if (!entry.is_regular_file()) continue;
      std::stringstream bytes;
      bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      files[entry.path().string()] = bytes.str();
    }
    return files;
  }

  void expect_failure(const std::string& part) {
    const Outcome outcome = doctor();
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.output.find(part), std::string::npos) << outcome.output;
  }

  test::TemporaryDirectory directory_;
  const fs::path data_ = directory_ / "data";
};

TEST_F(DoctorTest, FindsNothingWrongAndWritesNothing) {
  const auto before = contents();
  const Outcome outcome = doctor();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.output.find("1 namespaces, 3 workflow ids, 2 open and 1 closed runs"),
            std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.output.find(": 0 problems"), std::string::npos) << outcome.output;
  EXPECT_EQ(contents(), before);
}

TEST_F(DoctorTest, NamesNamespaceIdAndKeyOfAProblem) {
  const std::string key = core::keys::head(1, WorkflowId("b"));
  damage([&](core::WriteSet& writes) { writes.erase(core::Family::kHead, key); });
  const auto before = contents();
  const Outcome outcome = doctor();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(
      outcome.output.find("namespace \"orders\", workflow id \"b\", family run, key 000000000001"),
      std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.output.find("1 problems"), std::string::npos);
  EXPECT_EQ(contents(), before);
}

TEST_F(DoctorTest, PrintsJson) {
  const auto whole = nlohmann::json::parse(doctor("--json").output);
  EXPECT_EQ(whole.at("ok"), true);
  EXPECT_EQ(whole.at("open_runs"), 2);
  EXPECT_EQ(whole.at("closed_runs"), 1);
  EXPECT_TRUE(whole.at("problems").empty());
  damage([&](core::WriteSet& writes) {
    writes.put(core::Family::kHead, core::keys::head(1, WorkflowId("b")), "\xFF?");
  });
  const Outcome outcome = doctor("--json");
  EXPECT_EQ(outcome.status, 1);
  const auto damaged = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(damaged.at("ok"), false);
  EXPECT_EQ(damaged.at("problems").at(0).at("namespace"), "orders");
  EXPECT_EQ(damaged.at("problems").at(0).at("workflow_id"), "b");
  EXPECT_EQ(damaged.at("problems").at(0).at("family"), "head");
}

TEST_F(DoctorTest, SaysThatTheDirectoryIsInUse) {
  const auto runtime = Runtime::open({.data_dir = data_});
  expect_failure("is in use by process " + std::to_string(::getpid()));
}

TEST_F(DoctorTest, KeepsARuntimeOut) {
  const auto reading = store::open_rocksdb_store_to_read({.data_dir = data_});
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_EQ(Runtime::open({.data_dir = data_}).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ((*reading)->acquire_epoch().code(), StatusCode::kFailedPrecondition);
}

TEST_F(DoctorTest, SaysWhatCannotBeRead) {
  std::ofstream(data_ / "FORMAT") << "onerun format 99\n";
  expect_failure("has format 99");
  std::ofstream(data_ / "FORMAT") << "onerun format 1\n";
  expect_failure("has format 1: a runtime that opens it will upgrade it");
  std::ofstream(data_ / "FORMAT") << "onerun format 3\n";
  std::ofstream(data_ / "HIGH_WATER") << "nonsense";
  expect_failure("the high-water mark is damaged");
  fs::remove(data_ / "HIGH_WATER");
  expect_failure("the high-water mark is missing");
  fs::create_directory(data_ / "HIGH_WATER");
  expect_failure("can't read " + (data_ / "HIGH_WATER").string());  // not: is missing
  fs::remove(data_ / "FORMAT");
  expect_failure("has no file FORMAT");
  fs::remove_all(data_);
  expect_failure("is not a data directory of onerun: it has no file LOCK");
  EXPECT_FALSE(fs::exists(data_)) << "nothing is made";
}

TEST_F(DoctorTest, SaysThatACopyLacksItsLock) {
  fs::remove(data_ / "LOCK");
  expect_failure("has no file LOCK, which keeps others off while it is open");
  EXPECT_FALSE(fs::exists(data_ / "LOCK")) << "nothing is made";
  std::ofstream(data_ / "LOCK");
  EXPECT_EQ(doctor().status, 0);
}

TEST_F(DoctorTest, SaysThatTheLogIsTooShort) {
  std::string mark(16, '\0');
  mark[6] = 1;  // 256
  for (std::size_t i = 0; i < 8; ++i) mark[8 + i] = static_cast<char>(~mark[i]);
  std::ofstream(data_ / "HIGH_WATER", std::ios::binary) << mark;
  expect_failure("commit 256 was acknowledged, but the log ends at commit");
}

TEST_F(DoctorTest, ListsRuns) {
  const auto before = contents();
  const Outcome all = doctor("list --namespace orders");
  EXPECT_EQ(all.status, 0) << all.output;
  EXPECT_NE(all.output.find(" running \"c\" "), std::string::npos) << all.output;
  EXPECT_LT(all.output.find("\"c\""), all.output.find("\"a\"")) << "the latest first";
  EXPECT_NE(all.output.find("\n3 runs\n"), std::string::npos) << all.output;
  EXPECT_EQ(contents(), before) << "nothing was written";

  const Outcome open = doctor("list --namespace orders --query \"ExecutionStatus = 'Running'\"");
  EXPECT_EQ(open.output.find("\"a\""), std::string::npos) << open.output;
  EXPECT_NE(open.output.find("\n2 runs\n"), std::string::npos) << open.output;
  const Outcome one = doctor("list --namespace orders --limit 1");
  EXPECT_NE(one.output.find("1 runs, and there may be more"), std::string::npos) << one.output;
  EXPECT_EQ(doctor("list --namespace orders --count").output, "3\n");
}

TEST_F(DoctorTest, ListsRunsAsJson) {
  const auto json = nlohmann::json::parse(
      doctor("--json list --namespace orders --query \"WorkflowId = 'a'\"").output);
  EXPECT_EQ(json.at("ok"), true);
  EXPECT_EQ(json.at("has_more"), false);
  ASSERT_EQ(json.at("runs").size(), 1u);
  const auto& run = json.at("runs").at(0);
  EXPECT_EQ(run.at("workflow_id"), "a");
  EXPECT_EQ(run.at("status"), "completed");
  const std::string closed = run.at("close_time");
  const Outcome same =
      doctor("list --namespace orders --count --json --query \"CloseTime = '" + closed + "'\"");
  EXPECT_EQ(nlohmann::json::parse(same.output).at("count"), 1) << "a filter takes what is printed";
}

TEST_F(DoctorTest, SaysWhyItCannotList) {
  EXPECT_EQ(doctor("list").status, 2);
  const Outcome nowhere = doctor("list --namespace nowhere");
  EXPECT_EQ(nowhere.status, 1);
  EXPECT_NE(nowhere.output.find("there is no namespace \"nowhere\""), std::string::npos);
  const Outcome bad = doctor("list --namespace orders --query 'WorkflowId LIKE 1'");
  EXPECT_EQ(bad.status, 2);
  EXPECT_NE(bad.output.find("column 12"), std::string::npos) << bad.output;
}

TEST_F(DoctorTest, PrintsJsonOfTextsThatAreNoUtf8) {
  const Outcome outcome = doctor("--json list --namespace \"$(printf 'a\\377')\"");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(nlohmann::json::parse(outcome.output).at("ok"), false) << outcome.output;
}

TEST_F(DoctorTest, KeepsControlCharactersFromTheTerminal) {
  {
    auto runtime = Runtime::open({.data_dir = data_});
    StartRequest request{.workflow_id = WorkflowId("d\033[2J")};
    request.run_id = RunId("r\033[2J");
    ASSERT_TRUE(runtime->namespace_("orders").start(request).get().ok());
  }
  const Outcome listed = doctor("list --namespace orders");
  EXPECT_NE(listed.output.find("r\\x1b[2J"), std::string::npos) << listed.output;
  EXPECT_EQ(listed.output.find('\033'), std::string::npos);
  damage([&](core::WriteSet& writes) {
    writes.erase(core::Family::kRun, core::keys::run(1, RunId("r\033[2J")));
  });
  const Outcome outcome = doctor();
  EXPECT_NE(outcome.output.find("names run r\\x1b[2J"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find('\033'), std::string::npos);
}

TEST_F(DoctorTest, RefusesWrongUsage) {
  EXPECT_EQ(doctor("list --namespace orders --limit -1").status, 2);
  EXPECT_EQ(doctor("list --namespace ''").status, 2);
  EXPECT_EQ(test::run_program(ONERUN_DOCTOR, "").status, 2);
  EXPECT_EQ(test::run_program(ONERUN_DOCTOR, "--db ''").status, 2) << "not the current directory";
  EXPECT_EQ(test::run_program(ONERUN_DOCTOR, "--db x --colour").status, 2);
  EXPECT_EQ(test::run_program(ONERUN_DOCTOR, "--version").status, 0);
}

TEST_F(DoctorTest, PrintsTheEventsOfARun) {
  const Outcome text = doctor("history orders a");
  EXPECT_EQ(text.status, 0) << text.output;
  EXPECT_EQ(text.output.rfind("1 ", 0), 0u) << text.output;
  EXPECT_NE(text.output.find(" run_started {"), std::string::npos) << text.output;
  EXPECT_NE(text.output.find("\n2 "), std::string::npos) << text.output;
  EXPECT_NE(text.output.find(" run_completed {"), std::string::npos) << text.output;

  const Outcome printed = doctor("--json history orders a");
  EXPECT_EQ(printed.status, 0) << printed.output;
  const auto json = nlohmann::json::parse(printed.output);
  ASSERT_EQ(json.at("events").size(), 2u);
  EXPECT_EQ(json["events"][0]["eventType"], "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED");
  const std::string run_id =
      json["events"][0]["workflowExecutionStartedEventAttributes"]["originalExecutionRunId"];
  EXPECT_EQ(doctor("history orders a " + run_id).output, text.output);
}

TEST_F(DoctorTest, SaysWhichHistoryIsNotThere) {
  EXPECT_EQ(doctor("history nobody a").status, 1);
  EXPECT_EQ(doctor("history orders nobody").status, 1);
  const Outcome other = doctor("history orders a another-run");
  EXPECT_EQ(other.status, 1);
  EXPECT_NE(other.output.find("another-run"), std::string::npos) << other.output;
  EXPECT_EQ(doctor("history orders").status, 2);
  EXPECT_EQ(doctor("history orders ''").status, 2) << "no workflow id is empty";
}

}  // namespace
}  // namespace onerun
