// A host may fork. Its children can do nothing to the runtime, nor keep its directory.
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <optional>

#include "onerun/onerun.hpp"
#include "store/data_directory.hpp"
#include "tests/support/silent_sink.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun {
namespace {

/// A child that lives until it is let go.
class Child {
 public:
  explicit Child(const std::function<int()>& life = [] { return 0; }) {
    if (::pipe(pipe_) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::alarm(60);  // rather than to hang
    ::close(pipe_[1]);
    const int result = life();
    char byte = 0;
    static_cast<void>(::read(pipe_[0], &byte, 1));
    ::_exit(result);
  }
  ~Child() { wait(); }

  /// Lets it go, and returns what it has returned.
  int wait() {
    if (pid_ < 0) return -1;
    ::close(pipe_[1]);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    ::close(pipe_[0]);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void kill_and_wait() {
    ::kill(pid_, SIGKILL);
    wait();
  }

 private:
  int pipe_[2];
  pid_t pid_;
};

class Forks : public ::testing::Test {
 protected:
  Result<Runtime> open() const { return open(directory_.path()); }
  static Result<Runtime> open(const std::filesystem::path& data_dir) {
    return Runtime::open({.data_dir = data_dir, .log = std::make_shared<test::SilentSink>()});
  }

  test::TemporaryDirectory directory_;
};

bool is_refused(const Status& status) {
  return status.code() == StatusCode::kFailedPrecondition && status.detail<ShutDown>() != nullptr;
}

TEST_F(Forks, ADirectoryIsFreeAfterShutdownWhileAChildLives) {
  auto runtime = open();
  ASSERT_TRUE(runtime.ok()) << runtime.status();
  const Child child;
  EXPECT_TRUE(runtime->shutdown(std::chrono::seconds(30)).ok());
  const auto again = open();
  EXPECT_TRUE(again.ok()) << again.status();
}

TEST_F(Forks, ADirectoryIsFreeAfterAnOpenThatFailedWhileAChildLives) {
  { const auto made = open(); }
  const auto format = directory_ / "FORMAT";
  std::filesystem::rename(format, directory_ / "aside");
  std::ofstream(format) << "not a format\n";
  std::optional<Child> child;
  {
    auto lock = store::DirectoryLock::own(directory_.path());
    ASSERT_TRUE(lock.ok());
    child.emplace();
  }
  EXPECT_EQ(open().code(), StatusCode::kDataLoss);
  std::filesystem::rename(directory_ / "aside", format);
  const auto again = open();
  EXPECT_TRUE(again.ok()) << again.status();
}

TEST_F(Forks, AChildOfAProcessThatWasKilledDoesNotKeepTheDirectory) {
  int ready[2];
  int end[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(end), 0);
  Child owner([&]() -> int {
    const auto lock = store::DirectoryLock::own(directory_.path());
    const pid_t grandchild = ::fork();
    if (grandchild > 0) ::pause();
    ::close(end[1]);
    static_cast<void>(::write(ready[1], lock.ok() ? "y" : "n", 1));
    char byte = 0;
    static_cast<void>(::read(end[0], &byte, 1));
    ::_exit(0);
  });
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_EQ(store::DirectoryLock::own(directory_.path()).code(), StatusCode::kFailedPrecondition);
  owner.kill_and_wait();
  const auto lock = store::DirectoryLock::own(directory_.path());
  EXPECT_TRUE(lock.ok()) << lock.status();
  for (const int fd : {ready[0], ready[1], end[0], end[1]}) ::close(fd);
}

TEST_F(Forks, AChildIsRefusedAndItsCopiesDoNothingWhenTheyGo) {
  auto opened = open();
  ASSERT_TRUE(opened.ok()) << opened.status();
  std::optional<Runtime> runtime(std::move(*opened));
  std::optional<Namespace> orders(*runtime->ensure_namespace(NamespaceName("orders")));
  ASSERT_TRUE(orders->start({.workflow_id = WorkflowId("a")}).get().ok());
  Child child([&] {
    if (!is_refused(orders->start({.workflow_id = WorkflowId("b")}).get().status())) return 1;
    if (!is_refused(orders->describe({WorkflowId("a")}).get().status())) return 2;
    if (!is_refused(orders->wait_closed({WorkflowId("a")}).get().status())) return 3;
    if (!is_refused(runtime->list_namespaces().status())) return 4;
    if (!is_refused(orders->subscribe({WorkflowId("a")}, [](const auto&) {}).status())) return 5;
    if (runtime->serving()) return 6;
    if (!is_refused(runtime->shutdown(std::chrono::seconds(1)))) return 7;
    runtime.reset();
    orders.reset();
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(orders->start({.workflow_id = WorkflowId("c")}).get().ok());
  EXPECT_EQ(open().code(), StatusCode::kFailedPrecondition) << "the child has kept the lock";
  orders.reset();
  EXPECT_TRUE(runtime->shutdown(std::chrono::seconds(30)).ok());
  const auto again = open();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->list_namespaces()->front().open_runs, 2u);
}

TEST_F(Forks, AChildOfAProcessWithAStoreCanNotOpenOne) {
  { ASSERT_TRUE(open().ok()); }
  const auto other = directory_ / "other";
  Child child([&] { return open(other).code() == StatusCode::kFailedPrecondition ? 0 : 1; });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(open(other).ok()) << "and leaves nothing behind";
}

}  // namespace
}  // namespace onerun
