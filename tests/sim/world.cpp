// Lives of a process, and what clients, threads and faults do in them.
#include "tests/sim/world.hpp"

#include <array>
#include <utility>

#include "tests/sim/ask.hpp"
#include "tests/sim/world_parts.hpp"

namespace onerun::sim {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kMostUnderWay = 6;
constexpr std::uint64_t kStepsToAFailure = 8;  ///< of actors, at most
constexpr unsigned kAttempts = 3;              ///< before a request whose actor fails is given up

}  // namespace

class World::Sink final : public LogSink {
 public:
  explicit Sink(const World& world) : world_(world) {}
  bool enabled(LogLevel) const override { return static_cast<bool>(world_.options_.trace); }
  void write(const LogRecord& record) override { world_.options_.trace("log: " + to_line(record)); }

 private:
  const World& world_;
};

World::World(const WorldOptions& options)
    : options_(options),
      dice_(options.seed, options.bytes),
      durability_(draw(3) == 0 ? Durability::kAsync : Durability::kSync),
      ids_(std::make_shared<testing::SeededIdSource>(options.seed)),
      retention_{.closed = 2s},
      checker_(retention_) {}

World::~World() { end_process(); }

WorldResult World::run() {
  open();
  for (unsigned i = 0; i < options_.steps && !checker_.violation() && !dice_.is_empty(); ++i) {
    step();
    if (!checker_.violation()) after_step();
  }
  if (!checker_.violation()) check_the_end();
  return {.violation = checker_.violation(), .answers_checked = checker_.checked(), .lives = life_};
}

// ---- lives ----

void World::open() {
  ++life_;
  auto store = std::make_unique<SimStore>(disk_);
  store_ = store.get();
  fault_is_expected_ = sync_fails_ = false;
  under_way_ = actor_failures_ = 0;
  retention_changes_ = false;
  other_changes_ = false;
  in_other_ = 0;
  waiting_.clear();
  listeners_.clear();
  disk_->next_sync_fails = false;
  disk_->next_commit_fails = Disk::CommitFailure::kNone;
  Options options{.durability = durability_,
                  .async_loss_window = 1h,
                  .max_idle_actors = 2,
                  .actor_idle_time = 2ms,
                  .supervisors_per_namespace = 2,
                  .clock = clock_,
                  .ids = ids_,
                  .log = std::make_shared<Sink>(*this)};
  auto engine =
      runtime::Engine::open(std::move(options), std::move(store), runtime::Threads::kNone);
  if (!engine.ok()) return checker_.complain("can't open: " + engine.status().to_string());
  engine_ = std::move(*engine);
  say("life " + std::to_string(life_));
  if (life_ == 1) {
    auto made = engine_->register_namespace(kNamespace, {.retention = retention_});
    engine_->work_until_idle();
    engine_->log().sync_rest();
    if (!made.get().ok()) checker_.complain("can't register the namespace");
  }
  const auto described = engine_->describe_namespace(kNamespace).get();
  if (!described.ok()) return checker_.complain("the namespace: " + described.status().to_string());
  retention_ = described->config.retention;
  checker_.retention_is(retention_);
}

void World::end_process() {
  ++life_;  // what the old process still says is heard by nobody
  if (store_ != nullptr) store_->die();
  store_ = nullptr;
  engine_.reset();
}

/// `loses_unsynced`: by a power cut, or by a sync that failed.
void World::crash(bool loses_unsynced) {
  say(loses_unsynced ? "power cut" : "killed");
  const bool may_lose = loses_unsynced && durability_ == Durability::kAsync;
  if (may_lose) other_ = Other::kUnknown;
  checker_.crashed(may_lose, !fault_is_expected_);
  end_process();
  if (loses_unsynced) disk_->lose_power(static_cast<double>(draw(101)) / 100);
  open();
}

/// Another process becomes the owner while this one still works.
void World::take_over() {
  say("taken over");
  checker_.crashed(false, !fault_is_expected_);
  const std::shared_ptr<runtime::Engine> former = std::move(engine_);
  open();
  static_cast<void>(former->shutdown(Duration(0)));
}

