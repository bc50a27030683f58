// A process may run out of threads, as under a limit of processes. Whatever needs one that can't be
// started is refused with resource_exhausted, and leaves nothing behind.
#include <sys/wait.h>
#include <unistd.h>

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "onerun/onerun.hpp"
#include "tests/support/collecting_sink.hpp"
#include "tests/support/silent_sink.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

constexpr int kAny = -1;

/// How many more threads can be started.
std::atomic<int> threads_left{kAny};

/// How many are refused before that.
std::atomic<int> threads_to_refuse{0};

bool may_start_one() {
  if (threads_to_refuse.load() > 0 && threads_to_refuse.fetch_sub(1) > 0) return false;
  int left = threads_left.load();
  while (left > 0 && !threads_left.compare_exchange_weak(left, left - 1)) {
  }
  return left != 0;
}

}  // namespace

/// In the place of the C library's, for all libraries of the process.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*run)(void*), void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  return may_start_one() ? create(thread, attributes, run, argument) : EAGAIN;
}

namespace onerun {
namespace {

class ThreadsRunOut : public ::testing::TestWithParam<StoreKind> {
 protected:
  ~ThreadsRunOut() override { threads_left = kAny; }

  Options options() const {
    return {.store = GetParam(),
            .data_dir = directory_.path(),
            .actor_threads = 3,
            .log = std::make_shared<test::SilentSink>()};
  }

  test::TemporaryDirectory directory_;
};

/// Runs in a child, which has none of the threads yet that RocksDB starts once in a process.
/// Returns the child's answer, above kFailed if an expectation did not hold.
constexpr int kFailed = 100;
int in_a_new_process(const std::function<int()>& life) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);  // rather than to hang
    const int answer = life();
    std::fflush(nullptr);
    ::_exit(::testing::Test::HasFailure() ? kFailed + 1 : answer);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kFailed + WTERMSIG(status);
}

TEST_P(ThreadsRunOut, AtEachPointOfOpeningAndNothingIsLeftBehind) {
  const auto open_with = [this](int threads) {
    threads_left = threads;
    const Status opened = Runtime::open(options()).status();
    threads_left = kAny;
    if (opened.ok()) return 0;
    EXPECT_EQ(opened.code(), StatusCode::kResourceExhausted) << opened;
    const Status again = Runtime::open(options()).status();
    EXPECT_TRUE(again.ok()) << again;
    return 1;
  };
  int threads = 0;
  for (int answer = 1; answer == 1; ++threads) {
    answer = in_a_new_process([&] { return open_with(threads); });
    EXPECT_LT(answer, kFailed) << "after " << threads << " threads";
  }
  const int own = GetParam() == StoreKind::kMemory ? 0 : 3;
  EXPECT_EQ(threads - 1, own + 3 + 2) << "RocksDB's, of actors, of the commit log and of chores";
}

TEST_P(ThreadsRunOut, WhenASubscriptionNeedsItsFirst) {
  const auto life = [this] {
    auto runtime = Runtime::open(options());
    const auto orders = runtime->ensure_namespace(NamespaceName("orders"));
    EXPECT_TRUE(orders->start({.workflow_id = WorkflowId("a")}).get().ok());
    threads_left = 0;
    const auto ignore = [](const Result<HistoryPage>&) {};
    EXPECT_EQ(orders->subscribe({WorkflowId("a")}, ignore).code(), StatusCode::kResourceExhausted);
    EXPECT_TRUE(orders->start({.workflow_id = WorkflowId("b")}).get().ok());
    threads_left = kAny;
    EXPECT_TRUE(orders->subscribe({WorkflowId("a")}, ignore).ok());
    return 0;
  };
  EXPECT_EQ(in_a_new_process(life), 0);
}

TEST_P(ThreadsRunOut, ALineOfTheLogComesWithoutAThread) {
  const auto life = [this] {
    const auto log = std::make_shared<test::CollectingSink>();
    Options logged = options();
    logged.log = log;
    auto runtime = Runtime::open(logged);
    const auto orders = runtime->ensure_namespace(NamespaceName("orders"));
    EXPECT_TRUE(orders->start({.workflow_id = WorkflowId("a")}).get().ok());
    const auto subscription = orders->subscribe({WorkflowId("a")}, [](const Result<HistoryPage>&) {
      if (threads_left == 0) throw std::runtime_error("no more of them");
    });
    EXPECT_TRUE(subscription.ok());
    EXPECT_TRUE(log->lines().empty()) << "the thread for lines would be there";
    threads_left = 0;
    EXPECT_TRUE(orders->signal({WorkflowId("a")}, {.name = "more"}).get().ok());
    while (log->lines().empty()) std::this_thread::yield();
    EXPECT_NE(log->lines().front().find("no more of them"), std::string::npos);
    return 0;
  };
  EXPECT_EQ(in_a_new_process(life), 0);
}

TEST_P(ThreadsRunOut, WhileTheStoreWritesTables) {
  const auto life = [this] {
    Options small = options();
    small.rocksdb.memtable_bytes = std::size_t{1} << 20;
    auto runtime = Runtime::open(small);
    const auto orders = runtime->ensure_namespace(NamespaceName("orders"));
    threads_left = 0;
    for (int i = 0; i < 50; ++i) {
      StartRequest request{.workflow_id = WorkflowId("w" + std::to_string(i))};
      request.input = {Payload::bytes(std::string(200'000, 'x'))};
      EXPECT_TRUE(orders->start(std::move(request)).get().ok());
    }
    EXPECT_TRUE(runtime->shutdown(std::chrono::seconds(30)).ok());
    return 0;
  };
  EXPECT_EQ(in_a_new_process(life), 0);
}

TEST_P(ThreadsRunOut, WhenARuntimeIsDroppedInACallbackAndTheNextOpeningClosesIt) {
  const auto life = [this] {
    std::optional<Runtime> runtime(std::move(*Runtime::open(options())));
    const auto orders = runtime->ensure_namespace(NamespaceName("orders"));
    const RunRef run{WorkflowId("a")};
    EXPECT_TRUE(orders->start({.workflow_id = run.workflow_id}).get().ok());
    std::promise<void> dropped;
    orders->wait_closed(run).then([&](const Result<RunDescription>&) {
      threads_to_refuse = 2;  // one now, and one when it is opened again
      runtime.reset();
      dropped.set_value();
    });
    EXPECT_TRUE(orders->complete(run).get().ok());
    dropped.get_future().wait();
    const Status again = Runtime::open(options()).status();
    EXPECT_TRUE(again.ok()) << again;
    EXPECT_LE(threads_to_refuse, 0);
    return 0;
  };
  EXPECT_EQ(in_a_new_process(life), 0);
}

INSTANTIATE_TEST_SUITE_P(Stores, ThreadsRunOut,
                         ::testing::Values(StoreKind::kMemory, StoreKind::kRocksDb),
                         [](const auto& store) { return std::string(to_string(store.param)); });

}  // namespace
}  // namespace onerun
