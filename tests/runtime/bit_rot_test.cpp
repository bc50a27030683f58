// Bytes that rot: whatever is flipped or cut off in whichever file, a runtime serves what was
// acknowledged, or refuses and says why. It is never silent.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>

#include "onerun/onerun.hpp"
#include "tests/support/runtimes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun {
namespace {

namespace fs = std::filesystem;

constexpr int kLargeRuns = 250;  // fill table files
constexpr int kSmallRuns = 50;   // are in the log alone
constexpr int kFlipsOfAFile = 24;

std::string payload_of(int run) {
  return std::string(run < kLargeRuns ? 10'000 : 10, static_cast<char>('a' + run % 26)) +
         std::to_string(run);
}

WorkflowId id_of(int run) { return WorkflowId("id-" + std::to_string(run)); }

Options options_for(const fs::path& directory) {
  Options options{.data_dir = directory};
  options.rocksdb.memtable_bytes = std::size_t{1} << 20;
  options.log = std::make_shared<test::CollectingSink>();
  return options;
}

class BitRot : public ::testing::Test {
 protected:
  BitRot() {
    auto runtime = Runtime::open(options_for(whole_));
    const auto orders = runtime->ensure_namespace(NamespaceName("orders"));
    for (int run = 0; run < kLargeRuns + kSmallRuns; ++run) {
      StartRequest request{.workflow_id = id_of(run)};
      request.input = {payload_of(run), "text/plain"};
      EXPECT_TRUE(orders->start(request).get().ok());
    }
    EXPECT_TRUE(runtime->shutdown(std::chrono::seconds(30)).ok());
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
    const fs::path copy = directory_ / "copy";
    fs::remove_all(copy);
    fs::copy(whole_, copy, fs::copy_options::recursive);
    std::string bytes = read(copy / file);
    damage(bytes);
    std::ofstream(copy / file, std::ios::binary | std::ios::trunc) << bytes;
    expect_right_or_refused(copy, file.filename().string());
  }

  static std::string read(const fs::path& file) {
    std::stringstream bytes;
    bytes << std::ifstream(file, std::ios::binary).rdbuf();
    return bytes.str();
  }

  /// A refusal names the file, or one that the file leads to or should hold.
  void expect_refusal_to_say_why(const Status& status, const std::string& file) {
    // Digits of a version that became others that are digits, too: a format of later days.
    if (file == "FORMAT" && status.code() == StatusCode::kFailedPrecondition) return;
    ASSERT_EQ(status.code(), StatusCode::kDataLoss) << status;
    const auto* const detail = status.detail<Corruption>();
    ASSERT_NE(detail, nullptr) << status;
    EXPECT_GT(detail->reason.size(), 6u) << status;
    const bool is_of_the_log = file.ends_with(".log") && detail->family == "log";
    const bool is_named_by_it = file == "CURRENT" && detail->family.starts_with("MANIFEST");
    EXPECT_TRUE(detail->family == file || is_of_the_log || is_named_by_it) << status;
  }

  void expect_right_or_refused(const fs::path& directory, const std::string& file) {
    const auto runtime = Runtime::open(options_for(directory));
    if (!runtime.ok()) {
      ++refused_;
      return expect_refusal_to_say_why(runtime.status(), file);
    }
    ++opened_;
    const Namespace orders = runtime->namespace_("orders");
    for (int run = 0; run < kLargeRuns + kSmallRuns; run += 7) {
      const auto found = orders.describe({id_of(run)}).get();
      if (!found.ok()) {
        EXPECT_EQ(found.code(), StatusCode::kDataLoss) << found.status();
        ASSERT_NE(found.status().detail<Corruption>(), nullptr) << found.status();
        EXPECT_FALSE(found.status().detail<Corruption>()->family.empty());
        continue;
      }
      EXPECT_EQ(found->input.data, payload_of(run));
      // At most one open run: nothing that rots may let a second one start.
      const auto second = orders.start({.workflow_id = id_of(run)}).get();
      EXPECT_FALSE(second.ok());
    }
  }

  test::TemporaryDirectory directory_;
  const fs::path whole_ = directory_ / "whole";
  int opened_ = 0;
  int refused_ = 0;
};

TEST_F(BitRot, NeverGoesUnnoticedWhereItMatters) {
  for (const fs::path& file : files()) {
    const std::size_t size = fs::file_size(whole_ / file);
    for (int i = 0; i < kFlipsOfAFile && size > 0; ++i) {
      const std::size_t at = size * static_cast<std::size_t>(i) / kFlipsOfAFile;
      try_with(file, "bit flipped at byte " + std::to_string(at),
               [at](std::string& bytes) { bytes[at] = static_cast<char>(bytes[at] ^ 0x10); });
      if (HasFatalFailure()) return;
    }
    for (const std::size_t percent : {0u, 1u, 50u, 99u}) {
      try_with(file, "cut to " + std::to_string(percent) + " %",
               [&](std::string& bytes) { bytes.resize(bytes.size() * percent / 100); });
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(refused_, 50) << "the damage was where it matters";
  EXPECT_GT(opened_, 20) << "and also where it does not matter to opening";
}

TEST_F(BitRot, MissingFilesAreNoticed) {
  for (const fs::path& file : files()) {
    const std::string name = file.filename().string();
    // Made anew, or never read.
    if (name == "LOCK" || name == "IDENTITY" || name.starts_with("OPTIONS")) continue;
    SCOPED_TRACE(file.string());
    const fs::path copy = directory_ / "copy";
    fs::remove_all(copy);
    fs::copy(whole_, copy, fs::copy_options::recursive);
    fs::remove(copy / file);
    expect_right_or_refused(copy, name);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace onerun
