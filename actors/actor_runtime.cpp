#include "actors/actor_runtime.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "actors/caf.hpp"
#include "actors/messages.hpp"
#include "actors/namespace_supervisor.hpp"
#include "actors/retention_actor.hpp"
#include "actors/timer_actor.hpp"
#include "onerun/detail/promise.hpp"

namespace onerun::actors {
namespace {

/// The supervisors of a namespace, each with its slice of the workflow ids.
class Supervisors final : public Mailboxes {
 public:
  explicit Supervisors(std::vector<caf_facade::Actor> actors) : actors_(std::move(actors)) {}

  void deliver(std::shared_ptr<Request> request) override {
    const std::size_t hash = std::hash<WorkflowId>{}(request->workflow_id());
    caf_facade::post(actors_[hash % actors_.size()], Deliver{std::move(request)});
  }

  const std::vector<caf_facade::Actor>& actors() const { return actors_; }

 private:
  const std::vector<caf_facade::Actor> actors_;
};

struct ConfiguredSystem {
  explicit ConfiguredSystem(const ActorOptions& options) : system(configure(options)) {
    caf_facade::release_logger_of_this_thread();
    caf_facade::check_started(system);
  }

  caf_facade::SystemConfig& configure(const ActorOptions& options) {
    if (options.deterministic) {
      caf_facade::use_test_coordinator(config);
    } else {
      caf_facade::use_threads(config, options.threads);
    }
    return config;
  }

  caf_facade::SystemConfig config;
  caf_facade::System system;
};

}  // namespace

class ActorRuntime::Impl {
 public:
  Impl(Services& services, ActorOptions options)
      : services_(services),
        options_(std::move(options)),
        policy_(PassivationPolicy::of(options_.max_idle_actors, options_.actor_idle_time)),
        caf_(options_) {
    retention_ = caf_facade::spawn<RetentionActor>(
        caf_.system, services_, [this] { return namespaces(); }, options_.namespace_gone);
    timers_ = caf_facade::spawn<TimerActor>(
        caf_.system, services_,
        TimerActor::Namespaces{[this] { return numbers(); },
                               [this](core::NamespaceNumber number) { return find(number); }});
  }

  void add(const std::shared_ptr<NamespaceEntry>& entry) {
    std::vector<caf_facade::Actor> actors;
    for (unsigned slice = 0; slice < options_.supervisors_per_namespace; ++slice) {
      actors.push_back(
          caf_facade::spawn<NamespaceSupervisor>(caf_.system, services_, policy_, live_actors_));
    }
    entry->set_mailboxes(std::make_unique<Supervisors>(actors));
    const std::unique_lock lock(mutex_);
    namespaces_[entry->number()] = {entry, std::move(actors)};
  }

  void remove(core::NamespaceNumber number) {
    const std::unique_lock lock(mutex_);
    const auto found = namespaces_.find(number);
    if (found == namespaces_.end()) return;
    services_.timers.forget(number);
    end(found->second);
    namespaces_.erase(found);
  }

  std::chrono::milliseconds supervisor_tick() const { return policy_.tick; }

  void tick_supervisors() {
    const std::shared_lock lock(mutex_);
    for (const auto& [number, name_space] : namespaces_) {
      for (const caf_facade::Actor& supervisor : name_space.supervisors) {
        caf_facade::post(supervisor, Tick{});
      }
    }
  }

  void tick_retention() { caf_facade::post(retention_, Tick{}); }

  Future<Result<std::uint64_t>> reclaim_now() {
    auto promise = std::make_shared<Promise<Result<std::uint64_t>>>();
    auto future = promise->future();
    caf_facade::post(retention_, ReclaimNow{std::move(promise)});
    return future;
  }

  void tick_timers() { caf_facade::post(timers_, Tick{}); }

  Future<Result<std::uint64_t>> fire_timers_now() {
    auto promise = std::make_shared<Promise<Result<std::uint64_t>>>();
    auto future = promise->future();
    caf_facade::post(timers_, FireNow{std::move(promise)});
    return future;
  }

  Future<Result<std::uint64_t>> passivate_now();

  void stop() {
    if (std::exchange(stopped_, true)) return;
    caf_facade::end(retention_);
    caf_facade::end(timers_);
    end_namespaces();
    if (options_.deterministic) {
      run_all();
    } else {
      caf_.system.await_all_actors_done();
    }
    retention_ = nullptr;
    timers_ = nullptr;
  }

  void run_all() {
    while (caf_facade::test_coordinator(caf_.system).try_run_once()) {
    }
  }

  ConfiguredSystem& caf() { return caf_; }
  std::size_t live_actors() const { return live_actors_.load(std::memory_order_relaxed); }

