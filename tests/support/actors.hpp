// A runtime's actors without a single thread: the test lets actors handle messages and the log
// commit its batches, in the order that it wants.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/actor_runtime.hpp"
#include "core/keys.hpp"
#include "onerun/detail/promise.hpp"
#include "onerun/testing.hpp"
#include "runtime/time_zones.hpp"
#include "tests/support/late_loader.hpp"
#include "tests/support/scrape.hpp"
#include "tests/support/stores.hpp"

namespace onerun::actors::test {

using onerun::test::FaultyStore;

class QuietSink final : public LogSink {
 public:
  bool enabled(LogLevel) const override { return true; }
  void write(const LogRecord& record) override { lines.push_back(to_line(record)); }
  std::vector<std::string> lines;
};

class ActorTest : public ::testing::Test {
 protected:
  explicit ActorTest(ActorOptions options = {}) {
    options.deterministic = true;
    options.namespace_gone = [this](const NamespaceEntry& entry) {
      gone_.push_back(entry.record()->name.text());
    };
    actors_ = std::make_unique<ActorRuntime>(services_, std::move(options));
    entry_ = add_namespace(1, "orders");
  }

  ~ActorTest() override {
    settle();
    actors_->stop();
    settle();
    actors_.reset();
  }

  std::shared_ptr<NamespaceEntry> add_namespace(core::NamespaceNumber number,
                                                const std::string& name) {
    auto entry = std::make_shared<NamespaceEntry>(
        number, core::NamespaceRecord{.name = NamespaceName(name)}, metrics_.add_namespace(name));
    actors_->add(entry);
    return entry;
  }

  /// Changes the namespace's retention as a durable update would.
  void set_retention(Retention retention) {
    core::NamespaceRecord record = *entry_->record();
    record.config.retention = std::move(retention);
    onerun::core::WriteSet writes;
    writes.put(core::Family::kMeta, core::keys::namespace_record(1), encode_namespace(record));
    log_.append({.writes = std::move(writes)});
    settle_log();
    entry_->publish(record);
  }

  // ---- requests ----

  Future<Result<StartResult>> send_start(core::StartCommand command) {
    Promise<Result<StartResult>> promise;
    auto future = promise.future();
    route(metrics::Operation::kStart, std::move(command), std::move(promise));
    return future;
  }
  Future<Result<StartResult>> send_start(const std::string& id) {
    return send_start({.workflow_id = WorkflowId(id)});
  }

  Future<Result<RunInfo>> send(core::Command command) {
    Promise<Result<RunInfo>> promise;
    auto future = promise.future();
    route(metrics::Operation::kComplete, std::move(command), std::move(promise));
    return future;
  }
  Future<Result<RunInfo>> send_complete(const std::string& id, RunId run = {}) {
    return send(core::CloseCommand{.run = {WorkflowId(id), std::move(run)},
                                   .status = RunStatus::kCompleted});
  }

  Result<StartResult> start(core::StartCommand command) {
    auto future = send_start(std::move(command));
    settle();
    return future.get();
  }
  Result<StartResult> start(const std::string& id) {
    return start(core::StartCommand{.workflow_id = WorkflowId(id)});
  }
  Result<RunInfo> complete(const std::string& id, RunId run = {}) {
    auto future = send_complete(id, std::move(run));
    settle();
    return future.get();
  }

  // ---- steps ----

  /// Lets actors and log work until neither has anything to do.
  void settle() {
    do {
      if (actors_ != nullptr) actors_->run_all();
    } while (log_.commit_ready());
  }
  void settle_log() {
    while (log_.commit_ready()) {
    }
  }

  std::uint64_t reclaim() {
    auto reclaimed = actors_->reclaim_now();
    settle();
    return *reclaimed.get();
  }
  std::uint64_t passivate() {
    auto passivated = actors_->passivate_now();
    settle();
    return *passivated.get();
  }

  double metric(const std::string& name, const onerun::test::Labels& labels = {}) {
    return onerun::test::value(*registry_, name, labels);
  }

  std::size_t keys_in(core::Family family) const {
    return onerun::test::scan(store_, family, "", std::string(8, '\xFF')).size();
  }

  FaultyStore store_;
  const store::Epoch epoch_ = *store_.acquire_epoch();
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  metrics::Metrics metrics_{registry_};
  testing::ManualClock clock_;
  testing::SeededIdSource ids_{1};
  runtime::SystemTimeZones zones_;
  QuietSink sink_;

  struct Observer final : store::CommitObserver {
    void committed(std::size_t, std::size_t, std::chrono::nanoseconds) override {}
    void fenced(const Status& reason) override { fences.push_back(reason.to_string()); }
    std::vector<std::string> fences;
  } observer_;
  store::CommitLog log_{store_, epoch_, {}, {}, observer_};
  RunReader reader_{store_};
  CloseWaiters waiters_{1'000, metrics_, sink_};
  EventWatchers watchers_{1'000, metrics_};
  LateLoader loader_{reader_};
  RunIdClaims claims_{log_};
  Timers timers_{[] {}};
  Admission admission_{{.requests = 10'000, .bytes = 1 << 20}, metrics_};
  Services services_{.store = store_,
                     .log = log_,
                     .reader = reader_,
                     .loader = loader_,
                     .waiters = waiters_,
                     .watchers = watchers_,
                     .claims = claims_,
                     .timers = timers_,
                     .admission = admission_,
                     .metrics = metrics_,
                     .sink = sink_,
                     .clock = clock_,
                     .ids = ids_,
                     .zones = zones_,
                     .actor_threads = 1};
  std::unique_ptr<ActorRuntime> actors_;
  std::shared_ptr<NamespaceEntry> entry_;
  std::vector<std::string> gone_;

 private:
  void route(metrics::Operation operation, core::Command command, Request::Reply reply) {
    auto slot = admission_.enter(0);
    ASSERT_TRUE(slot.ok());
    ActorRuntime::route(std::make_shared<Request>(NamespaceEntry::Use(entry_), std::move(*slot),
                                                  operation, clock_.now(), std::move(command),
                                                  std::move(reply)));
  }
};

}  // namespace onerun::actors::test
