// Where a store lies is settled when it is opened: whatever the host does to its working directory
// or to symbolic links afterwards, nothing that was acknowledged is lost, and no other store
// changes.
#include <gtest/gtest.h>

#include <climits>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/keys.hpp"
#include "onerun/onerun.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/support/silent_sink.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun {
namespace {

namespace fs = std::filesystem;

/// Two directories, `a` and `b`, and the working directory as it was at the end.
class Directories : public ::testing::Test {
 protected:
  Directories() {
    fs::create_directory(a_);
    fs::create_directory(b_);
  }
  ~Directories() override { fs::current_path(before_); }

  static Options options_for(const fs::path& data_dir) {
    Options options{.data_dir = data_dir, .log = std::make_shared<test::SilentSink>()};
    options.rocksdb.memtable_bytes = std::size_t{1} << 20;
    options.actor_threads = 1;
    return options;
  }

  /// More than memtables and buffers hold: RocksDB makes files, and looks names up.
  static void start_enough_for_tables(const Namespace& orders) {
    for (int i = 0; i < kRuns; ++i) {
      StartRequest request{.workflow_id = WorkflowId("w" + std::to_string(i))};
      request.input.data.assign(200'000, 'x');
      const auto started = orders.start(std::move(request)).get();
      ASSERT_TRUE(started.ok()) << "start " << i << ": " << started.status();
    }
  }

  static void expect_runs(const fs::path& data_dir, std::uint64_t runs) {
    const auto runtime = Runtime::open(options_for(data_dir));
    ASSERT_TRUE(runtime.ok()) << runtime.status();
    const auto all = runtime->list_namespaces();
    ASSERT_TRUE(all.ok() && all->size() == 1);
    EXPECT_EQ(all->front().open_runs, runs) << data_dir;
  }

  void open_fill_and_move(const fs::path& data_dir, const std::function<void()>& move) {
    auto runtime = Runtime::open(options_for(data_dir));
    ASSERT_TRUE(runtime.ok()) << runtime.status();
    const auto orders = runtime->ensure_namespace(NamespaceName("orders"));
    move();
    start_enough_for_tables(*orders);
    EXPECT_TRUE(runtime->shutdown(std::chrono::seconds(30)).ok());
  }

  static Status open(const fs::path& data_dir) {
    return Runtime::open(options_for(data_dir)).status();
  }

  static constexpr int kRuns = 40;
  const fs::path before_ = fs::current_path();
  test::TemporaryDirectory directory_;
  const fs::path a_ = fs::canonical(directory_.path()) / "a";
  const fs::path b_ = fs::canonical(directory_.path()) / "b";
};

TEST_F(Directories, ARelativeOneStaysWhereItWasOpened) {
  fs::current_path(a_);
  open_fill_and_move("data", [&] { fs::current_path(b_); });
  EXPECT_FALSE(fs::exists(b_ / "data"));
  expect_runs(a_ / "data", kRuns);
}

TEST_F(Directories, ARelativeOneLeavesTheStoreOfThatNameElsewhereAlone) {
  {
    const auto bystander = Runtime::open(options_for(b_ / "data"));
    const auto theirs = bystander->namespace_("theirs");
    ASSERT_TRUE(theirs.register_namespace().get().ok());
    ASSERT_TRUE(theirs.start({.workflow_id = WorkflowId("w")}).get().ok());
  }
  fs::current_path(a_);
  open_fill_and_move("data", [&] { fs::current_path(b_); });
  expect_runs(b_ / "data", 1);
  expect_runs(a_ / "data", kRuns);
}

TEST_F(Directories, ASymbolicLinkIsFollowedOnce) {
  const fs::path link = directory_ / "current";
  fs::create_symlink(a_, link);
  open_fill_and_move(link / "data", [&] {
    fs::remove(link);
    fs::create_symlink(b_, link);
  });
  EXPECT_TRUE(fs::is_empty(b_));
  expect_runs(a_ / "data", kRuns);
}

TEST_F(Directories, AReaderStaysWhereItWasOpened) {
  fs::current_path(a_);
  open_fill_and_move("data", [] {});
  const auto store = store::open_rocksdb_store_to_read({.data_dir = "data"});
  ASSERT_TRUE(store.ok()) << store.status();
  fs::current_path(b_);
  int entries = 0;
  const Status scanned =
      (*store)->scan(core::Family::kHead, "", std::string(8, '\xff'), [&](auto, auto) {
        ++entries;
        return true;
      });
  EXPECT_TRUE(scanned.ok()) << scanned;
  EXPECT_EQ(entries, kRuns);
}

TEST_F(Directories, NamesThatCanNotBeOneAreRefusedByTheField) {
  const std::string too_deep = "/" + std::string(PATH_MAX - 40, 'x');
  for (const std::string& name : {std::string(), a_.string() + std::string(1, '\0'), too_deep}) {
    const Status refused = open(name);
    EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument) << refused;
    const auto* const field = refused.detail<InvalidField>();
    ASSERT_NE(field, nullptr) << refused;
    EXPECT_EQ(field->field, "data_dir");
  }
  EXPECT_TRUE(fs::is_empty(a_));
  const Status too_long = open(a_ / std::string(NAME_MAX + 1, 'x'));
  EXPECT_EQ(too_long.code(), StatusCode::kInvalidArgument) << too_long;
  fs::create_symlink("circle", a_ / "circle");
  EXPECT_EQ(open(a_ / "circle").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(store::open_rocksdb_store_to_read({}).code(), StatusCode::kInvalidArgument);
}

TEST_F(Directories, ARelativeNameNeedsAWorkingDirectory) {
  fs::current_path(a_);
  fs::remove(a_);
  const Status refused = open("data");
  EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition) << refused;
  EXPECT_NE(refused.message().find("working directory"), std::string_view::npos) << refused;
  EXPECT_EQ(store::open_rocksdb_store_to_read({.data_dir = "data"}).code(),
            StatusCode::kFailedPrecondition);
  EXPECT_TRUE(open(b_ / "data").ok()) << "a name from the root on needs none";
}

}  // namespace
}  // namespace onerun
