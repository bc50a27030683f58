#include "runtime/engine.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <utility>

#include "actors/host_failure.hpp"
#include "actors/logging.hpp"
#include "core/check.hpp"
#include "core/fault.hpp"
#include "core/sizes.hpp"
#include "core/validate.hpp"
#include "onerun/detail/promise.hpp"
#include "runtime/clock.hpp"
#include "runtime/engine_parts.hpp"
#include "runtime/engine_read.hpp"
#include "runtime/id_source.hpp"
#include "runtime/log.hpp"
#include "runtime/without_exceptions.hpp"
#include "store/memory_store.hpp"
#include "store/rocksdb_store.hpp"

namespace onerun::runtime {
namespace {

using actors::log_line;
using core::NamespaceUse;
using metrics::Operation;

/// How often gauges and histograms are brought up to date.
constexpr auto kFlushInterval = std::chrono::milliseconds(250);

/// How often timers are looked for: at least, as a clock may jump; and at most.
constexpr Duration kLongestTimerTick = std::chrono::milliseconds(250);
constexpr Duration kShortestTimerTick = std::chrono::milliseconds(5);
constexpr Duration kOverdueTimerTick = std::chrono::milliseconds(25);

Status check_registry(const MetricsRegistry* metrics) {
  if (metrics == nullptr || metrics->registry != nullptr) return {};
  return core::invalid_field("metrics", "use_registry(nullptr)", "a registry");
}

/// From here on nothing of the host's is called directly: what it throws is caught at one place.
Options with_defaults(Options options, Threads threads) {
  if (options.log == nullptr) options.log = default_log();
  options.log = std::make_shared<LogQueue>(std::move(options.log), threads == Threads::kOwn);
  if (options.clock == nullptr) options.clock = std::make_shared<SystemClock>();
  options.clock = std::make_shared<HostClock>(std::move(options.clock), options.log);
  if (options.ids == nullptr) options.ids = std::make_shared<SystemIdSource>();
  options.ids = std::make_shared<HostIdSource>(std::move(options.ids), options.log);
  if (options.metrics == nullptr) {
    options.metrics = std::make_shared<MetricsRegistry>(std::make_shared<prometheus::Registry>());
  }
  if (options.actor_threads == 0) {
    options.actor_threads = std::max(std::thread::hardware_concurrency(), 1U);
  }
  return options;
}

Result<std::unique_ptr<store::Store>> open_store(const Options& options) {
  if (options.store == StoreKind::kMemory) {
    return std::unique_ptr<store::Store>(std::make_unique<store::MemoryStore>());
  }
  auto opened = store::open_rocksdb_store({.data_dir = options.data_dir,
                                           .durability = options.durability,
                                           .accept_lost_commits = options.accept_lost_commits,
                                           .tuning = options.rocksdb,
                                           .log = options.log});
  if (!opened.ok()) return opened.status();
  if (opened->lost_commits > 0) {
    log_line(*options.log, LogLevel::kError,
             "opened a store that has lost " + std::to_string(opened->lost_commits) +
                 " acknowledged commits, as accept_lost_commits asks");
  }
  return std::move(opened->store);
}

}  // namespace

Engine::Parts::Parts(Engine& engine, std::unique_ptr<store::Store> opened, store::Epoch epoch,
                     StoredNamespaces stored)
    : store(std::move(opened)),
      observer(engine),
      log(*store, epoch,
          {.durability = engine.options_.durability,
           .async_loss_window = engine.options_.async_loss_window},
          std::move(stored.counts), observer),
      reader(*store),
      loader(reader),
      claims(log),
      services{.store = *store,
               .log = log,
               .reader = reader,
               .loader = loader,
               .waiters = engine.waiters_,
               .watchers = engine.watchers_,
               .claims = claims,
               .timers = engine.timers_,
               .admission = engine.admission_,
               .metrics = engine.metrics_,
               .sink = *engine.log_,
               .clock = engine.own_clock_,
               .ids = *engine.options_.ids,
               .zones = engine.zones_,
               .actor_threads = engine.options_.actor_threads},
      actors(std::in_place, services,
             actors::ActorOptions{
                 .supervisors_per_namespace = engine.options_.supervisors_per_namespace,
                 .threads = engine.options_.actor_threads,
                 .max_idle_actors = engine.options_.max_idle_actors,
                 .actor_idle_time = engine.options_.actor_idle_time,
                 .deterministic = engine.threads_ == Threads::kNone,
                 .namespace_gone =
                     [this](const actors::NamespaceEntry& entry) {
                       const core::NamespaceNumber number = entry.number();
                       catalog.forget(entry);
                       actors->remove(number);
                     }}),
      catalog(log, engine.metrics_, *engine.options_.clock, engine.options_.protected_namespaces,
              {.added = [this](const EntryPtr& entry) { actors->add(entry); },
               .deleted =
                   [&engine](const EntryPtr& entry) {
                     engine.watchers_.wake_namespace(entry->number());
                     engine.waiters_.release_namespace(
                         entry->number(),
                         core::check_state(*entry->record(), NamespaceUse::kOther));
                   }}) {
  catalog.load(std::move(stored));
  if (engine.threads_ == Threads::kOwn) commit_thread.emplace(log);
}

Engine::Engine(Options options, Threads threads)
    : options_(std::move(options)),
      log_(std::static_pointer_cast<LogQueue>(options_.log)),  // made by `with_defaults`
      own_clock_(options_.clock, *log_),
      threads_(threads),
      metrics_(options_.metrics->registry),
      admission_({options_.max_in_flight, options_.max_in_flight_bytes}, metrics_),
      waiters_(options_.max_close_waiters, metrics_, *log_),
      watchers_(options_.max_close_waiters, metrics_),
      deliveries_(threads_ == Threads::kOwn ? options_.delivery_threads : 0),
      timers_([this] { wake_house(); }) {}

/// Nobody has it any more, so this is no thread that its end waits for. It may be one of another
/// runtime's: what a callback opens may fail to open, or be refused as the process exits.
Engine::~Engine() { static_cast<void>(end(options_.shutdown_deadline)); }

Result<std::shared_ptr<Engine>> Engine::open(Options options) {
  return without_exceptions<Result<std::shared_ptr<Engine>>>(
      [&]() -> Result<std::shared_ptr<Engine>> {
        Status valid = core::validate(options);
        if (valid.ok()) valid = check_registry(options.metrics.get());
        if (!valid.ok()) return valid;
        auto engine = make(std::move(options), Threads::kOwn);
        if (!engine.ok()) return engine;
        const auto begun = Steady::now();
        auto store = open_store((*engine)->options_);
        if (!store.ok()) return store.status();
        (*engine)->metrics_.recovered("store", Steady::now() - begun);
        return (*engine)->open_over(std::move(*store), *engine);
      });
}

Result<std::shared_ptr<Engine>> Engine::open(Options options, std::unique_ptr<store::Store> store,
                                             Threads threads) {
  auto engine = make(std::move(options), threads);
  return engine.ok() ? (*engine)->open_over(std::move(store), *engine) : engine;
}

Result<std::shared_ptr<Engine>> Engine::open_over(std::unique_ptr<store::Store> store,
                                                  std::shared_ptr<Engine> self) {
  const auto begun = Steady::now();
  auto epoch = store->acquire_epoch();
  if (!epoch.ok()) return epoch.status();
  ONERUN_KILL_POINT(kRecovering);
  auto stored = read_namespaces(*store);
  if (!stored.ok()) return stored.status();
  start_parts(std::move(store), *epoch, std::move(*stored));
  ONERUN_KILL_POINT(kRecovering);
  metrics_.recovered("namespaces", Steady::now() - begun);
  return self;
}

/// Before a store is touched: the host's registry may refuse.
Result<std::shared_ptr<Engine>> Engine::make(Options options, Threads threads) {
  try {
    return std::shared_ptr<Engine>(new Engine(with_defaults(std::move(options), threads), threads),
                                   [](Engine* last) {
                                     if (last->is_of_this_process()) delete last;
                                   });
  } catch (const metrics::MetricExists& exists) {
    return Status(StatusCode::kAlreadyExists, exists.what());
  }
}

void Engine::start_parts(std::unique_ptr<store::Store> store, store::Epoch epoch,
                         StoredNamespaces stored) {
  parts_ = std::make_unique<Parts>(*this, std::move(store), epoch, std::move(stored));
  if (threads_ == Threads::kOwn) house_ = std::thread([this] { keep_house(); });
}

// ---- admission ----

/// The namespace of that name, unless the log has stopped or its state does not allow the use. It
/// counts as in use before its state is looked at: whoever deletes it sees the use, or the use sees
/// the deletion.
Result<actors::NamespaceEntry::Use> Engine::enter(const NamespaceName& name, NamespaceUse use) {
  Status fenced = parts_->log.fenced();
  if (!fenced.ok()) return fenced;
  auto entry = parts_->catalog.find(name);
  if (!entry.ok()) return entry.status();
  actors::NamespaceEntry::Use in_use(std::move(*entry));
  Status state = core::check_state(*in_use->record(), use);
  if (!state.ok()) return state;
  return in_use;
}

Result<Engine::Admitted> Engine::admit(const NamespaceName& name, NamespaceUse use) {
  auto slot = admission_.enter(0);
  if (!slot.ok()) return slot.status();
  auto name_space = enter(name, use);
  if (!name_space.ok()) return name_space.status();
  return Admitted{std::move(*name_space), std::move(*slot)};
}

// ---- starts and changes of runs ----

namespace {

Status validate(const core::StartCommand& command) { return core::validate(command); }
Status validate(const core::Command& command) {
  return std::visit([](const auto& c) { return core::validate(c); }, command);
}

}  // namespace

/// Admission comes first: what is refused because there is too much of it must cost little. Only a
/// request that would never fit is looked at nevertheless, as it may be over a limit of its own.
template <class Answer, class C>
Future<Answer> Engine::ask(const NamespaceName& name, NamespaceUse use, Operation operation,
                           C&& command) {
  const actors::Admission::Visit visit(admission_);
  return without_exceptions<Future<Answer>>([&] {
    auto slot = admission_.enter(core::size_bytes(command));
    const Status fits = slot.status();
    const auto* exhausted = fits.template detail<Exhausted>();
    const bool never_fits = exhausted != nullptr && exhausted->requested > exhausted->limit;
    if (!fits.ok() && !never_fits) return refuse<Answer>(operation, fits);
    Status acceptable = core::validate(name);
    if (acceptable.ok()) acceptable = validate(command);
    if (acceptable.ok()) acceptable = core::validate_schedule(command, zones_);
    if (acceptable.ok()) acceptable = fits;
    if (!acceptable.ok()) return refuse<Answer>(operation, acceptable);
    auto name_space = enter(name, use);
    if (!name_space.ok()) return refuse<Answer>(operation, name_space.status());

    Promise<Answer> promise;
    Future<Answer> future = promise.future();
    actors::ActorRuntime::route(std::make_shared<actors::Request>(
        std::move(*name_space), std::move(*slot), operation, options_.clock->now(),
        std::forward<C>(command), std::move(promise)));
    return future;
  });
}

Future<Result<StartResult>> Engine::start(const NamespaceName& name, core::StartCommand&& command) {
  const Operation operation = command.signal ? Operation::kSignalWithStart : Operation::kStart;
  return ask<Result<StartResult>>(name, NamespaceUse::kStart, operation, std::move(command));
}

Future<Result<RunInfo>> Engine::change_run(const NamespaceName& name, Operation operation,
                                           core::Command command) {
  return ask<Result<RunInfo>>(name, NamespaceUse::kOther, operation, std::move(command));
}

// ---- reading ----

Future<Result<RunDescription>> Engine::describe(const NamespaceName& name, const RunRef& ref) {
  return read<Result<RunDescription>>(
      name, Operation::kDescribe, core::validate(ref),
      [&](const actors::NamespaceEntry& entry, Timestamp) { return describe_now(entry, ref); });
}

Result<RunDescription> Engine::describe_now(const actors::NamespaceEntry& entry,
                                            const RunRef& ref) const {
  return parts_->reader.describe(entry.number(), entry.record()->config.retention, ref,
                                 options_.clock->now());
}

Future<Result<std::vector<RunInfo>>> Engine::runs(const NamespaceName& name,
                                                  const WorkflowId& workflow_id, std::size_t limit,
                                                  const RunId& before) {
  using Answer = Result<std::vector<RunInfo>>;
  return without_exceptions<Future<Answer>>([&] {
    const RunRef ref{workflow_id, before};
    Status valid = core::validate(ref);
    if (valid.ok()) valid = core::check_range("limit", limit, 1, limits::kRunsPerPage);
    return read<Answer>(name, Operation::kRuns, valid,
                        [&](const actors::NamespaceEntry& entry, Timestamp now) {
                          return parts_->reader.runs(
                              entry.number(), entry.record()->config.retention, ref, now, limit);
                        });
  });
}

Future<Result<std::vector<RunInfo>>> Engine::chain(const NamespaceName& name, const RunRef& ref,
                                                   std::size_t limit) {
  Status valid = core::validate(ref);
  if (valid.ok()) valid = core::check_range("limit", limit, 1, limits::kRunsPerPage);
  return read<Result<std::vector<RunInfo>>>(
      name, Operation::kChain, valid, [&](const actors::NamespaceEntry& entry, Timestamp now) {
        return parts_->reader.chain(entry.number(), entry.record()->config.retention, ref, now,
                                    limit);
      });
}

Future<Result<HistoryPage>> Engine::history(const NamespaceName& name, const RunRef& ref,
                                            std::uint64_t first_event_id, std::size_t limit) {
  Status valid = core::validate(ref);
  if (valid.ok()) valid = core::check_range("limit", limit, 1, limits::kEventsPerPage);
  return read<Result<HistoryPage>>(name, Operation::kHistory, valid,
                                   [&](const actors::NamespaceEntry& entry, Timestamp) {
                                     return history_now(entry, ref, first_event_id, limit);
                                   });
}

Result<HistoryPage> Engine::history_now(const actors::NamespaceEntry& entry, const RunRef& ref,
                                        std::uint64_t first_event_id, std::size_t limit) const {
  return parts_->reader.history(entry.number(), entry.record()->config.retention, ref,
                                options_.clock->now(), first_event_id, limit);
}

// ---- namespaces ----

/// `change(answer)`: makes the change, and has `answer` called with what came of it; or returns why
/// it can't be asked for.
template <class Change>
Future<Engine::DescriptionAnswer> Engine::change_namespace(Operation operation,
                                                           const NamespaceName& name,
                                                           const Change& change) {
  const actors::Admission::Visit visit(admission_);
  return without_exceptions<Future<DescriptionAnswer>>([&] {
    Status valid = core::validate(name);
    if (!valid.ok()) return refuse<DescriptionAnswer>(operation, valid);
    auto slot = admission_.enter(0);
    if (!slot.ok()) return refuse<DescriptionAnswer>(operation, slot.status());
    Status fenced = parts_->log.fenced();
    if (!fenced.ok()) return refuse<DescriptionAnswer>(operation, fenced);

    struct Waiting {
      Promise<DescriptionAnswer> promise;
      actors::Admission::Slot slot;
    };
    auto waiting = std::make_shared<Waiting>(Waiting{{}, std::move(*slot)});
    auto future = waiting->promise.future();
    Status asked =
        change([this, operation, waiting, received = Steady::now()](DescriptionAnswer answer) {
          metrics_.answered(operation, answer.code(), Steady::now() - received);
          waiting->slot.release();
          const detail::RuntimeThreadScope on_runtime_thread(*log_);
          waiting->promise.set(std::move(answer));
        });
    return asked.ok() ? std::move(future) : refuse<DescriptionAnswer>(operation, asked);
  });
}

Future<Engine::DescriptionAnswer> Engine::register_namespace(const NamespaceName& name,
                                                             NamespaceConfig config) {
  return change_namespace(Operation::kRegisterNamespace, name, [&](auto answer) {
    Status valid = core::validate(config);
    if (!valid.ok()) return valid;
    parts_->catalog.register_namespace(name, std::move(config), options_.ids->next_namespace_id(),
                                       std::move(answer));
    return valid;
  });
}

Future<Engine::DescriptionAnswer> Engine::update_namespace(const NamespaceName& name,
                                                           NamespaceUpdate update) {
  return change_namespace(Operation::kUpdateNamespace, name, [&](auto answer) {
    Status valid = core::validate(update);
    if (valid.ok()) parts_->catalog.update(name, update, std::move(answer));
    return valid;
  });
}

Future<Engine::DescriptionAnswer> Engine::deprecate_namespace(const NamespaceName& name) {
  return change_namespace(Operation::kDeprecateNamespace, name, [&](auto answer) {
    parts_->catalog.deprecate(name, std::move(answer));
    return Status();
  });
}

Future<Engine::DescriptionAnswer> Engine::delete_namespace(const NamespaceName& name) {
  return change_namespace(Operation::kDeleteNamespace, name, [&](auto answer) {
    parts_->catalog.remove(name, std::move(answer));
    return Status();
  });
}

Future<Engine::DescriptionAnswer> Engine::describe_namespace(const NamespaceName& name) {
  return without_exceptions<Future<DescriptionAnswer>>([&] {
    constexpr Operation kOperation = Operation::kDescribeNamespace;
    Status valid = core::validate(name);
    if (!valid.ok()) return refuse<DescriptionAnswer>(kOperation, valid);
    auto admitted = admit(name, NamespaceUse::kDescribe);
    if (!admitted.ok()) return refuse<DescriptionAnswer>(kOperation, admitted.status());
    metrics_.answered(kOperation, StatusCode::kOk, std::chrono::nanoseconds(0));
    return Future<DescriptionAnswer>(parts_->catalog.describe(*admitted->name_space));
  });
}

Result<std::vector<NamespaceDescription>> Engine::list_namespaces() {
  using Answer = Result<std::vector<NamespaceDescription>>;
  return without_exceptions<Answer>([&]() -> Answer {
    const auto slot = admission_.enter(0);
    if (!slot.ok()) return slot.status();
    return parts_->catalog.list();
  });
}

// ---- the house; the end is in engine_end.cpp ----

bool Engine::serving() const { return !admission_.closed() && !fenced_.load(); }

void Engine::work_until_idle() {
  do {
    parts_->actors->run_all();
  } while (parts_->log.commit_ready() || deliveries_.run_all() || log_->hand_over());
}

actors::ActorRuntime& Engine::actors() { return *parts_->actors; }
store::CommitLog& Engine::log() { return parts_->log; }
const store::Store& Engine::stored() const { return *parts_->store; }

/// Does what has to be done from time to time, each in its own time.
void Engine::keep_house() {
  struct Chore {
    Steady::duration interval;
    std::function<void()> run;
    Steady::time_point due;
  };
  const auto now = Steady::now();
  actors::ActorRuntime& actors = *parts_->actors;
  std::array<Chore, 5> chores = {
      Chore{kFlushInterval, [this] { flush_metrics(); }, now},
      Chore{kFlushInterval, [this] { log_->hand_over(); }, now},
      Chore{options_.reclaim_interval, [&] { actors.tick_retention(); }, now},
      Chore{actors.supervisor_tick(), [&] { actors.tick_supervisors(); }, now},
      Chore{kLongestTimerTick, [&] { actors.tick_timers(); }, now},
  };
  Chore& timers = chores.back();
  std::unique_lock lock(house_mutex_);
  while (!house_stopping_) {
    house_is_woken_ = false;
    lock.unlock();
    for (Chore& chore : chores) {
      if (Steady::now() < chore.due) continue;
      do_chore(chore.run);
      chore.due = Steady::now() + chore.interval;
    }
    timers.due = next_timer(timers.due);
    const auto next = std::ranges::min_element(chores, {}, &Chore::due)->due;
    lock.lock();
    house_wakes_.wait_until(lock, next, [this] { return house_stopping_ || house_is_woken_; });
  }
}

/// One that fails is tried again when it is due again.
void Engine::do_chore(const std::function<void()>& chore) noexcept {
  try {
    chore();
  } catch (...) {
    const auto reason = std::current_exception();
    static_cast<void>(without_exceptions<Status>([&] {
      log_line(*log_, LogLevel::kError, "a chore has failed: " + actors::what_was_thrown(reason));
      return Status();
    }));
  }
}

/// When to look for timers: when the next one is due, as far as that is before `last`.
Engine::Steady::time_point Engine::next_timer(Steady::time_point last) const {
  const auto due = timers_.next_due();
  if (!due) return last;
  const Timestamp now = own_clock_.now();
  // One that is overdue is being fired, or can't be: then looking often does not help.
  if (*due <= now && !parts_->log.fenced().ok()) return last;
  const auto shortest = *due <= now ? kOverdueTimerTick : kShortestTimerTick;
  const auto wait = std::clamp<Duration>(*due - now, shortest, kLongestTimerTick);
  return std::min(last, Steady::now() + wait);
}

void Engine::handler_has_thrown(const std::string& reason) noexcept {
  static_cast<void>(without_exceptions<Status>([&] {
    log_line(*log_, LogLevel::kError,
             "a handler of events has thrown, and its subscription ends: " + reason);
    return Status();
  }));
}

void Engine::wake_house() {
  const std::lock_guard lock(house_mutex_);
  house_is_woken_ = true;
  house_wakes_.notify_all();
}

void Engine::flush_metrics() {
  parts_->catalog.for_each([this](const actors::NamespaceEntry& entry) {
    const bool is_deleted = entry.record()->state == NamespaceState::kDeleted;
    entry.metrics().set_counts(is_deleted ? core::RunCounts() : parts_->log.counts(entry.number()));
  });
  const store::MemoryUse memory = parts_->store->memory_use();
  metrics_.flush({.in_flight_requests = admission_.requests(),
                  .in_flight_bytes = admission_.bytes(),
                  .close_waiters = waiters_.size() + watchers_.size(),
                  .live_actors = parts_->actors->live_actors(),
                  .memtable_bytes = memory.memtables,
                  .block_cache_bytes = memory.block_cache});
}

Result<std::uint64_t> Engine::reclaim_now() {
  const auto slot = admission_.enter(0);
  if (!slot.ok()) return slot.status();
  return parts_->actors->reclaim_now().get();
}

Result<std::uint64_t> Engine::fire_timers_now() {
  const auto slot = admission_.enter(0);
  if (!slot.ok()) return slot.status();
  return parts_->actors->fire_timers_now().get();
}

Result<std::uint64_t> Engine::passivate_now() {
  const auto slot = admission_.enter(0);
  if (!slot.ok()) return slot.status();
  return parts_->actors->passivate_now().get();
}

}  // namespace onerun::runtime