 private:
  struct Supervised {
    std::shared_ptr<NamespaceEntry> entry;
    std::vector<caf_facade::Actor> supervisors;
  };

  void end_namespaces() {
    const std::unique_lock lock(mutex_);
    for (auto& [number, name_space] : namespaces_) end(name_space);
    namespaces_.clear();
  }

  static void end(Supervised& name_space) {
    for (const caf_facade::Actor& supervisor : name_space.supervisors) caf_facade::end(supervisor);
    name_space.entry->set_mailboxes(nullptr);
  }

  Reclaimer::Namespaces namespaces() const {
    const std::shared_lock lock(mutex_);
    Reclaimer::Namespaces entries;
    for (const auto& [number, name_space] : namespaces_) entries.push_back(name_space.entry);
    std::ranges::sort(entries, {}, &NamespaceEntry::number);
    return entries;
  }

  std::vector<core::NamespaceNumber> numbers() const {
    const std::shared_lock lock(mutex_);
    std::vector<core::NamespaceNumber> all;
    for (const auto& [number, name_space] : namespaces_) all.push_back(number);
    std::ranges::sort(all);
    return all;
  }

  std::shared_ptr<NamespaceEntry> find(core::NamespaceNumber number) const {
    const std::shared_lock lock(mutex_);
    const auto found = namespaces_.find(number);
    return found == namespaces_.end() ? nullptr : found->second.entry;
  }

  Services& services_;
  const ActorOptions options_;
  const PassivationPolicy policy_;
  std::atomic<std::size_t> live_actors_{0};
  mutable std::shared_mutex mutex_;
  std::unordered_map<core::NamespaceNumber, Supervised> namespaces_;
  ConfiguredSystem caf_;  // after what actors use, so that it ends before
  caf_facade::Actor retention_;
  caf_facade::Actor timers_;
  bool stopped_ = false;
};

/// Asks every supervisor, and answers with the sum when the last has answered.
Future<Result<std::uint64_t>> ActorRuntime::Impl::passivate_now() {
  struct Sum {
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<std::size_t> waiting{1};
    Promise<Result<std::uint64_t>> promise;

    void done() {
      if (waiting.fetch_sub(1) == 1) promise.set(dropped.load());
    }
  };
  const auto sum = std::make_shared<Sum>();
  auto future = sum->promise.future();
  const std::shared_lock lock(mutex_);
  for (const auto& [number, name_space] : namespaces_) {
    for (const caf_facade::Actor& supervisor : name_space.supervisors) {
      auto part = std::make_shared<Promise<Result<std::uint64_t>>>();
      sum->waiting.fetch_add(1);
      part->future().then([sum](const Result<std::uint64_t>& dropped) {
        sum->dropped.fetch_add(dropped.ok() ? *dropped : 0);
        sum->done();
      });
      caf_facade::post(supervisor, PassivateIdle{std::move(part)});
    }
  }
  sum->done();
  return future;
}

ActorRuntime::ActorRuntime(Services& services, ActorOptions options)
    : impl_(std::make_unique<Impl>(services, std::move(options))) {}

ActorRuntime::~ActorRuntime() { impl_->stop(); }

void ActorRuntime::add(const std::shared_ptr<NamespaceEntry>& entry) { impl_->add(entry); }
void ActorRuntime::remove(core::NamespaceNumber number) { impl_->remove(number); }
std::chrono::milliseconds ActorRuntime::supervisor_tick() const { return impl_->supervisor_tick(); }
void ActorRuntime::tick_supervisors() { impl_->tick_supervisors(); }
void ActorRuntime::tick_retention() { impl_->tick_retention(); }
Future<Result<std::uint64_t>> ActorRuntime::reclaim_now() { return impl_->reclaim_now(); }
Future<Result<std::uint64_t>> ActorRuntime::passivate_now() { return impl_->passivate_now(); }
void ActorRuntime::tick_timers() { impl_->tick_timers(); }
Future<Result<std::uint64_t>> ActorRuntime::fire_timers_now() { return impl_->fire_timers_now(); }
std::size_t ActorRuntime::live_actors() const { return impl_->live_actors(); }
void ActorRuntime::stop() { impl_->stop(); }

std::size_t ActorRuntime::runnable() const {
  return caf_facade::test_coordinator(impl_->caf().system).jobs.size();
}

void ActorRuntime::run_one(std::size_t position) {
  auto& coordinator = caf_facade::test_coordinator(impl_->caf().system);
  const auto first = coordinator.jobs.begin();
  const auto chosen = first + static_cast<std::ptrdiff_t>(position);
  std::rotate(first, chosen, chosen + 1);
  coordinator.run_once();
}

void ActorRuntime::run_all() { impl_->run_all(); }

}  // namespace onerun::actors
