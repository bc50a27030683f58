// Where a store lies is settled when it is opened: whatever the host does to its working directory
// or to symbolic links afterwards, nothing that was acknowledged is lost, and no other store
// changes.
#include <gtest/gtest.h>

#include <chrono>
#include <climits>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
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
      request.input = {Payload::bytes(std::string(200'000, 'x'))};
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

  /// Drops a runtime in a callback. While that goes on, and so the shutdown, opens the directory
  /// again by another name.
  static void open_while_it_closes(const fs::path& data_dir, const std::function<void()>& move,
                                   const fs::path& other) {
    std::optional<Runtime> runtime(std::move(*Runtime::open(options_for(data_dir))));
    move();
    const auto orders = runtime->ensure_namespace(NamespaceName("orders"));
    const RunRef run{WorkflowId("a")};
    EXPECT_TRUE(orders->start({.workflow_id = run.workflow_id}).get().ok());
    std::promise<void> dropped;
    std::promise<void> opened;
    orders->wait_closed(run).then(
        [&, until = opened.get_future().share()](const Result<RunDescription>&) {
          runtime.reset();
          dropped.set_value();
          until.wait_for(std::chrono::milliseconds(50));  // an opening that waits is not over then
        });
    EXPECT_TRUE(orders->complete(run).get().ok());
    dropped.get_future().wait();
    const Status again = open(other);
    EXPECT_TRUE(again.ok()) << other << ": " << again;
    opened.set_value();
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

TEST_F(Directories, OneThatIsBeingClosedIsInUseForACallbackOfTheClosing) {
  std::optional<Runtime> runtime(std::move(*Runtime::open(options_for(a_))));
  const auto orders = runtime->ensure_namespace(NamespaceName("orders"));
  for (const char* id : {"open", "closed"}) {
    EXPECT_TRUE(orders->start({.workflow_id = WorkflowId(id)}).get().ok());
  }
  std::promise<StatusCode> seen;
  orders->wait_closed({WorkflowId("open")}).then([&](const Result<RunDescription>& waited) {
    EXPECT_NE(waited.status().detail<ShutDown>(), nullptr);
    seen.set_value(open(a_).code());
  });
  orders->wait_closed({WorkflowId("closed")}).then([&](const Result<RunDescription>&) {
    runtime.reset();
  });
  const auto completed = orders->complete({WorkflowId("closed")});
  EXPECT_EQ(seen.get_future().get(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(open(a_).ok());
}

TEST_F(Directories, OneThatIsBeingClosedIsWaitedForByAnyName) {
  const auto stay = [] {};
  open_while_it_closes(a_ / "one", stay, a_ / "one" / "");
  open_while_it_closes(a_ / "two" / "", stay, a_ / "." / "two");
  fs::create_directory_symlink(a_, a_ / "link");
  open_while_it_closes(a_ / "three", stay, a_ / "link" / "three");
  open_while_it_closes(a_ / "link" / "four", stay, a_ / "four");
  fs::current_path(a_);
  const auto leave = [&] { fs::current_path(b_); };
  open_while_it_closes("five", leave, a_ / "five");
}

}  // namespace
}  // namespace onerun
