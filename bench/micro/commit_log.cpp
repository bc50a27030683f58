// The commit log: groups through one commit, by how many share it, over memory and over RocksDB.
#include "store/commit_log.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/micro/skip.hpp"
#include "bench/micro/starts.hpp"
#include "store/memory_store.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::bench {
namespace {

struct NobodyLooks final : store::CommitObserver {
  void committed(std::size_t, std::size_t, std::chrono::nanoseconds) override {}
  void fenced(const Status&) override {}
};

struct NobodyWaits final : store::Completion {
  void complete(const Status&) noexcept override {}
};

/// The writes of some starts, decided beforehand.
const std::vector<core::WriteSet>& starts() {
  static const std::vector<core::WriteSet> kMade = [] {
    std::vector<core::WriteSet> all;
    for (std::uint64_t number = 0; number < 1 << 16; ++number) {
      all.push_back(writes_of_start(number));
    }
    return all;
  }();
  return kMade;
}

/// Appends the starts of a commit and commits them, on one thread. When there are no more starts,
/// they come again.
void commit(benchmark::State& timing, store::Store& store, Durability durability) {
  const auto epoch = store.acquire_epoch();
  if (!epoch.ok()) return skip(timing, epoch.status());
  NobodyLooks observer;
  store::CommitLog log(store, *epoch, {.durability = durability}, {}, observer);
  const auto groups = static_cast<std::uint64_t>(timing.range(0));
  const std::vector<core::WriteSet>& writes = starts();
  std::uint64_t number = 0;
  for (auto _ : timing) {
    for (std::uint64_t i = 0; i < groups; ++i) {
      log.append({.writes = writes[number++ % writes.size()],
                  .name_space = 1,
                  .counts = {.open = 1},
                  .completion = std::make_unique<NobodyWaits>()});
    }
    log.commit_ready();
  }
  if (!log.fenced().ok()) skip(timing, log.fenced());
  timing.SetItemsProcessed(static_cast<std::int64_t>(number));
}

void over_memory(benchmark::State& timing) {
  store::MemoryStore store;
  commit(timing, store, Durability::kMemory);
}

void over_rocksdb(benchmark::State& timing, Durability durability) {
  const test::TemporaryDirectory directory;
  auto opened = store::open_rocksdb_store({.data_dir = directory.path(), .durability = durability});
  if (!opened.ok()) return skip(timing, opened.status());
  commit(timing, *opened->store, durability);
}

void groups(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("groups")->Arg(1)->Arg(64)->Arg(1024)->UseRealTime();
}

BENCHMARK(over_memory)->Name("commit_log/memory")->Apply(groups);
BENCHMARK_CAPTURE(over_rocksdb, async, Durability::kAsync)
    ->Name("commit_log/rocksdb_async")
    ->Apply(groups);
BENCHMARK_CAPTURE(over_rocksdb, sync, Durability::kSync)
    ->Name("commit_log/rocksdb_sync")
    ->Apply(groups);

}  // namespace
}  // namespace onerun::bench
