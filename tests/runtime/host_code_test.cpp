// Code of the host's that the runtime calls: whatever it throws becomes a status or a line of the
// log, and whatever it asks of the runtime is answered or refused.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

/// Does what the test wants when it is read.
class HostClock final : public Clock {
 public:
  Timestamp now() const override {
    if (fails) throw std::runtime_error("the time source is away");
    if (throws_number) throw 42;
    if (calls_back) calls_back();
    return time.now();
  }

  std::atomic<bool> fails{false};
  std::atomic<bool> throws_number{false};
  std::function<void()> calls_back;
  testing::ManualClock time;
};

class HostIds final : public IdSource {
 public:
  RunId next_run_id(Timestamp now) override {
    if (fails) throw std::runtime_error("no entropy");
    if (calls_back) calls_back();
    return ids.next_run_id(now);
  }
  Uuid next_namespace_id() override {
    if (fails) throw std::runtime_error("no entropy");
    return ids.next_namespace_id();
  }

  std::atomic<bool> fails{false};
  std::function<void()> calls_back;
  testing::SeededIdSource ids{1};
};

class HostSink final : public LogSink {
 public:
  bool enabled(LogLevel) const override { return true; }
  void write(const LogRecord& record) override {
    if (const auto call = take_call()) call();
    lines.write(record);
  }

  /// What it does with the next line.
  void call_back_once(std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    call_ = std::move(call);
  }

  test::CollectingSink lines;

 private:
  std::function<void()> take_call() {
    const std::lock_guard lock(mutex_);
    return std::exchange(call_, nullptr);
  }

  std::mutex mutex_;
  std::function<void()> call_;
};

class HostCode : public ::testing::TestWithParam<StoreKind> {
 protected:
  HostCode() { open(); }

