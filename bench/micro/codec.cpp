// The codec: what a start, a close and a read spend on bytes.
#include <benchmark/benchmark.h>

#include <string>

#include "bench/micro/skip.hpp"
#include "core/event.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/uuid.hpp"
#include "tests/support/history.hpp"

namespace onerun::bench {
namespace {

const WorkflowId kId("00000000000000000017");  // 20 bytes
constexpr Timestamp kNow{Duration(1'700'000'000'000)};

RunId run_id() { return RunId(core::make_uuid_v7(std::uint64_t{17} << 12, 1)); }

core::WorkflowState state_of_open_run() {
  return {.current = core::RunHead{.run_id = run_id(),
                                   .status = RunStatus::kRunning,
                                   .start_time = kNow,
                                   .start_request_id = RequestId("request-17"),
                                   .history_length = 1,
                                   .history_size_bytes = 100}};
}

StartRequest request_with(std::size_t payload_bytes) {
  return {.workflow_id = kId,
          .request_id = RequestId("request-17"),
          .input = {Payload::bytes(std::string(payload_bytes, 'x'))}};
}

std::string start_event(const StartRequest& request) {
  return core::test::bytes_of(core::test::started(run_id(), kNow, {}, request));
}

void note_bytes(benchmark::State& timing, std::size_t bytes) {
  timing.SetBytesProcessed(static_cast<std::int64_t>(bytes) * timing.iterations());
}

void payloads(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("payload")->Arg(0)->Arg(1 << 10)->Arg(64 << 10);
}

void encode_head(benchmark::State& timing) {
  const core::WorkflowState state = state_of_open_run();
  for (auto _ : timing) benchmark::DoNotOptimize(core::encode_head(state));
  note_bytes(timing, core::encode_head(state).size());
}
BENCHMARK(encode_head)->Name("codec/encode_head");

void decode_head(benchmark::State& timing) {
  const std::string bytes = core::encode_head(state_of_open_run());
  for (auto _ : timing) {
    const auto state = core::decode_head(bytes);
    if (!state.ok()) return skip(timing, state.status());
    benchmark::DoNotOptimize(state);
  }
  note_bytes(timing, bytes.size());
}
BENCHMARK(decode_head)->Name("codec/decode_head");

void encode_start(benchmark::State& timing) {
  const StartRequest request = request_with(static_cast<std::size_t>(timing.range(0)));
  for (auto _ : timing) benchmark::DoNotOptimize(start_event(request));
  note_bytes(timing, start_event(request).size());
}
BENCHMARK(encode_start)->Name("codec/encode_start")->Apply(payloads);

void encode_close(benchmark::State& timing) {
  const auto closed = core::test::closed(run_id(), kNow, RunStatus::kCompleted, {});
  for (auto _ : timing) benchmark::DoNotOptimize(core::test::bytes_of(closed));
  note_bytes(timing, core::test::bytes_of(closed).size());
}
BENCHMARK(encode_close)->Name("codec/encode_close");

/// The history of a run from its start to its end, as a description reads it.
void decode_run(benchmark::State& timing) {
  const StartRequest request = request_with(static_cast<std::size_t>(timing.range(0)));
  const auto closed = core::test::closed(run_id(), kNow, RunStatus::kCompleted, {});
  const std::string history = start_event(request) + core::test::bytes_of(closed);
  for (auto _ : timing) {
    const auto run = core::decode_run(run_id(), history);
    if (!run.ok()) return skip(timing, run.status());
    benchmark::DoNotOptimize(run);
  }
  note_bytes(timing, history.size());
}
BENCHMARK(decode_run)->Name("codec/decode_run")->Apply(payloads);

void head_key(benchmark::State& timing) {
  for (auto _ : timing) benchmark::DoNotOptimize(core::keys::head(1, kId));
}
BENCHMARK(head_key)->Name("codec/head_key");

}  // namespace
}  // namespace onerun::bench
