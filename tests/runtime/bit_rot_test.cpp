// Bytes that rot: whatever is flipped or cut off in whichever file, a runtime serves what was
// acknowledged, or refuses and says why. It is never silent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/write_set.hpp"
#include "runtime/engine.hpp"
#include "runtime/runtime_access.hpp"
#include "tests/support/collecting_sink.hpp"
#include "tests/support/lives.hpp"
#include "tests/support/questions.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargeStep = 16;
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kPlacesOfAFile = 6;
constexpr std::size_t kStepAtTheEnd = kLargeStep;
#else
constexpr std::size_t kPlacesOfAFile = 20;
constexpr std::size_t kStepAtTheEnd = 1;
#endif

/// Of a table that is its footer and the end of what that points to; of a manifest its last edit;
/// of the log a part of what was acknowledged last.
constexpr std::size_t kEnd = 64;

/// Where a file of that size is damaged: all over it, and at its end.
std::set<std::size_t> places_in(std::size_t size, std::size_t step_at_the_end) {
  std::set<std::size_t> places;
  for (std::size_t i = 0; i < kPlacesOfAFile; ++i) places.insert(size * i / kPlacesOfAFile);
  for (std::size_t back = 1; back <= kEnd; back += step_at_the_end) places.insert(size - back);
  for (const std::size_t back : {8, 48}) places.insert(size - back);
  std::erase_if(places, [size](std::size_t place) { return place >= size; });
  return places;
}

/// And where it is cut.
std::set<std::size_t> ends_in(std::size_t size) {
  std::set<std::size_t> ends = {0, size / 100, size / 2, size * 99 / 100};
  for (const std::size_t back : {1, 8, 48, 64}) ends.insert(size - back);
  std::erase_if(ends, [size](std::size_t end) { return end >= size; });
  return ends;
}

/// Made anew when a store is opened, or never read: damaged once, all the same.
bool is_never_read(const fs::path& file) {
  const std::string name = file.filename().string();
  return name == "LOCK" || name == "IDENTITY" || name.starts_with("OPTIONS");
}

bool is_family(std::string_view name) {
  for (std::size_t i = 0; i < core::kFamilies.size(); ++i) {
    if (name == core::name_of(static_cast<core::Family>(i))) return true;
  }
  return false;
}

std::string read(const fs::path& file) {
  std::stringstream bytes;
  bytes << std::ifstream(file, std::ios::binary).rdbuf();
  return bytes.str();
}

/// Where the store has its bytes when they begin to rot.
enum class Kept {
  kInTables,  ///< all of them
  kInTheLog,  ///< what came later and goes on with what is in tables; and some in tables again
};

