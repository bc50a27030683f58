// A process may run out of file descriptors. Whatever can't be opened is refused with
// resource_exhausted, nothing is left behind, and nothing that was acknowledged is lost.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "onerun/onerun.hpp"
#include "tests/support/silent_sink.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun {
namespace {

namespace fs = std::filesystem;

/// How many descriptors the process may have; as before at the end.
class Descriptors : public ::testing::Test {
 protected:
  Descriptors() { ::getrlimit(RLIMIT_NOFILE, &before_); }
  ~Descriptors() override { allow(before_.rlim_cur); }

  static void allow(rlim_t descriptors) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = descriptors;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  void allow_as_before() { allow(before_.rlim_cur); }

  /// The lowest limit under which nothing more can be opened.
  static rlim_t in_use() {
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(next);
    return static_cast<rlim_t>(next);
  }

  Options options() const {
    Options options{.data_dir = directory_ / "data", .log = std::make_shared<test::SilentSink>()};
    options.rocksdb.memtable_bytes = std::size_t{1} << 20;
    options.actor_threads = 1;
    return options;
  }

  static Result<StartResult> start(const Namespace& orders, int number, std::size_t bytes = 0) {
    StartRequest request{.workflow_id = WorkflowId("w" + std::to_string(number))};
    request.input = {Payload::bytes(std::string(bytes, 'x'))};
    return orders.start(std::move(request)).get();
  }

  /// Tries to open with more and more descriptors until it works. Returns how often it did not.
  int open_with_more_and_more() {
    int refused = 0;
    for (rlim_t more = 0;; ++more) {
      allow(in_use() + more);
      const Status opened = Runtime::open(options()).status();
      allow_as_before();
      if (opened.ok()) return refused;
      ++refused;
      EXPECT_EQ(opened.code(), StatusCode::kResourceExhausted) << more << " more: " << opened;
      if (refused > 200 || HasFailure()) return refused;
    }
  }

  void expect_runs(std::size_t least) const {
    auto runtime = Runtime::open(options());
    ASSERT_TRUE(runtime.ok()) << runtime.status();
    const auto all = runtime->list_namespaces();
    ASSERT_TRUE(all.ok() && all->size() == 1);
    EXPECT_GE(all->front().open_runs, least);
  }

  rlimit before_{};
  test::TemporaryDirectory directory_;
};

TEST_F(Descriptors, ThatRunOutWhileAStoreIsMadeLeaveNothingBehind) {
  EXPECT_GT(open_with_more_and_more(), 5);
  auto opened = Runtime::open(options());
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_TRUE(opened->ensure_namespace(NamespaceName("orders")).ok());
}

TEST_F(Descriptors, ThatRunOutWhileAStoreIsOpenedLeaveNothingBehind) {
  {
    auto runtime = Runtime::open(options());
    const auto orders = runtime->ensure_namespace(NamespaceName("orders"));
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(start(*orders, i, 200'000).ok());
  }
  EXPECT_GT(open_with_more_and_more(), 5);
  expect_runs(20);
}

TEST_F(Descriptors, ThatRunOutLaterNeverMakeAnAnswerWrong) {
  int started = 0;
  {
    auto runtime = Runtime::open(options());
    ASSERT_TRUE(runtime.ok()) << runtime.status();
    const auto orders = runtime->ensure_namespace(NamespaceName("orders"));
    ASSERT_TRUE(start(*orders, started++).ok());
    allow(in_use());
    Status refused;
    while (refused.ok() && started < 200) {
      refused = start(*orders, started, 200'000).status();
      if (refused.ok()) ++started;
    }
    EXPECT_EQ(refused.code(), StatusCode::kUnavailable) << "tables could not be made: " << refused;
    for (int i = 0; i < started; ++i) {
      const auto read = orders->describe({WorkflowId("w" + std::to_string(i))}).get();
      EXPECT_NE(read.code(), StatusCode::kNotFound) << "w" << i << ": " << read.status();
    }
    allow_as_before();
  }
  expect_runs(static_cast<std::size_t>(started));
}

/// The tables of a directory that this process has open.
std::size_t open_tables(const fs::path& directory) {
  std::size_t tables = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string name = fs::read_symlink(entry.path(), gone).string();
    if (name.starts_with(directory.string()) && name.ends_with(".sst")) ++tables;
  }
  return tables;
}

TEST_F(Descriptors, ForTablesAreAsManyAsTheOptionSays) {
  Options bounded = options();
  bounded.rocksdb.max_open_files = 32;
  auto runtime = Runtime::open(bounded);
  ASSERT_TRUE(runtime.ok()) << runtime.status();
  const auto orders = runtime->ensure_namespace(NamespaceName("orders"));
  std::size_t most = 0;
  for (int i = 0; i < 400; ++i) {
    ASSERT_TRUE(start(*orders, i, 200'000).ok());
    most = std::max(most, open_tables(directory_ / "data"));
  }
  for (int i = 0; i < 400; ++i) {
    ASSERT_TRUE(orders->describe({WorkflowId("w" + std::to_string(i))}).get().ok());
    most = std::max(most, open_tables(directory_ / "data"));
  }
  EXPECT_LE(most, 32u);
}

}  // namespace
}  // namespace onerun
