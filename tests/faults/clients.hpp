// Clients of an engine without threads: they ask, let it work, and have every answer checked
// against the simulator's model.
#pragma once

#include <memory>
#include <optional>
#include <random>
#include <string>

#include "onerun/testing.hpp"
#include "runtime/engine.hpp"
#include "store/audit.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/faults/failing_disk.hpp"
#include "tests/sim/ask.hpp"
#include "tests/sim/checker.hpp"
#include "tests/support/silent_sink.hpp"

namespace onerun::test {

inline const NamespaceName kOrders("orders");

class Clients {
 public:
  Clients(std::filesystem::path directory, std::uint64_t seed)
      : directory_(std::move(directory)), random_(seed), ids_(seed) {}
  ~Clients() { close(); }

  sim::Checker& checker() { return checker_; }
  std::uint64_t draw(std::uint64_t bound) { return random_() % bound; }

  /// Opens the directory on that disk; the namespace too, if it is not there.
  Status open(std::shared_ptr<FailingDisk> disk) {
    store::RocksDbStoreOptions store_options{.data_dir = directory_};
    store_options.tuning.memtable_bytes = std::size_t{1} << 20;
    store_options.file_system = disk;
    disk_ = std::move(disk);
    use_for_side_files(disk_.get());
    auto opened = store::open_rocksdb_store(store_options);
    if (!opened.ok()) return opened.status();
    Options options{.clock = clock_, .log = std::make_shared<SilentSink>()};
    options.ids = std::shared_ptr<IdSource>(std::shared_ptr<void>(), &ids_);
    auto engine = runtime::Engine::open(std::move(options), std::move(opened->store),
                                        runtime::Threads::kNone);
    if (!engine.ok()) return engine.status();
    engine_ = std::move(*engine);
    ++life_;
    auto made = engine_->register_namespace(kOrders, {});
    work();
    const Status status = made.get().status();
    return status.code() == StatusCode::kAlreadyExists ? Status() : status;
  }

  void close() {
    if (engine_ != nullptr) static_cast<void>(engine_->shutdown(std::chrono::seconds(1)));
    engine_.reset();
    use_for_side_files(nullptr);
  }

  /// The process ends, and nobody hears its answers any more. What it still writes reaches the
  /// disk, unless that has failed or its power was cut.
  void end_process() {
    ++life_;
    checker_.crashed(false, false);
    close();
  }

  void work() { engine_->work_until_idle(); }

  /// Asks for something random.
  void ask() {
    const WorkflowId id("id-" + std::to_string(draw(5)));
    if (draw(100) < 60) {
      constexpr std::array kConflicts = {ConflictPolicy::kFail, ConflictPolicy::kUseExisting,
                                         ConflictPolicy::kTerminateExisting,
                                         ConflictPolicy::kCancelExisting, ConflictPolicy::kEnqueue};
      StartRequest start{.workflow_id = id};
      start.request_id = RequestId("r" + std::to_string(++requests_));
      start.conflict_policy = kConflicts[draw(kConflicts.size())];
      if (start.conflict_policy == ConflictPolicy::kCancelExisting) {
        start.queue_timeout = std::chrono::hours(1);
      }
      start.input.data = std::string(draw(2'000), 'x');
      return submit({.kind = sim::Operation::Kind::kStart, .now = clock_->now(), .start = start});
    }
    sim::Operation operation{.kind = sim::Operation::Kind::kClose, .now = clock_->now()};
    operation.run = {id, {}};
    const std::uint64_t dice = draw(14);
    if (dice == 0) operation.kind = sim::Operation::Kind::kRemove;
    if (dice == 1) operation.kind = sim::Operation::Kind::kCancel;
    if (dice == 2) operation.kind = sim::Operation::Kind::kPause;
    if (dice == 3) operation.kind = sim::Operation::Kind::kUnpause;
    if (dice == 4) {
      operation.kind = sim::Operation::Kind::kReset;
      operation.reset.request_id = RequestId("t" + std::to_string(++requests_));
    }
    submit(std::move(operation));
  }

  /// Looks at everything that was ever heard of, and into the store.
  void look() {
    for (const RunRef& run : checker_.known_runs()) {
      checker_.described(run, engine_->describe(kOrders, run).get());
    }
    for (int i = 0; i < 5; ++i) {
      const RunRef current{WorkflowId("id-" + std::to_string(i))};
      checker_.described(current, engine_->describe(kOrders, current).get());
    }
  }

  /// Reads the whole store. Requires that it is closed.
  void audit() {
    const auto store = store::open_rocksdb_store_to_read({.data_dir = directory_});
    if (!store.ok()) return checker_.complain(store.status().to_string());
    const auto report = store::audit(**store, clock_->now(), [&](const store::AuditProblem& problem) {
      checker_.complain("the store: " + problem.workflow_id + ": " + problem.what);
    });
    if (!report.ok()) checker_.complain(report.status().to_string());
  }

 private:
  void submit(sim::Operation operation) {
    const auto ticket = checker_.submitted(operation);
    const auto hear = [this, ticket, life = life_](auto answer) {
      if (life != life_) return;
      const Status status = answer.status();
      if (status.template detail<OutcomeUnknown>() != nullptr) return;
      // Fenced, or what the request needed could not be read.
      const bool is_fault =
          status.code() == StatusCode::kUnavailable || status.code() == StatusCode::kDataLoss;
      is_fault ? checker_.not_done(ticket) : checker_.answered(ticket, std::move(answer));
    };
    sim::ask(*engine_, kOrders, operation, hear);
  }

  const std::filesystem::path directory_;
  std::shared_ptr<FailingDisk> disk_;
  std::mt19937_64 random_;
  std::shared_ptr<testing::ManualClock> clock_ = std::make_shared<testing::ManualClock>();
  testing::SeededIdSource ids_;
  sim::Checker checker_{Retention()};
  std::shared_ptr<runtime::Engine> engine_;
  std::uint64_t life_ = 0;
  unsigned requests_ = 0;
};

}  // namespace onerun::test
