// Ids: minting run ids, alone and from two threads, and their texts.
#include <benchmark/benchmark.h>

#include <string>

#include "core/uuid.hpp"
#include "runtime/id_source.hpp"

namespace onerun::bench {
namespace {

constexpr Timestamp kNow{Duration(1'700'000'000'000)};

void next_run_id(benchmark::State& timing) {
  static runtime::SystemIdSource source;
  for (auto _ : timing) benchmark::DoNotOptimize(source.next_run_id(kNow));
}
BENCHMARK(next_run_id)->Name("ids/next_run_id")->Threads(1)->Threads(2)->UseRealTime();

void run_id_to_text(benchmark::State& timing) {
  const RunId run_id(core::make_uuid_v7(std::uint64_t{17} << 12, 1));
  for (auto _ : timing) benchmark::DoNotOptimize(run_id.text());
}
BENCHMARK(run_id_to_text)->Name("ids/to_text");

void run_id_from_text(benchmark::State& timing) {
  const std::string text = RunId(core::make_uuid_v7(std::uint64_t{17} << 12, 1)).text();
  for (auto _ : timing) benchmark::DoNotOptimize(RunId(text));
}
BENCHMARK(run_id_from_text)->Name("ids/from_text");

}  // namespace
}  // namespace onerun::bench