class BitRot : public ::testing::TestWithParam<Kept> {
 protected:
  BitRot() {
    // Without a log, a shutdown leaves all that there is in tables.
    live(Durability::kMemory, [this] { lives_.live("table"); });
    if (GetParam() == Kept::kInTables) return;
    live(Durability::kSync, [this] {
      lives_.start_large(kLargeRuns, kLargeBytes);
      lives_.go_on("table");
      lives_.live("log");
    });
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(whole_)) {
      if (entry.is_regular_file()) files.push_back(fs::relative(entry.path(), whole_));
    }
    std::ranges::sort(files);
    return files;
  }

  /// Copies the directory, does the damage to one file, and looks what a runtime makes of it.
  void try_with(const fs::path& file, const std::string& what,
                const std::function<void(std::string&)>& damage) {
    SCOPED_TRACE(file.string() + ", " + what);
    copy_whole();
    std::string bytes = read(copy_ / file);
    damage(bytes);
    std::ofstream(copy_ / file, std::ios::binary | std::ios::trunc) << bytes;
    expect_right_or_refused(file.filename().string());
  }

  void copy_whole() const {
    fs::remove_all(copy_);
    fs::copy(whole_, copy_, fs::copy_options::recursive);
  }

  /// `file`: the one of the copy that is damaged.
  void expect_right_or_refused(const std::string& file) {
    log_ = std::make_shared<test::CollectingSink>();
    clock_->set(now_);
    auto runtime = Runtime::open(options_for(copy_));
    if (!runtime.ok()) {
      ++refused_;
      return expect_refusal_to_say_why(runtime.status(), file);
    }
    ++opened_;
    questions_->ask_again(*runtime, [&](const Status& status) {
      // A merge of tables may have come to the damage.
      if (!is_fenced_by(file)) expect_to_name_what_is_wrong(status);
    });
    expect_chores_done_or_logged(*runtime, file);
  }

  std::shared_ptr<testing::ManualClock> clock_ = std::make_shared<testing::ManualClock>();
  std::set<std::string> unreadable_;  ///< families
  int opened_ = 0;
  int refused_ = 0;

 private:
  static constexpr int kLargeRuns = 60;  // fill tables while the log goes on
  static constexpr std::size_t kLargeBytes = 40'000;

  Options options_for(const fs::path& directory, Durability durability = Durability::kSync) const {
    Options options{.data_dir = directory, .durability = durability};
    options.rocksdb.memtable_bytes = std::size_t{1} << 20;
    options.actor_threads = 1;
    options.clock = clock_;
    options.ids = ids_;
    options.log = log_;
    return options;
  }

  void live(Durability durability, const std::function<void()>& life) {
    auto runtime = Runtime::open(options_for(whole_, durability));
    ASSERT_TRUE(runtime.ok()) << runtime.status();
    ASSERT_TRUE(runtime->ensure_namespace(NamespaceName("orders")).ok());
    lives_.move_to(*runtime);
    life();
    questions_ = test::Questions::about(lives_, *runtime);
    now_ = clock_->now();
    ASSERT_TRUE(runtime->shutdown(std::chrono::seconds(30)).ok());
  }

  /// A refusal names the file, or what the file leads to or should hold.
  void expect_refusal_to_say_why(const Status& status, const std::string& file) {
    // Digits of a version that became others that are digits, too: a format of later days.
    if (file == "FORMAT" && status.code() == StatusCode::kFailedPrecondition) return;
    ASSERT_EQ(status.code(), StatusCode::kDataLoss) << status;
    const auto* const detail = status.detail<Corruption>();
    ASSERT_NE(detail, nullptr) << status;
    if (!detail->key.empty()) return expect_to_name_what_is_wrong(status);
    EXPECT_GT(detail->reason.size(), 6u) << status;
    // A manifest that has lost its end is a shorter one, which leads to a log of earlier days.
    const bool leads_to_the_log = file.ends_with(".log") || file.starts_with("MANIFEST");
    const bool is_of_the_log = leads_to_the_log && detail->family.ends_with("log");
    const bool is_named_by_it = file == "CURRENT" && detail->family.starts_with("MANIFEST");
    const bool has_no_families = file.starts_with("MANIFEST") && detail->family == "MANIFEST";
    EXPECT_TRUE(detail->family == file || is_of_the_log || is_named_by_it || has_no_families)
        << status;
  }

  /// What can't be read is named by its family and key.
  void expect_to_name_what_is_wrong(const Status& status) {
    ASSERT_EQ(status.code(), StatusCode::kDataLoss) << status;
    const auto* const detail = status.detail<Corruption>();
    ASSERT_NE(detail, nullptr) << status;
    EXPECT_TRUE(is_family(detail->family) && !detail->key.empty() && detail->reason.size() > 6)
        << status;
    unreadable_.insert(detail->family);
  }

  /// Timeouts and the end of retention come by themselves. What hinders them is in the log.
  void expect_chores_done_or_logged(Runtime& runtime, const std::string& file) {
    clock_->advance(std::chrono::hours(1));
    EXPECT_TRUE(testing::fire_timers_now(runtime).ok() || is_fenced_by(file));
    const Namespace orders = runtime.namespace_("orders");
    bool is_all_done = true;
    for (const RunRef& run : lives_.with_deadline()) {
      const auto described = orders.describe(run).get();
      is_all_done &= !described.ok() || is_closed(described->run.status);
    }
    clock_->advance(limits::kDefaultRetention);
    EXPECT_TRUE(testing::reclaim_now(runtime).ok() || is_fenced_by(file));
    const auto described = orders.describe_namespace().get();
    is_all_done &= described.ok() && described->closed_runs == 0;
    RuntimeAccess::engine(runtime)->wait_for_log();
    const bool has_logged = has_logged_what_is_wrong();
    EXPECT_TRUE(is_all_done || has_logged || is_fenced_by(file));
  }

  bool is_fenced_by(const std::string& file) const {
    return std::ranges::any_of(log_->lines(), [&](const std::string& line) {
      return line.find("fenced: ") != line.npos && line.find(file) != line.npos;
    });
  }

  bool has_logged_what_is_wrong() {
    bool has_logged = false;
    for (const std::string& line : log_->lines()) {
      const auto at = line.find(": family ");
      if (at == std::string::npos || line.find("Corruption") == std::string::npos) continue;
      has_logged = true;
      std::istringstream rest(line.substr(at + 9));
      std::string family;
      std::getline(rest, family, ',');
      unreadable_.insert(family);
    }
    return has_logged;
  }

  test::TemporaryDirectory directory_;
  std::shared_ptr<test::CollectingSink> log_ = std::make_shared<test::CollectingSink>();
  const std::shared_ptr<IdSource> ids_ = std::make_shared<testing::SeededIdSource>(1);
  test::Lives lives_{*clock_};
  std::optional<test::Questions> questions_;
  Timestamp now_;  ///< when they were asked

 protected:
  const fs::path whole_ = directory_ / "whole";
  const fs::path copy_ = directory_ / "copy";
};

