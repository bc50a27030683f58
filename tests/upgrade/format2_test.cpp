// A directory that the last version with format 2 wrote is upgraded, and nothing of it is lost.
// README.md says what it has.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "onerun/onerun.hpp"
#include "onerun/testing.hpp"
#include "store/audit.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/support/silent_sink.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun {
namespace {

const std::string kFolder = ONERUN_SOURCE_DIR "/tests/upgrade/";

class Format2 : public ::testing::Test {
 protected:
  Format2() {
    const std::string unpack =
        "tar -xzf '" + kFolder + "format2.tar.gz' -C '" + directory_.path().string() + "'";
    EXPECT_EQ(std::system(unpack.c_str()), 0) << unpack;
    open();
  }

  void open() {
    auto clock = std::make_shared<testing::ManualClock>();
    clock->advance(std::chrono::seconds(5));
    auto opened = Runtime::open({.data_dir = data(),
                                 .clock = std::move(clock),
                                 .ids = std::make_shared<testing::SeededIdSource>(9),
                                 .log = std::make_shared<test::SilentSink>()});
    ASSERT_TRUE(opened.ok()) << opened.status();
    runtime_ = std::make_unique<Runtime>(std::move(*opened));
  }

  std::filesystem::path data() const { return directory_ / "format2"; }
  Namespace orders() const { return runtime_->namespace_("orders"); }

  /// The problems that the audit finds, with the runtime closed.
  std::vector<std::string> problems() {
    runtime_.reset();
    const auto store = store::open_rocksdb_store_to_read({.data_dir = data()});
    EXPECT_TRUE(store.ok()) << store.status();
    std::vector<std::string> found;
    const auto report =
        store::audit(**store, testing::ManualClock().now(),
                     [&](const store::AuditProblem& problem) { found.push_back(problem.what); });
    EXPECT_TRUE(report.ok()) << report.status();
    return found;
  }

  test::TemporaryDirectory directory_;
  std::unique_ptr<Runtime> runtime_;
};

void describe(std::ostream& out, const RunDescription& run) {
  const bool is_closed = run.close.has_value();
  out << run.run.run_id.text() << " status " << static_cast<int>(run.run.status) << " len "
      << run.history_length << " bytes " << run.history_size_bytes << " cancel '"
      << run.cancel_reason << "' pause '" << (run.pause ? run.pause->reason : "-") << "' close '"
      << (is_closed ? run.close->result.data : "-") << "' fail '"
      << (is_closed && run.close->failure ? run.close->failure->message : "-") << "' base "
      << run.base_run_id.text() << " reset " << run.reset_run_id.text() << " input "
      << run.input.data.size() << " rid " << run.request_ids[0].request_id.text() << '@'
      << run.request_ids[0].event_id << " cr " << run.run.cancel_requested << '\n';
}

void sum_events(std::ostream& out, const Namespace& orders, const RunRef& run) {
  std::uint64_t events = 0;
  std::uint64_t sum = 0;
  for (std::uint64_t next = 1;;) {
    const auto page = orders.history(run, next, 100).get();
    ASSERT_TRUE(page.ok()) << page.status();
    if (page->events.empty()) break;
    for (const HistoryEvent& event : page->events) {
      ++events;
      sum = sum * 31 + event.event_id * 7 +
            static_cast<std::uint64_t>(event.time.time_since_epoch().count());
    }
    next = page->next_event_id;
  }
  out << "  events " << events << " sum " << sum << '\n';
}

TEST_F(Format2, IsAnsweredForAsBefore) {
  std::ostringstream answers;
  for (const char* name :
       {"short", "open", "closed", "paused", "reset", "removed", "canceled", "failed", "large"}) {
    const WorkflowId id(name);
    const auto runs = orders().runs(id).get();
    ASSERT_TRUE(runs.ok()) << runs.status();
    for (const RunInfo& run : *runs) {
      const auto described = orders().describe({id, run.run_id}).get();
      ASSERT_TRUE(described.ok()) << described.status();
      describe(answers << name << ' ', *described);
      sum_events(answers, orders(), {id, run.run_id});
    }
  }
  std::stringstream expected;
  expected << std::ifstream(kFolder + "format2.txt").rdbuf();
  EXPECT_EQ(answers.str(), expected.str());
  EXPECT_EQ(problems(), std::vector<std::string>());
}

TEST_F(Format2, GoesOn) {
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
