// What is read of a run is as of one instant, whatever changes between the reads of the store.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "core/keys.hpp"
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

  void start_as(const RunId& run_id) { start({.workflow_id = kId, .run_id = run_id}); }

  void start_another() {
    start({.workflow_id = kId, .conflict_policy = ConflictPolicy::kTerminateExisting});
  }

  /// It has the open run asked to cancel.
  RunId start_one_that_waits() {
    return start({.workflow_id = kId,
                  .conflict_policy = ConflictPolicy::kCancelExisting,
                  .queue_timeout = std::chrono::seconds(1)});
  }

  void complete() { change(core::CloseCommand{.run = {kId}, .status = RunStatus::kCompleted}); }

  void reset(const RunId& run) {
    change(core::ResetCommand{{kId, run}, {.event_id = 1, .request_id = RequestId("again")}});
  }

  void remove(const RunId& run) { change(core::RemoveCommand{{kId, run}}); }

  RunId start_with_retries() { return start({.workflow_id = kId, .retry_policy = RetryPolicy()}); }

  Status fail(const RunId& run) {
    const core::CloseCommand command{.run = {kId, run}, .status = RunStatus::kFailed};
    return done(engine_->change_run(kOrders, metrics::Operation::kFail, command)).status();
  }

  std::string history_of(const RunId& run) const {
    return test::get(*store_, core::Family::kRun, core::keys::run(1, run));
  }

  /// As no runtime does it.
  void put_history(const RunId& run, const std::string& history) {
    const auto put = [&](core::WriteSet& writes) {
      writes.put(core::Family::kRun, core::keys::run(1, run), history);
    };
    EXPECT_TRUE(test::commit(*store_, 1, put).ok());
  }

  /// As no runtime does it.
  void lose_head() {
    const auto erase = [](core::WriteSet& writes) {
      writes.erase(core::Family::kHead, core::keys::head(core::NamespaceNumber{1}, kId));
    };
    EXPECT_TRUE(test::commit(*store_, 1, erase).ok());
  }

  Result<RunDescription> try_to_describe(const RunId& run_id) {
    return engine_->describe(kOrders, {kId, run_id}).get();
  }

  /// Something happens before the n-th read of that family from now on; 0: before each.
  void before_read(core::Family family, int n, std::function<void()> change) {
    const auto hook = std::make_shared<Hook>(Hook{family, n, std::move(change)});
    store_->before_get = [hook](core::Family read, auto) {
      const auto self = hook;  // what happens may put another one in its place
      if (read != self->family || self->is_changing) return Status();
      if (++self->reads != self->n && self->n > 0) return Status();
      self->is_changing = true;
      self->change();
      self->is_changing = false;
      return Status();
    };
  }

  /// Describes the run; something happens before the n-th read of that family.
  RunDescription describe(const RunId& run_id, core::Family family, int n,
                          std::function<void()> change) {
    before_read(family, n, std::move(change));
    const auto described = try_to_describe(run_id);
    EXPECT_TRUE(described.ok()) << described.status();
    return described.ok() ? *described : RunDescription();
  }

 private:
  struct Hook {
    core::Family family;
    int n;
    std::function<void()> change;
    int reads = 0;
    bool is_changing = false;
  };

  RunId start(StartRequest request) {
    return done(engine_->start(kOrders, std::move(request)))->run_id;
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

TEST(Reads, AStartThatWaitsIsToldWithItsPlaceOrAsTheRunThatItBegan) {
  at_each_read([](Read& read, core::Family family, int n) {
    read.start();
    const RunId waits = read.start_one_that_waits();
    const RunDescription described = read.describe(waits, family, n, [&] { read.complete(); });
    const bool has_begun = described.run.status == RunStatus::kRunning;
    EXPECT_EQ(described.queue_position, has_begun ? 0U : 1U);
    EXPECT_EQ(described.is_current, has_begun);
    EXPECT_EQ(described.history_length, has_begun ? 1U : 0U);
  });
}

TEST(Reads, ARunThatComesAndGoesMeanwhileIsNoDamage) {
  const RunId own(std::string_view("own"));
  Read read;
  read.before_read(core::Family::kRun, 1, [&] {
    read.start_as(own);
    read.before_read(core::Family::kHead, 1, [&] { read.remove(own); });
  });
  EXPECT_EQ(read.try_to_describe(own).code(), StatusCode::kNotFound);
}

TEST(Reads, AClosedRunIsReadBesideAnIdThatNeverRests) {
  Read read;
  const RunId run = read.start();
  read.start_another();
  const RunDescription described =
      read.describe(run, core::Family::kHead, 0, [&] { read.start_another(); });
  EXPECT_EQ(described.run.status, RunStatus::kTerminated);
  EXPECT_FALSE(described.is_current);
}

TEST(Reads, TheCurrentRunOfAnIdThatNeverRestsCannotBeRead) {
  Read read;
  read.start();
  read.before_read(core::Family::kRun, 0, [&] { read.start_another(); });
  EXPECT_EQ(read.try_to_describe({}).code(), StatusCode::kAborted);
}

TEST(Reads, AnOpenRunThatItsHeadDoesNotNameIsDamage) {
  Read read;
  const RunId run = read.start();
  read.lose_head();
  const auto described = read.try_to_describe(run);
  EXPECT_EQ(described.code(), StatusCode::kDataLoss);
  const auto* corruption = described.status().detail<Corruption>();
  ASSERT_NE(corruption, nullptr);
  EXPECT_EQ(corruption->family, "head");
}

/// A run that the store has open, and that the head does not name, is damage: nothing is decided
/// about it, as nothing is known of its chain.
TEST(Damage, IsAnOpenRunThatIsNotTheCurrentOne) {
  Read id;
  const RunId run = id.start_with_retries();
  const std::string open = id.history_of(run);
  id.start_another();
  ASSERT_EQ(id.fail(run).code(), StatusCode::kNotFound);
  id.put_history(run, open);
  const Status refused = id.fail(run);
  EXPECT_EQ(refused.code(), StatusCode::kDataLoss) << refused;
  ASSERT_NE(refused.detail<Corruption>(), nullptr);
  EXPECT_EQ(refused.detail<Corruption>()->family, "run");
}

}  // namespace
}  // namespace onerun
