// What rots in the commits that were acknowledged last looks like a write that was cut short, as
// every crash may leave one at the end of a log. HIGH_WATER tells them apart: a log that ends
// before that commit has lost something. So it is noticed, and opening refused,
//  - after a clean end, whatever the durability was;
//  - with kSync after the death of a process: each commit is noted before its answer leaves.
// Behind the last note that reached the disk nothing is promised but order: what is gone then is
// the end of the log and never a part in the middle. That is what came after the last sync of the
// note, a second or two, if the power was cut, and with kAsync what was not synced yet when the
// process died.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/lives.hpp"
#include "tests/support/silent_sink.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun {
namespace {

namespace fs = std::filesystem;

class EndOfTheLog : public ::testing::Test {
 protected:
  static constexpr std::size_t kRuns = 10;
  static constexpr std::size_t kLastRun = kRuns - 1;

  static WorkflowId id_of(std::size_t run) { return WorkflowId("id-" + std::to_string(run)); }

  /// Runs one after the other, each a commit, which is a record of the log.
  void start_runs(Durability durability) {
    Options options{.data_dir = lived_, .durability = durability, .log = log_};
    options.async_loss_window = std::chrono::hours(1);
    auto opened = Runtime::open(std::move(options));
    ASSERT_TRUE(opened.ok()) << opened.status();
    runtime_.emplace(std::move(*opened));
    const auto orders = runtime_->ensure_namespace(NamespaceName("orders"));
    ASSERT_TRUE(orders.ok()) << orders.status();
    log_bytes_.push_back(fs::file_size(log_of(lived_)));
    for (std::size_t run = 0; run < kRuns; ++run) {
      run_ids_.push_back(test::must(orders->start({.workflow_id = id_of(run)})).run_id);
      log_bytes_.push_back(fs::file_size(log_of(lived_)));
      if (run == kRuns / 2) fs::copy(lived_ / "HIGH_WATER", early_mark_);
    }
  }

  void end_well() { ASSERT_TRUE(runtime_->shutdown(std::chrono::seconds(30)).ok()); }

  /// The files as they are, as if the process were killed now.
  void die() {
    const fs::path left = directory_ / "left";
    fs::copy(lived_, left, fs::copy_options::recursive);
    end_well();
    lived_ = left;
  }

  /// The note of the commits as it was in the middle of them: so much of it was synced.
  void lose_power() {
    die();
    fs::copy(early_mark_, lived_ / "HIGH_WATER", fs::copy_options::overwrite_existing);
  }

  /// Flips a bit at places of what was written for a run, and cuts the log there.
  void damage(std::size_t run, const std::function<void(std::size_t run, bool is_cut)>& expect) {
    for (const std::size_t at : places_of(run)) {
      SCOPED_TRACE("run " + std::to_string(run) + ", byte " + std::to_string(at) + " of the log");
      flip(at);
      expect(run, false);
      copy_lived();
      fs::resize_file(log_of(copy_), at);
      expect(run, true);
      if (HasFatalFailure()) return;
    }
  }

  void expect_refused(std::size_t run, bool is_cut) const {
    const auto opened = Runtime::open({.data_dir = copy_, .log = log_});
    ASSERT_EQ(opened.code(), StatusCode::kDataLoss) << opened.status();
    const Status status = opened.status();
    ASSERT_NE(status.detail<Corruption>(), nullptr) << status;
    const std::string& family = status.detail<Corruption>()->family;
    const std::string& reason = status.detail<Corruption>()->reason;
    const std::string file = log_of(lived_).filename();
    const std::string end = "commit " + std::to_string(noted_) +
                            " was acknowledged, but the log ends at commit " +
                            std::to_string(commit_of(run) - 1);
    // Where it was cut between two records it looks whole.
    EXPECT_TRUE(family == file || (family == "log" && is_cut)) << status;
    EXPECT_TRUE(family == file ? reason.starts_with(end + ": " + file + ": dropping ")
                               : reason == end)
        << reason;
  }