void World::after_step() {
  checker_.time_is(clock_->now());
  latest_ = std::max(latest_, clock_->now());
  if (disk_->syncs != syncs_seen_) {
    syncs_seen_ = disk_->syncs;
    checker_.synced();
  }
  const Status fenced = engine_->log().fenced();
  if (fenced.ok()) {
    if (fault_is_expected_ && !fault_is_to_come()) {
      checker_.complain("a commit or a sync failed, and the runtime goes on");
    }
    return;
  }
  if (!fault_is_expected_) return checker_.complain("fenced: " + fenced.to_string());
  crash(sync_fails_);
}

// ---- steps ----

void World::step() {
  const std::uint64_t dice = draw(1000);
  // In place of doing nothing, and without a draw: schedules stay what they were.
  if (dice < 300 && engine_->actors().runnable() == 0) return submit_invalid(dice);
  if (dice < 400) return run_actor();
  if (dice < 550) return commit();
  if (dice < 800) return submit();
  if (dice < 828) return describe();
  if (dice < 837) return list();
  if (dice < 846) return read_history();
  if (dice < 857) return list_runs();
  if (dice < 870) return wait_closed();
  if (dice < 910) return move_clock();
  if (dice < 930) return engine_->actors().tick_supervisors();
  if (dice < 940) return engine_->actors().tick_retention();
  if (dice < 950) return engine_->actors().passivate_now().then([](const auto&) {});
  if (dice < 960) return engine_->actors().reclaim_now().then([](const auto&) {});
  if (dice < 968) return change_retention();
  if (dice < 973) return change_other();
  if (dice < 979) return start_in_other();
  if (dice < 984) return fire_timers();
  if (dice < 993) return break_something();
  if (dice < 996) return crash(false);
  if (dice < 998) return crash(true);
  take_over();
}

void World::run_actor() {
  const std::size_t runnable = engine_->actors().runnable();
  if (runnable > 0) engine_->actors().run_one(draw(runnable));
}

void World::commit() {
  if (durability_ == Durability::kAsync && chance(20)) {
    say("sync");
    return engine_->log().sync_rest();
  }
  if (engine_->log().commit_ready()) say("commit");
}

void World::submit() {
  if (under_way_ >= kMostUnderWay) return;
  const std::uint64_t dice = draw(100);
  if (dice < 55) return submit(start_at(clock_->now(), requests_.start()));
  return dice < 96 ? submit(requests_.change(clock_->now())) : submit_batch();
}

bool World::is_unknown(const Status& status) {
  if (status.detail<OutcomeUnknown>() == nullptr && status.detail<Fenced>() == nullptr) {
    return false;
  }
  if (!fault_is_expected_) checker_.complain("no fault, but " + status.to_string());
  return true;
}

Checker::Ticket World::note(const Operation& operation, Checker::Heard heard) {
  const auto ticket = checker_.submitted(operation, heard);
  say("#" + std::to_string(ticket) + " " + to_text(operation));
  ++under_way_;
  return ticket;
}

void World::hear(Checker::Ticket ticket, ModelAnswer answer) {
  --under_way_;
  const Status status = std::visit([](const auto& result) { return result.status(); }, answer);
  const bool unknown = is_unknown(status);
  // Its actor failed at each attempt: it was not done.
  const bool given_up = status.code() == StatusCode::kInternal && actor_failures_ >= kAttempts;
  say("#" + std::to_string(ticket) + " -> " + (unknown ? status.to_string() : to_text(answer)));
  if (!unknown && !given_up) return checker_.answered(ticket, std::move(answer));
  if (given_up || status.detail<Fenced>() != nullptr) checker_.not_done(ticket);
}

void World::submit(const Operation& operation) {
  const auto ticket = note(operation, Checker::Heard::kAtOnce);
  ask(*engine_, kNamespace, operation, [this, ticket, life = life_](auto answer) {
    if (life == life_) hear(ticket, std::move(answer));
  });
}

