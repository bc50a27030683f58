#include "tests/faults/clients.hpp"

#include <rocksdb/env.h>

#include <array>
#include <future>

#include "store/audit.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/faults/look.hpp"
#include "tests/sim/ask.hpp"
#include "tests/support/silent_sink.hpp"

namespace onerun::test {
namespace {

using namespace std::chrono_literals;

const NamespaceName kOrders("orders");
const Retention kRetention{.closed = 2s};

constexpr unsigned kMostUnderWay = 4;
constexpr auto kLongAfter = std::chrono::hours(24);

/// Small enough that tables are written and merged, and logs given up.
constexpr RocksDbOptions kTuning{.memtable_bytes = std::size_t{64} << 10,
                                 .block_cache_bytes = std::size_t{256} << 10,
                                 .max_log_bytes = std::size_t{512} << 10};

/// RocksDB's threads are the process's. A job of ours comes behind those of a queue.
void wait_behind(rocksdb::Env::Priority queue) {
  using Promise = std::promise<void>;
  auto promise = std::make_unique<Promise>();
  const auto done = promise->get_future();
  const auto job = [](void* its) {
    std::unique_ptr<Promise>(static_cast<Promise*>(its))->set_value();
  };
  rocksdb::Env::Default()->Schedule(job, promise.release(), queue);
  done.wait();
}

}  // namespace

Clients::Clients(const ClientsOptions& options)
    : options_(options),
      dice_(options.seed),
      ids_(std::make_shared<testing::SeededIdSource>(options.seed)),
      checker_(kRetention),
      requests_(dice_, checker_, options.most_padding) {}

// ---- lives of the process ----

Status Clients::open_at(const std::filesystem::path& directory,
                        const std::shared_ptr<FailingDisk>& disk) {
  disk_ = disk;
  failed_before_ = disk->failed();
  use_for_side_files(disk.get());
  auto opened = store::open_rocksdb_store({.data_dir = directory,
                                           .durability = options_.durability,
                                           .tuning = kTuning,
                                           .file_system = disk});
  if (!opened.ok()) return opened.status();
  Options options{.durability = options_.durability,
                  .async_loss_window = 1h,
                  .max_idle_actors = 2,
                  .clock = clock_,
                  .ids = ids_,
                  .log = std::make_shared<SilentSink>()};
  store_ = opened->store.get();
  auto engine =
      runtime::Engine::open(std::move(options), std::move(opened->store), runtime::Threads::kNone);
  if (!engine.ok()) return engine.status();
  engine_ = std::move(*engine);
  // What a process finds when it opens, it goes on from: that must not be lost any more.
  checker_.synced();
  auto made = engine_->register_namespace(kOrders, {.retention = kRetention});
  work();
  const Status status = made.get().status();
  return status.code() == StatusCode::kAlreadyExists ? Status() : status;
}

void Clients::shut_down() {
  const Status status = engine_->shutdown(1s);
  if (!status.ok() && is_disk_well()) checker_.complain("shutdown: " + status.to_string());
  if (status.ok() && !is_unsure_) checker_.synced();
  end_process(false);
}

PowerLoss Clients::lose_power() {
  disk_->cut_power();
  end_process(options_.durability == Durability::kAsync);
  return disk_->unsynced().lose([this](std::uint64_t bound) { return dice_.draw(bound); });
}

void Clients::end_process(bool loses_unsynced) {
  ++life_;  // what the engine still says is heard by nobody
  checker_.crashed(loses_unsynced || is_unsure_, false);
  if (loses_unsynced) other_.lose();
  disk_->freeze();
  close_engine();
  disk_->thaw();
  under_way_ = 0;
  has_failed_ = false;
  is_unsure_ = false;
}

void Clients::close_engine() {
  if (engine_ != nullptr) static_cast<void>(engine_->shutdown(1s));
  engine_.reset();
  use_for_side_files(nullptr);
}

// ---- requests ----

void Clients::ask() {
  if (under_way_ >= kMostUnderWay) work();
  submit(dice_.chance(55) ? sim::start_at(clock_->now(), requests_.start())
                          : requests_.change(clock_->now()));
}

void Clients::submit(sim::Operation operation) {
  const auto ticket = checker_.submitted(operation);
  ++under_way_;
  sim::ask(*engine_, kOrders, operation, [this, ticket, life = life_](auto answer) {
    if (life == life_) hear(ticket, std::move(answer));
  });
}

template <class Answer>
void Clients::hear(sim::Checker::Ticket ticket, Answer answer) {
  const Status status = answer.status();
  --under_way_;
  if (status.template detail<OutcomeUnknown>() != nullptr) {
    has_failed_ = true;
    if (engine_->log().fenced().ok()) checker_.complain("a commit failed, and the runtime goes on");
    if (is_disk_well()) checker_.complain("no fault, but " + status.to_string());
    return;
  }
  if (is_fault(status)) return checker_.not_done(ticket);
  if (has_failed_ && status.ok()) checker_.complain("acknowledged after a commit that failed");
  checker_.answered(ticket, std::move(answer));
}

/// Fenced, or what the request needed could not be read.
bool Clients::is_fault(const Status& status) {
  if (status.code() != StatusCode::kUnavailable && status.code() != StatusCode::kDataLoss) {
    return false;
  }
  if (is_disk_well()) checker_.complain("no fault, but " + status.to_string());
  return true;
}

// ---- steps ----

void Clients::step() {
  const std::uint64_t dice = dice_.draw(100);
  if (dice < 60) return ask();
  if (dice < 74) return work();
  if (dice < 77) return let_tables_be_written();
  if (dice < 82) return move_clock(std::array<Duration, 5>{1ms, 500ms, 999ms, 1s, 5s}[dice - 77]);
  if (dice < 86) return fire_timers();
  if (dice < 89) return reclaim();
  if (dice < 91) return passivate();
  if (dice < 94) return change_other(dice == 93);
  if (dice < 96) return start_in_other();
  if (dice < 99) return look_at_something();
  sync();
}

void Clients::work() {
  engine_->work_until_idle();
  const Status fenced = engine_->log().fenced();
  if (!fenced.ok() && is_disk_well()) checker_.complain(fenced.to_string());
  const bool is_synced = options_.durability == Durability::kSync && fenced.ok() && !is_unsure_;
  if (is_synced) checker_.synced();
}

/// A flush may ask for a merge, and that for another.
void Clients::let_tables_be_written() {
  for (const auto queue : {rocksdb::Env::HIGH, rocksdb::Env::LOW, rocksdb::Env::LOW}) {
    wait_behind(queue);
  }
}

void Clients::move_clock(Duration by) {
  clock_->advance(by);
  checker_.time_is(clock_->now());
}

/// While nothing else is under way, so that it is known what comes of it, unless the disk fails.
void Clients::fire_timers() {
  work();
  if (!engine_->log().fenced().ok()) return;
  const std::uint64_t failed = disk_->failed();
  checker_.timers_fire();
  auto fired = engine_->actors().fire_timers_now();
  engine_->work_until_idle();
  const auto runs = fired.get();
  // A table that could not be written is told by the next commit.
  is_unsure_ =
      disk_->failed() != failed || (!runs.ok() && !is_disk_well()) || !engine_->log().fenced().ok();
  if (!runs.ok() && !is_unsure_) checker_.complain("timers: " + runs.status().to_string());
}

void Clients::reclaim() {
  engine_->actors().reclaim_now().then([](const auto&) {});
  work();
}

/// The next request has to read.
void Clients::passivate() {
  engine_->actors().passivate_now().then([](const auto&) {});
  work();
}

void Clients::sync() {
  if (is_unsure_) return;
  engine_->log().sync_rest();
  if (engine_->log().fenced().ok()) checker_.synced();
}

void Clients::look_at_something() {
  const WorkflowId id = requests_.some_id();
  const RunRef run{id, requests_.some_run(id)};
  const auto described = engine_->describe(kOrders, run).get();
  if (!is_fault(described.status())) checker_.described(run, described);
  const auto history = engine_->history(kOrders, run, 1, limits::kEventsPerPage).get();
  if (!is_fault(history.status())) checker_.read(run, history);
  const auto runs = engine_->runs(kOrders, id, limits::kRunsPerPage, {}).get();
  if (runs.ok()) return checker_.listed(id, *runs);
  if (!is_fault(runs.status())) checker_.complain(runs.status().to_string());
}

// ---- looks ----

void Clients::look() {
  for (const RunRef& run : checker_.known_runs()) {
    checker_.described(run, engine_->describe(kOrders, run).get());
    checker_.read(run, engine_->history(kOrders, run, 1, limits::kEventsPerPage).get());
  }
  for (const char* name : sim::Requests::kIds) {
    const WorkflowId id(name);
    checker_.described({id}, engine_->describe(kOrders, {id}).get());
    const auto runs = engine_->runs(kOrders, id, limits::kRunsPerPage, {}).get();
    if (!runs.ok()) return checker_.complain("the runs of an id: " + runs.status().to_string());
    checker_.listed(id, *runs);
  }
  look_at_list(*engine_, kOrders, 3, checker_);
  other_.check(*engine_);
}

void Clients::expire_everything() {
  fire_timers();
  move_clock(kLongAfter);
  reclaim();
}

void Clients::audit_closed(const std::filesystem::path& directory, bool everything_expired) {
  const auto store = store::open_rocksdb_store_to_read({.data_dir = directory, .tuning = kTuning});
  if (!store.ok()) return checker_.complain(store.status().to_string());
  audit(**store, everything_expired);
}

void Clients::audit(const store::Store& store, bool everything_expired) {
  const auto report = store::audit(store, clock_->now(), [&](const store::AuditProblem& problem) {
    checker_.complain("the store: " + problem.workflow_id + ": " + problem.what);
  });
  if (!report.ok()) return checker_.complain(report.status().to_string());
  if (!everything_expired) return;
  if (report->closed_runs > 0) checker_.complain("expired runs were not reclaimed");
  if (report->workflow_ids != report->open_runs) {
    checker_.complain("expired workflow ids were not reclaimed");
  }
}

}  // namespace onerun::test
