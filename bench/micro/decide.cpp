// decide_start, a cell of the decision table at a time; and what follows a new run: folding its
// events and writing them down.
#include "core/decide.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "bench/micro/skip.hpp"
#include "core/start_table.hpp"
#include "core/transition.hpp"
#include "core/uuid.hpp"

namespace onerun::bench {
namespace {

using core::StartCell;

const WorkflowId kId("00000000000000000017");  // 20 bytes
constexpr Timestamp kNow{Duration(1'700'000'000'000)};

RunId run_id(std::uint64_t number) { return RunId(core::make_uuid_v7(number << 12, 1)); }

/// One way to come to a cell.
struct Way {
  const char* name;
  StartCell cell;
  ReusePolicy reuse;
  ConflictPolicy conflict;
  RunStatus current;  ///< kUnspecified: no run
};

constexpr std::array kWays = {
    Way{"new_id", StartCell::kNew, ReusePolicy::kAllowDuplicate, ConflictPolicy::kFail,
        RunStatus::kUnspecified},
    Way{"new_after_completed", StartCell::kNew, ReusePolicy::kAllowDuplicate, ConflictPolicy::kFail,
        RunStatus::kCompleted},
    Way{"use_existing", StartCell::kUse, ReusePolicy::kAllowDuplicate, ConflictPolicy::kUseExisting,
        RunStatus::kRunning},
    Way{"terminate_existing", StartCell::kTerminate, ReusePolicy::kAllowDuplicate,
        ConflictPolicy::kTerminateExisting, RunStatus::kRunning},
    Way{"cancel_existing", StartCell::kCancel, ReusePolicy::kAllowDuplicate,
        ConflictPolicy::kCancelExisting, RunStatus::kRunning},
    Way{"enqueue", StartCell::kEnqueue, ReusePolicy::kAllowDuplicate, ConflictPolicy::kEnqueue,
        RunStatus::kRunning},
    Way{"refused_running", StartCell::kDupRunning, ReusePolicy::kAllowDuplicate,
        ConflictPolicy::kFail, RunStatus::kRunning},
    Way{"refused_completed", StartCell::kDupCompleted, ReusePolicy::kAllowDuplicateFailedOnly,
        ConflictPolicy::kFail, RunStatus::kCompleted},
    Way{"refused_used", StartCell::kDupRejected, ReusePolicy::kRejectDuplicate,
        ConflictPolicy::kFail, RunStatus::kFailed},
};

core::WorkflowState state_with(RunStatus current) {
  if (current == RunStatus::kUnspecified) return {};
  core::RunHead head{.run_id = run_id(1),
                     .status = current,
                     .start_time = kNow - std::chrono::minutes(2),
                     .start_request_id = RequestId("the first request"),
                     .history_length = 1,
                     .history_size_bytes = 100};
  if (is_closed(current)) head.close_time = kNow - std::chrono::minutes(1);
  return {.current = head};
}

core::StartCommand command_of(const Way& way) {
  return {.workflow_id = kId,
          .request_id = RequestId("another request"),
          .reuse_policy = way.reuse,
          .conflict_policy = way.conflict,
          .queue_timeout = std::chrono::hours(1)};
}

void decide(benchmark::State& timing, const core::WorkflowState& state,
            const core::StartCommand& command) {
  const NamespaceConfig config;
  for (auto _ : timing) {
    benchmark::DoNotOptimize(core::decide_start(
        state, command, {.now = kNow, .config = config, .fresh_run_id = run_id(2)}));
  }
}

void decide_by_cell(benchmark::State& timing, const Way& way) {
  if (core::start_cell(way.reuse, way.conflict, way.current) != way.cell) {
    return timing.SkipWithError("the table has another cell there");
  }
  decide(timing, state_with(way.current), command_of(way));
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const Way& way : kWays) {
    benchmark::RegisterBenchmark(("decide_start/" + std::string(way.name)).c_str(),
                                 [&way](benchmark::State& timing) { decide_by_cell(timing, way); });
  }
  return true;
}();

void decide_deduplicated(benchmark::State& timing) {
  core::StartCommand command = command_of(kWays[0]);
  command.request_id = RequestId("the first request");
  decide(timing, state_with(RunStatus::kRunning), command);
}
BENCHMARK(decide_deduplicated)->Name("decide_start/deduplicated");

/// What the actor does with a start of a new id, but for the store.
void decide_and_apply(benchmark::State& timing) {
  const NamespaceConfig config;
  const core::StartCommand command = command_of(kWays[0]);
  for (auto _ : timing) {
    core::WorkflowState state;
    const core::Decision decision = core::decide_start(
        state, command, {.now = kNow, .config = config, .fresh_run_id = run_id(2)});
    auto transition = core::apply(1, kId, state, decision.events);
    if (!transition.ok()) return skip(timing, transition.status());
    benchmark::DoNotOptimize(transition);
  }
}
BENCHMARK(decide_and_apply)->Name("decide_start_and_apply/new_id");

}  // namespace
}  // namespace onerun::bench