TEST_P(BitRot, IsLookedForInAStoreThatIsWhole) {
  std::size_t tables = 0;
  for (const fs::path& file : files()) {
    if (file.extension() == ".sst") ++tables;
  }
  EXPECT_GE(tables, core::kFamilies.size() - 2) << "all but those of events and blobs have a table";
  copy_whole();
  expect_right_or_refused("no file");
  EXPECT_EQ(opened_, 1);
  EXPECT_TRUE(unreadable_.empty());
}

TEST_P(BitRot, NeverGoesUnnoticedWhereItMatters) {
  for (const fs::path& file : files()) {
    const std::size_t size = fs::file_size(whole_ / file);
    // The same tables are in the other store, where every byte at their end has its turn.
    const bool is_known = file.extension() == ".sst" && GetParam() == Kept::kInTheLog;
    for (const std::size_t at : places_in(size, is_known ? kLargeStep : kStepAtTheEnd)) {
      const int bit = 1 << at % 8;
      try_with(file, "bit flipped at byte " + std::to_string(at) + " of " + std::to_string(size),
               [&](std::string& bytes) { bytes[at] = static_cast<char>(bytes[at] ^ bit); });
      if (is_never_read(file) || HasFatalFailure()) break;
    }
    for (const std::size_t end : ends_in(size)) {
      try_with(file, "cut at " + std::to_string(end) + " of " + std::to_string(size),
               [end](std::string& bytes) { bytes.resize(end); });
      if (is_never_read(file) || HasFatalFailure()) break;
    }
    if (HasFatalFailure()) return;
  }
  std::printf("%d damages: %d opened, %d refused\n", opened_ + refused_, opened_, refused_);
  EXPECT_GT(refused_, 50) << "the damage was where it matters";
  EXPECT_GT(opened_, 20) << "and also where it does not matter to opening";
  EXPECT_THAT(unreadable_,
              ::testing::IsSupersetOf({"head", "run", "open", "closed", "due", "timer", "meta"}));
}

TEST_P(BitRot, MissingFilesAreNoticed) {
  for (const fs::path& file : files()) {
    if (is_never_read(file)) continue;
    SCOPED_TRACE(file.string());
    copy_whole();
    fs::remove(copy_ / file);
    expect_right_or_refused(file.filename().string());
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, BitRot, ::testing::Values(Kept::kInTables, Kept::kInTheLog),
                         [](const auto& kept) {
                           return kept.param == Kept::kInTables ? "InTables" : "InTheLog";
                         });

}  // namespace
}  // namespace onerun
