// A directory that the last version with format 2 wrote, and what is right of it. README.md says
// what it has.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "onerun/onerun.hpp"
#include "onerun/testing.hpp"
#include "store/audit.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/support/payloads.hpp"
#include "tests/support/silent_sink.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::test {

inline const std::string kUpgradeFolder = ONERUN_SOURCE_DIR "/tests/upgrade/";

class Format2 : public ::testing::Test {
 protected:
  /// A fresh one, in place of the last.
  void unpack() {
    runtime_.reset();
    std::filesystem::remove_all(data());
    const std::string command =
        "tar -xzf '" + kUpgradeFolder + "format2.tar.gz' -C '" + directory_.path().string() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  void open() {
    auto clock = std::make_shared<testing::ManualClock>();
    clock->advance(std::chrono::seconds(5));
    auto opened = Runtime::open({.data_dir = data(),
                                 .clock = std::move(clock),
                                 .ids = std::make_shared<testing::SeededIdSource>(9),
                                 .log = std::make_shared<SilentSink>()});
    ASSERT_TRUE(opened.ok()) << opened.status();
    runtime_ = std::make_unique<Runtime>(std::move(*opened));
  }

  std::filesystem::path data() const { return directory_ / "format2"; }
  Namespace orders() const { return runtime_->namespace_("orders"); }

  /// Closes the runtime. What it answered is what the older version had answered, and the audit
  /// finds nothing.
  void expect_whole() {
    std::stringstream expected;
    expected << std::ifstream(kUpgradeFolder + "format2.txt").rdbuf();
    EXPECT_EQ(answers(), expected.str());
    EXPECT_EQ(problems(), std::vector<std::string>());
    EXPECT_EQ(entries(), (std::vector<std::string>{"FORMAT", "HIGH_WATER", "LOCK", "store"}));
  }

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

  std::unique_ptr<Runtime> runtime_;

 private:
  std::string answers() const {
    std::ostringstream out;
    for (const char* name :
         {"short", "open", "closed", "paused", "reset", "removed", "canceled", "failed", "large"}) {
      const WorkflowId id(name);
      const auto runs = orders().runs(id).get();
      if (!runs.ok()) return runs.status().to_string();
      for (const RunInfo& run : *runs) {
        const auto described = orders().describe({id, run.run_id}).get();
        if (!described.ok()) return described.status().to_string();
        describe(out << name << ' ', *described);
        sum_events(out, {id, run.run_id});
      }
    }
    return out.str();
  }

  static void describe(std::ostream& out, const RunDescription& run) {
    const bool is_closed = run.close.has_value();
    out << run.run.run_id.text() << " status " << static_cast<int>(run.run.status) << " len "
        << run.history_length << " cancel '" << run.cancel_reason << "' pause '"
        << (run.pause ? run.pause->reason : "-") << "' close '"
        << (is_closed ? test::text_of(run.close->result) : "-") << "' fail '"
        << (is_closed && run.close->failure ? run.close->failure->message : "-") << "' base "
        << run.base_run_id.text() << " reset " << run.reset_run_id.text() << " input "
        << test::text_of(run.input).size() << " rid " << run.request_ids[0].request_id.text() << '@'
        << run.request_ids[0].event_id << " cr " << run.run.cancel_requested << '\n';
  }

  void sum_events(std::ostream& out, const RunRef& run) const {
    std::uint64_t events = 0;
    std::uint64_t sum = 0;
    for (std::uint64_t next = 1;;) {
      const auto page = orders().history(run, next, 100).get();
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

  std::vector<std::string> entries() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(data())) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }

  TemporaryDirectory directory_;
};

}  // namespace onerun::test
