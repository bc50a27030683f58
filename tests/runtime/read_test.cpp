// What is read of a run is as of one instant, whatever changes between the reads of the store.
#include <gtest/gtest.h>

#include "onerun/testing.hpp"
#include "runtime/engine.hpp"
#include "tests/support/silent_sink.hpp"
#include "tests/support/stores.hpp"

namespace onerun {
namespace {

const NamespaceName kOrders("orders");
const WorkflowId kId("a");

/// An engine whose workflow id is changed while somebody reads it.
class Read {
 public:
  Read() {
    auto store = std::make_unique<test::FaultyStore>();
    store_ = store.get();
    auto engine = runtime::Engine::open({.clock = std::make_shared<testing::ManualClock>(),
                                         .ids = std::make_shared<testing::SeededIdSource>(1),
                                         .log = std::make_shared<test::SilentSink>()},
                                        std::move(store), runtime::Threads::kNone);
    engine_ = std::move(*engine);
    EXPECT_TRUE(done(engine_->register_namespace(kOrders, {})).ok());
  }

  RunId start() { return start({.workflow_id = kId}); }

  /// It has the open run asked to cancel.
  void start_one_that_waits() {
    start({.workflow_id = kId,
           .conflict_policy = ConflictPolicy::kCancelExisting,
           .queue_timeout = std::chrono::seconds(1)});
  }

  void complete() { change(core::CloseCommand{.run = {kId}, .status = RunStatus::kCompleted}); }

  void reset(const RunId& run) {
    change(core::ResetCommand{{kId, run}, {.event_id = 1, .request_id = RequestId("again")}});
  }

  /// Describes the run; something happens before the n-th read of that family.
  RunDescription describe(const RunId& run_id, core::Family family, int n,
                          const std::function<void()>& change) {
    store_->before_get = [this, family, left = n, change](core::Family read, auto) mutable {
      if (read != family || --left > 0) return Status();
      const auto happens = change;
      store_->before_get = [](core::Family, auto) { return Status(); };
      happens();
      return Status();
    };
    const auto described = engine_->describe(kOrders, {kId, run_id}).get();
    EXPECT_TRUE(described.ok()) << described.status();
    return described.ok() ? *described : RunDescription();
  }

 private:
  RunId start(const StartRequest& request) {
    return done(engine_->start(kOrders, request))->run_id;
  }

  template <class Answer>
  Answer done(Future<Answer> future) {
    engine_->work_until_idle();
    return future.get();
  }

  void change(core::Command command) {
    const auto answer =
        done(engine_->change_run(kOrders, metrics::Operation::kComplete, std::move(command)));
    EXPECT_TRUE(answer.ok()) << answer.status();
  }

  test::FaultyStore* store_ = nullptr;
  std::shared_ptr<runtime::Engine> engine_;
};

/// Before each read that describing a run makes, and one more.
void at_each_read(const std::function<void(Read&, core::Family, int)>& try_it) {
  for (const auto family : {core::Family::kHead, core::Family::kRun}) {
    for (const int n : {1, 2, 3}) {
      SCOPED_TRACE(std::string(name_of(family)) + " " + std::to_string(n));
      Read read;
      try_it(read, family, n);
    }
  }
}

TEST(Reads, ARunAndItsQueueAreOfOneInstant) {
  for (const bool is_named : {false, true}) {
    at_each_read([&](Read& read, core::Family family, int n) {
      const RunId run = read.start();
      const RunDescription described =
          read.describe(is_named ? run : RunId(), family, n, [&] { read.start_one_that_waits(); });
      EXPECT_TRUE(described.is_current);
      EXPECT_EQ(described.queued_starts, described.run.cancel_requested ? 1U : 0U);
      EXPECT_EQ(described.history_length, described.run.cancel_requested ? 2U : 1U);
    });
  }
}

TEST(Reads, ARunThatWasResetIsNotTheCurrentOne) {
  at_each_read([](Read& read, core::Family family, int n) {
    const RunId run = read.start();
    read.complete();
    const RunDescription described = read.describe(run, family, n, [&] { read.reset(run); });
    EXPECT_EQ(described.is_current, described.reset_run_id.empty());
  });
}

TEST(Reads, TheCurrentRunIsTheOneThatIs) {
  at_each_read([](Read& read, core::Family family, int n) {
    read.start();
    const RunDescription described = read.describe({}, family, n, [&] {
      read.complete();
      read.start();
    });
    EXPECT_TRUE(described.is_current);
    EXPECT_EQ(described.run.status, RunStatus::kRunning);
  });
}

}  // namespace
}  // namespace onerun
