// Actors: one message to one, and making one, with nothing of ours in it; and through the runtime
// over the store in memory: the way of a start to its actor and back, an actor that is made for it,
// and one that comes back after it was passivated.
#include <benchmark/benchmark.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <utility>

#include "actors/caf.hpp"
#include "bench/micro/starts.hpp"
#include "onerun/onerun.hpp"
#include "onerun/testing.hpp"

namespace onerun::bench {

/// Says when so many things are done.
class Countdown {
 public:
  void start(std::uint64_t things) { left_.store(things, std::memory_order_relaxed); }
  void done() {
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_all();
  }
  void wait() const {
    for (auto left = left_.load(); left != 0; left = left_.load()) left_.wait(left);
  }

 private:
  std::atomic<std::uint64_t> left_{0};
};

struct Ping {
  Countdown* countdown;
};

/// Makes an actor and sends it a Ping.
struct SpawnOne {
  Countdown* countdown;
};

}  // namespace onerun::bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::bench::Ping)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(onerun::bench::SpawnOne)

namespace onerun::bench {
namespace {

namespace caf = actors::caf_facade;

constexpr std::int64_t kAtOnce = 1'000;

class Pinged final : public caf::ActorBase {
 public:
  using ActorBase::ActorBase;
  caf::Behavior make_behavior() override {
    return {[](const Ping& ping) { ping.countdown->done(); }};
  }
};

class Spawner final : public caf::ActorBase {
 public:
  using ActorBase::ActorBase;
  caf::Behavior make_behavior() override {
    return {[this](const SpawnOne& order) {
      caf::send(*this, caf::spawn_owned<Pinged>(*this), Ping{order.countdown});
    }};
  }
};

/// An actor in a system of two threads.
template <class T>
class Alone {
 public:
  Alone() : actor_(caf::spawn<T>(*system_)) {}
  ~Alone() {
    caf::end(actor_);
    actor_ = {};
    system_.reset();
  }
  const caf::Actor& operator*() const { return actor_; }

 private:
  struct Config : caf::SystemConfig {
    Config() { caf::use_threads(*this, 2); }
  };
  Config config_;
  std::unique_ptr<caf::System> system_ = std::make_unique<caf::System>(config_);
  caf::Actor actor_;
};

template <class T, class Message>
void post(benchmark::State& timing) {
  const Alone<T> actor;
  const std::int64_t at_once = timing.range(0);
  Countdown countdown;
  for (auto _ : timing) {
    countdown.start(static_cast<std::uint64_t>(at_once));
    for (std::int64_t i = 0; i < at_once; ++i) caf::post(*actor, Message{&countdown});
    countdown.wait();
  }
  timing.SetItemsProcessed(at_once * timing.iterations());
}
BENCHMARK_TEMPLATE(post, Pinged, Ping)
    ->Name("actor/hop")
    ->ArgName("at_once")
    ->Arg(1)
    ->Arg(kAtOnce)
    ->UseRealTime();
BENCHMARK_TEMPLATE(post, Spawner, SpawnOne)
    ->Name("actor/spawn")
    ->ArgName("at_once")
    ->Arg(1)
    ->Arg(kAtOnce)
    ->UseRealTime();

/// A runtime over the store in memory that keeps all its actors until it is told not to.
class InMemory {
 public:
  InMemory() : runtime_(open()), name_space_(*runtime_.ensure_namespace(NamespaceName("bench"))) {}

  Runtime& runtime() { return runtime_; }

  /// Starts them all, so many at a time that admission takes them, and waits for the answers.
  void start(std::uint64_t first, std::uint64_t number,
             ConflictPolicy conflict = ConflictPolicy::kUseExisting) {
    countdown_.start(number);
    for (std::uint64_t i = 0; i < number; ++i) {
      name_space_.start({.workflow_id = id_of(first + i), .conflict_policy = conflict})
          .then([this](const Result<StartResult>&) { countdown_.done(); });
    }
    countdown_.wait();
  }

 private:
  static Runtime open() {
    auto opened = Runtime::open({.store = StoreKind::kMemory,
                                 .max_idle_actors = 10'000'000,
                                 .actor_idle_time = std::chrono::hours(1)});
    if (!opened.ok()) throw std::runtime_error(opened.status().to_string());
    return std::move(*opened);
  }

  Runtime runtime_;
  Namespace name_space_;
  Countdown countdown_;
};

/// To an actor that is there, which answers without a write.
void used_existing(benchmark::State& timing) {
  InMemory memory;
  const auto at_once = static_cast<std::uint64_t>(timing.range(0));
  memory.start(0, at_once);
  for (auto _ : timing) memory.start(0, at_once);
  timing.SetItemsProcessed(timing.range(0) * timing.iterations());
}

/// An actor for each start, and the write of its run.
void new_id(benchmark::State& timing) {
  InMemory memory;
  const auto at_once = static_cast<std::uint64_t>(timing.range(0));
  std::uint64_t first = 0;
  for (auto _ : timing) memory.start(std::exchange(first, first + at_once), at_once);
  timing.SetItemsProcessed(timing.range(0) * timing.iterations());
}

/// All actors go, and come back from the store.
void passivate_and_return(benchmark::State& timing) {
  InMemory memory;
  memory.start(0, kAtOnce);
  for (auto _ : timing) {
    if (!testing::passivate_now(memory.runtime()).ok()) return timing.SkipWithError("not done");
    memory.start(0, kAtOnce);
  }
  timing.SetItemsProcessed(kAtOnce * timing.iterations());
}

void at_once(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("at_once")->Arg(1)->Arg(kAtOnce)->UseRealTime();
}

BENCHMARK(used_existing)->Name("runtime_in_memory/used_existing")->Apply(at_once);
BENCHMARK(new_id)->Name("runtime_in_memory/new_id")->Apply(at_once);
BENCHMARK(passivate_and_return)->Name("runtime_in_memory/passivate_and_return")->UseRealTime();

}  // namespace
}  // namespace onerun::bench