  /// The runs before that one are there, and none after them.
  void expect_to_end_before(std::size_t run) const {
    const auto opened = Runtime::open({.data_dir = copy_, .log = log_});
    ASSERT_TRUE(opened.ok()) << opened.status();
    const Namespace orders = opened->namespace_("orders");
    for (std::size_t other = 0; other < kRuns; ++other) {
      const auto described = orders.describe({id_of(other)}).get();
      EXPECT_EQ(described.code(), other < run ? StatusCode::kOk : StatusCode::kNotFound);
      if (described.ok()) EXPECT_EQ(described->run.run_id, run_ids_[other]);
    }
    EXPECT_EQ(orders.count().get().value(), run);
    EXPECT_EQ(orders.describe_namespace().get()->open_runs, run);
  }

  void expect_damage_is_refused(const std::vector<std::size_t>& runs) {
    for (const std::size_t run : runs) {
      damage(run, [this](std::size_t damaged, bool is_cut) { expect_refused(damaged, is_cut); });
    }
  }
  void expect_damage_ends_the_log(const std::vector<std::size_t>& runs) {
    for (const std::size_t run : runs) {
      damage(run, [this](std::size_t damaged, bool) { expect_to_end_before(damaged); });
    }
  }

  /// The first one makes the namespace.
  static std::uint64_t commit_of(std::size_t run) { return run + 2; }

  std::uint64_t noted_ = commit_of(kLastRun);

 private:
  /// All over it; of the last run also all of its header and of its end.
  std::set<std::size_t> places_of(std::size_t run) const {
    constexpr std::size_t kStep = 40;
    constexpr std::size_t kHeaderBytes = 7;  // checksum, length and type of a record
    const std::size_t first = log_bytes_[run];
    const std::size_t end = log_bytes_[run + 1];
    std::set<std::size_t> places;
    for (std::size_t at = first; at < end; at += kStep) places.insert(at);
    for (std::size_t i = 0; i < kHeaderBytes && run == kLastRun; ++i) {
      places.insert({first + i, end - 1 - i});
    }
    return places;
  }

  static fs::path log_of(const fs::path& data_dir) {
    for (const auto& entry : fs::directory_iterator(data_dir / "store")) {
      if (entry.path().extension() == ".log") return entry.path();
    }
    throw std::runtime_error("there is no log");
  }

  void copy_lived() const {
    fs::remove_all(copy_);
    fs::copy(lived_, copy_, fs::copy_options::recursive);
  }

  void flip(std::size_t at) const {
    copy_lived();
    std::fstream log(log_of(copy_), std::ios::binary | std::ios::in | std::ios::out);
    log.seekg(static_cast<std::streamoff>(at));
    const int byte = log.get();
    log.seekp(static_cast<std::streamoff>(at));
    log.put(static_cast<char>(byte ^ 1 << at % 8));
  }

  const std::shared_ptr<LogSink> log_ = std::make_shared<test::SilentSink>();
  test::TemporaryDirectory directory_;
  fs::path lived_ = directory_ / "lived";
  const fs::path copy_ = directory_ / "copy";
  const fs::path early_mark_ = directory_ / "early mark";
  std::vector<std::size_t> log_bytes_;  ///< before the first run, and after each
  std::vector<RunId> run_ids_;
  std::optional<Runtime> runtime_;
};

TEST_F(EndOfTheLog, IsKnownAfterACleanEnd) {
  start_runs(Durability::kSync);
  end_well();
  expect_damage_is_refused({kLastRun, 0});
}

TEST_F(EndOfTheLog, IsKnownAfterACleanEndOfWhatWasNotSyncedBefore) {
  start_runs(Durability::kAsync);
  end_well();
  expect_damage_is_refused({kLastRun});
}

TEST_F(EndOfTheLog, IsKnownAfterTheDeathOfAProcess) {
  start_runs(Durability::kSync);
  die();
  expect_damage_is_refused({kLastRun, kLastRun - 1});
}

TEST_F(EndOfTheLog, IsKnownAsFarAsItWasNotedBeforeAPowerCut) {
  start_runs(Durability::kSync);
  lose_power();
  noted_ = commit_of(kRuns / 2);
  expect_damage_is_refused({kRuns / 2});
  expect_damage_ends_the_log({kRuns / 2 + 1, kLastRun});
}

TEST_F(EndOfTheLog, IsNotKnownOfWhatWasNotSyncedBeforeTheDeathOfAProcess) {
  start_runs(Durability::kAsync);
  die();
  expect_damage_ends_the_log({kLastRun, 1});
}

}  // namespace
}  // namespace onerun