/// Some starts in one call. Each is answered as if it were alone, and heard with the last.
void World::submit_batch() {
  std::vector<StartRequest> starts;
  for (std::uint64_t left = 2 + draw(3); left > 0; --left) starts.push_back(requests_.start());
  std::vector<Checker::Ticket> tickets;
  for (const StartRequest& start : starts) {
    tickets.push_back(note(start_at(clock_->now(), start), Checker::Heard::kLater));
  }
  using Answers = Result<std::vector<Result<StartResult>>>;
  engine_->start_batch(kNamespace, starts)
      .then([this, tickets, life = life_](const Answers& answers) {
        if (life != life_) return;
        if (!answers.ok() || answers->size() != tickets.size()) {
          return checker_.complain("a batch: " + answers.status().to_string());
        }
        for (std::size_t i = 0; i < tickets.size(); ++i) hear(tickets[i], (*answers)[i]);
      });
}

/// Mostly on; sometimes somebody sets it back.
void World::move_clock() {
  constexpr std::array<Duration, 8> kSteps = {1ms, 500ms, 999ms, 1s, 2s, 5s, -1ms, -1500ms};
  const Duration step = kSteps[draw(kSteps.size())];
  may_lack_links_ |= step < Duration(0);
  clock_->advance(step);
}

Retention World::some_retention() {
  constexpr std::array<Duration, 3> kKept = {1s, 2s, 5s};
  Retention retention{.closed = kKept[draw(kKept.size())]};
  if (chance(50)) retention.by_status[RunStatus::kFailed] = kKept[draw(kKept.size())];
  if (chance(30)) retention.ids = kKept[draw(kKept.size())] * 2;
  return retention;
}

void World::change_retention() {
  if (retention_changes_) return;
  retention_changes_ = true;
  const Retention retention = some_retention();
  may_lack_links_ = true;
  say("retention changes");
  checker_.retention_changes_to(retention);
  engine_->update_namespace(kNamespace, {.retention = retention})
      .then([this, retention, life = life_](const Result<NamespaceDescription>& answer) {
        if (life != life_) return;
        if (!answer.ok() && is_unknown(answer.status())) return;
        if (!answer.ok()) return checker_.complain("retention: " + answer.status().to_string());
        retention_ = retention;
        retention_changes_ = false;
        checker_.retention_is(retention);
      });
}

/// While nothing is under way, so that it is known what comes of it.
void World::fire_timers() {
  if (fault_is_expected_) return;
  engine_->work_until_idle();
  after_step();
  if (under_way_ > 0 || checker_.violation()) return;
  say("timers fire");
  checker_.timers_fire();
  auto fired = engine_->actors().fire_timers_now();
  engine_->work_until_idle();
  const auto runs = fired.get();
  if (!runs.ok()) checker_.complain("timers: " + runs.status().to_string());
}

bool World::fault_is_to_come() const {
  return disk_->next_sync_fails || disk_->next_commit_fails != Disk::CommitFailure::kNone;
}

void World::break_something() {
  const std::uint64_t dice = draw(6);
  if (dice == 5 && durability_ == Durability::kAsync) {
    say("the next sync fails");
    fault_is_expected_ = sync_fails_ = disk_->next_sync_fails = true;
  }
  if (dice < 2) {
    say("the next commit fails");
    fault_is_expected_ = true;
    disk_->next_commit_fails = dice == 0 ? Disk::CommitFailure::kLost : Disk::CommitFailure::kKept;
    return;
  }
  say("an actor fails");
  ++actor_failures_;
  disk_->reads_until_exception = static_cast<int>(draw(3));
  // No commit comes between: what the actor has decided is still on its way when it fails.
  for (auto steps = 1 + draw(kStepsToAFailure); steps > 0 && disk_->reads_until_exception;
       --steps) {
    run_actor();
  }
  disk_->reads_until_exception.reset();
}

}  // namespace onerun::sim