  void open() {
    auto opened = Runtime::open(options_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    runtime_.emplace(std::move(*opened));
    orders_.emplace(*runtime_->ensure_namespace(NamespaceName("orders")));
  }

  Result<StartResult> start(StartRequest request) {
    return orders_->start(std::move(request)).get();
  }
  Result<StartResult> start(const std::string& id) {
    return start(StartRequest{.workflow_id = WorkflowId(id)});
  }

  bool has_logged(const std::string& text) {
    RuntimeAccess::engine(*runtime_)->wait_for_log();
    return std::ranges::any_of(sink_->lines.lines(), [&](const std::string& line) {
      return line.find(text) != std::string::npos;
    });
  }

  static void expect_refused(const Status& status, const std::string& reason) {
    EXPECT_EQ(status.code(), StatusCode::kUnavailable);
    EXPECT_NE(status.message().find(reason), std::string_view::npos) << status;
  }

  test::TemporaryDirectory directory_;
  std::shared_ptr<HostClock> clock_ = std::make_shared<HostClock>();
  std::shared_ptr<HostIds> ids_ = std::make_shared<HostIds>();
  std::shared_ptr<HostSink> sink_ = std::make_shared<HostSink>();
  Options options_{.store = GetParam(),
                   .data_dir = directory_.path(),
                   .clock = clock_,
                   .ids = ids_,
                   .log = sink_};
  std::optional<Runtime> runtime_;
  std::optional<Namespace> orders_;
};

// ---- what it throws ----

TEST_P(HostCode, AnswersWhatTheClockHasThrown) {
  for (std::atomic<bool>* way : {&clock_->fails, &clock_->throws_number}) {
    *way = true;
    const RunRef run{WorkflowId("a")};
    const std::string reason = "the clock has failed: ";
    expect_refused(start("a").status(), reason);
    expect_refused(orders_->start_batch({{.workflow_id = run.workflow_id}}).get().status(), reason);
    expect_refused(orders_->describe(run).get().status(), reason);
    expect_refused(orders_->complete(run).get().status(), reason);
    expect_refused(orders_->wait_closed(run).get().status(), reason);
    expect_refused(orders_->update_namespace({}).get().status(), reason);
    expect_refused(orders_->count().get().status(), reason);
    *way = false;
  }
  EXPECT_TRUE(start("a").ok());
}

TEST_P(HostCode, FiresTimersWhenTheClockWorksAgain) {
  ASSERT_TRUE(start({.workflow_id = WorkflowId("a"), .run_timeout = std::chrono::seconds(2)}).ok());
  auto closed = orders_->wait_closed({WorkflowId("a")});
  clock_->fails = true;
  while (!has_logged("the clock has failed: the time source is away")) std::this_thread::yield();
  clock_->time.advance(std::chrono::seconds(3));
  clock_->fails = false;
  EXPECT_EQ(closed.get()->run.status, RunStatus::kTimedOut);
}

TEST_P(HostCode, DoesNotOpenWithoutAClock) {
  runtime_.reset();
  clock_->fails = true;
  expect_refused(Runtime::open(options_).status(), "the clock has failed");
  clock_->fails = false;
  EXPECT_TRUE(Runtime::open(options_).ok());
}

TEST_P(HostCode, AnswersWhatTheIdSourceHasThrown) {
  ids_->fails = true;
  expect_refused(start("a").status(), "the id source has failed: no entropy");
  expect_refused(runtime_->namespace_("other").register_namespace().get().status(), "no entropy");
  ids_->fails = false;
  EXPECT_TRUE(start("a").ok());
  EXPECT_EQ(test::value(*registry_of(*runtime_), "onerun_actors_restarted_total"), 0);
}

TEST_P(HostCode, LogsWhatACallbackHasThrown) {
  std::promise<void> called;
  orders_->start({.workflow_id = WorkflowId("a")}).then([](const Result<StartResult>&) {
    throw std::runtime_error("a bug of the host's");
  });
  orders_->start({.workflow_id = WorkflowId("b")}).then([](const Result<StartResult>&) {
    throw 42;
  });
  EXPECT_TRUE(start("c").ok());
  while (!has_logged("a callback has thrown: a bug of the host's")) std::this_thread::yield();
  while (!has_logged("has thrown: an object that is no std::exception")) std::this_thread::yield();
}

/// A coroutine that lets what it throws out of itself.
struct Careless {
  struct promise_type {
    Careless get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {
      thrown = std::coroutine_handle<promise_type>::from_promise(*this);
      throw;
    }
  };
  /// Stands at its end, and is not destroyed by itself.
  static inline std::coroutine_handle<> thrown;
};

Careless start_and_throw(Namespace orders) {
  StartRequest request{.workflow_id = WorkflowId("a")};
  static_cast<void>(co_await orders.start(std::move(request)));
  throw std::runtime_error("a bug of the host's");
}

TEST_P(HostCode, LogsWhatACoroutineHasThrown) {
  start_and_throw(*orders_);
  EXPECT_TRUE(start("b").ok());
  while (!has_logged("a callback has thrown: a bug of the host's")) std::this_thread::yield();
  std::exchange(Careless::thrown, {}).destroy();
}

TEST_P(HostCode, LogsWhatAHandlerOfEventsHasThrownAndEndsItsSubscription) {
  ASSERT_TRUE(start("a").ok());
  const auto subscription =
      orders_->subscribe({WorkflowId("a")}, [](const Result<HistoryPage>&) { throw 42; });
  while (subscription->active()) std::this_thread::yield();
  while (!has_logged("a handler of events has thrown")) std::this_thread::yield();
  EXPECT_TRUE(start("b").ok());
}

// ---- what it asks ----

TEST_P(HostCode, AnswersASinkThatAsks) {
  ASSERT_TRUE(start("a").ok());
  std::promise<Status> described;
  std::promise<Status> started;
  std::promise<Status> ended;
  sink_->call_back_once([&] {
    described.set_value(orders_->describe({WorkflowId("a")}).get().status());
    started.set_value(start("of the sink").status());
    ended.set_value(runtime_->shutdown(std::chrono::seconds(1)));
  });
  orders_->start({.workflow_id = WorkflowId("b")}).then([](const Result<StartResult>&) {
    throw std::runtime_error("a line for the log");
  });
  EXPECT_TRUE(described.get_future().get().ok());
  EXPECT_TRUE(started.get_future().get().ok());
  EXPECT_EQ(ended.get_future().get().code(), StatusCode::kFailedPrecondition);
}

TEST_P(HostCode, LetsASinkDestroyTheRuntime) {
  std::promise<void> destroyed;
  sink_->call_back_once([&] {
    runtime_.reset();
    destroyed.set_value();
  });
  orders_->start({.workflow_id = WorkflowId("a")}).then([](const Result<StartResult>&) {
    throw std::runtime_error("a line for the log");
  });
  destroyed.get_future().wait();
  open();  // waits until the directory is free
  if (GetParam() == StoreKind::kRocksDb) {
    EXPECT_EQ(*orders_->count().get(), 1u);
  }
}

TEST_P(HostCode, RefusesAClockThatAsksForWhatNeedsTheClock) {
  ASSERT_TRUE(start("a").ok());
  std::atomic<int> asked{0};
  std::optional<Status> described;
  std::optional<Status> started;
  std::optional<Status> ended;
  clock_->calls_back = [&] {
    if (asked.fetch_add(1) > 0) return;
    described = orders_->describe({WorkflowId("a")}).get().status();
    started = start("of the clock").status();
    ended = runtime_->shutdown(std::chrono::seconds(1));
  };
  EXPECT_TRUE(orders_->describe({WorkflowId("a")}).get().ok());
  runtime_.reset();
  clock_->calls_back = nullptr;
  EXPECT_EQ(described->code(), StatusCode::kUnavailable) << *described;
  EXPECT_EQ(started->code(), StatusCode::kUnavailable) << *started;
  EXPECT_EQ(ended->code(), StatusCode::kFailedPrecondition) << *ended;
}

TEST_P(HostCode, RefusesAnIdSourceThatWaits) {
  std::optional<Status> described;
  std::optional<Status> started;
  ids_->calls_back = [&] {
    if (described) return;
    described = orders_->describe({WorkflowId("a")}).get().status();
    started = start("of the id source").status();
  };
  EXPECT_TRUE(start("b").ok());
  runtime_.reset();  // what the id source has started may ask it again until then
  ids_->calls_back = nullptr;
  EXPECT_EQ(described->code(), StatusCode::kNotFound) << *described;
  EXPECT_EQ(started->code(), StatusCode::kFailedPrecondition) << *started;
}

TEST(HostSinkTest, MayReadWhileRocksDbLogs) {
  const test::TemporaryDirectory directory;
  const auto sink = std::make_shared<HostSink>();
  Options options{.data_dir = directory.path(), .log = sink};
  options.rocksdb.memtable_bytes = 1 << 20;
  auto runtime = Runtime::open(options);
  ASSERT_TRUE(runtime.ok());
  const auto orders = *runtime->ensure_namespace(NamespaceName("orders"));
  std::atomic<int> answered{0};
  sink->call_back_once([&] {
    static_cast<void>(orders.describe({WorkflowId("0")}).get());
    ++answered;
  });
  for (int i = 0; i < 60 && answered == 0; ++i) {
    const auto started = orders
                             .start({.workflow_id = WorkflowId(std::to_string(i)),
                                     .input = {Payload::bytes(std::string(1'000'000, 'x'))}})
                             .get();
    ASSERT_TRUE(started.ok()) << started.status();
  }
  EXPECT_TRUE(runtime->shutdown(std::chrono::seconds(60)).ok());
  EXPECT_GT(answered, 0) << "RocksDB has said nothing";
}

INSTANTIATE_TEST_SUITE_P(Stores, HostCode,
                         ::testing::Values(StoreKind::kMemory, StoreKind::kRocksDb),
                         test::name_of_store);

}  // namespace
}  // namespace onerun
