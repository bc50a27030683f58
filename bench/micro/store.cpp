// Reads of the store: the head of a workflow id that is there, and of one that is not, in memory,
// in RocksDB's memtables and in its table files.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <stdexcept>
#include <string>

#include "bench/micro/starts.hpp"
#include "core/keys.hpp"
#include "store/memory_store.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::bench {
namespace {

constexpr std::uint64_t kIds = 100'000;
constexpr std::uint64_t kIdsPerCommit = 1'000;

Status fill(store::Store& store) {
  const auto epoch = store.acquire_epoch();
  if (!epoch.ok()) return epoch.status();
  for (std::uint64_t number = 0; number < kIds;) {
    core::WriteSet writes;
    for (std::uint64_t i = 0; i < kIdsPerCommit; ++i) {
      writes_of_start(number++).for_each(
          [&](const core::Write& write) { writes.put(write.family, write.key, write.value); });
    }
    const core::WriteSet* all = &writes;
    Status status = store.commit(
        {.epoch = *epoch, .number = store.last_commit() + 1, .writes = {&all, 1}, .sync = false});
    if (!status.ok()) return status;
  }
  return {};
}

/// Filled once for all benchmarks that read it.
class FilledStore {
 public:
  /// `memtable_bytes` 0: in memory.
  explicit FilledStore(std::size_t memtable_bytes) {
    if (memtable_bytes == 0) {
      store_ = std::make_unique<store::MemoryStore>();
    } else {
      auto opened = store::open_rocksdb_store({.data_dir = directory_.path(),
                                               .durability = Durability::kAsync,
                                               .tuning = {.memtable_bytes = memtable_bytes}});
      if (!opened.ok()) throw std::runtime_error(opened.status().to_string());
      store_ = std::move(opened->store);
    }
    const Status filled = fill(*store_);
    if (!filled.ok()) throw std::runtime_error(filled.to_string());
  }

  const store::Store& operator*() const { return *store_; }

 private:
  const test::TemporaryDirectory directory_;
  std::unique_ptr<store::Store> store_;
};

/// Heads of ids drawn at random. `first`: the ids that are there begin at 0.
void read(benchmark::State& timing, const store::Store& store, std::uint64_t first) {
  std::mt19937_64 random(17);
  std::string value;
  const bool is_there = first < kIds;
  for (auto _ : timing) {
    const WorkflowId id = id_of(first + random() % kIds);
    const auto found = store.get(core::Family::kHead, core::keys::head(1, id), value);
    if (!found.ok() || *found != is_there) return timing.SkipWithError("a wrong answer");
    benchmark::DoNotOptimize(value);
  }
}

const store::Store& in_memory() {
  static const FilledStore kStore(0);
  return *kStore;
}
const store::Store& in_memtables() {
  static const FilledStore kStore(std::size_t{64} << 20);
  return *kStore;
}
/// Memtables that hold a small part of it.
const store::Store& in_tables() {
  static const FilledStore kStore(std::size_t{256} << 10);
  return *kStore;
}

void present(benchmark::State& timing, const store::Store& (*store)()) { read(timing, store(), 0); }
void absent(benchmark::State& timing, const store::Store& (*store)()) {
  read(timing, store(), kIds);
}

BENCHMARK_CAPTURE(present, memory, in_memory)->Name("store_read/present/memory");
BENCHMARK_CAPTURE(absent, memory, in_memory)->Name("store_read/absent/memory");
BENCHMARK_CAPTURE(present, memtables, in_memtables)->Name("store_read/present/memtables");
BENCHMARK_CAPTURE(absent, memtables, in_memtables)->Name("store_read/absent/memtables");
BENCHMARK_CAPTURE(present, tables, in_tables)->Name("store_read/present/tables");
BENCHMARK_CAPTURE(absent, tables, in_tables)->Name("store_read/absent/tables");

}  // namespace
}  // namespace onerun::bench
