// Requests that are wrong whatever the state. Each is refused at once and changes nothing: the
// model is not told of it, so that later answers would show a change.
#include <array>
#include <limits>
#include <utility>

#include "onerun/limits.hpp"
#include "tests/sim/world.hpp"
#include "tests/sim/world_parts.hpp"

namespace onerun::sim {
namespace {

using namespace std::chrono_literals;

const std::string kTooLongId(limits::kIdBytes + 1, 'x');
const std::string kTooLongReason(limits::kReasonBytes + 1, 'x');
constexpr std::string_view kNotUtf8 = "\xff";

std::string too_large_payload() { return std::string(limits::kPayloadBytes + 1, 'x'); }

/// What makes a request wrong, and the field that the refusal must name.
template <class Request>
struct Spoiler {
  std::string_view field;
  void (*spoil)(Request& request);
};

constexpr auto kStarts = std::to_array<Spoiler<StartRequest>>({
    {"workflow_id", [](auto& r) { r.workflow_id = WorkflowId(); }},
    {"workflow_id", [](auto& r) { r.workflow_id = WorkflowId(kTooLongId); }},
    {"workflow_id", [](auto& r) { r.workflow_id = WorkflowId(kNotUtf8); }},
    {"request_id", [](auto& r) { r.request_id = RequestId(kTooLongId); }},
    {"run_id", [](auto& r) { r.run_id = RunId(kTooLongId); }},
    {"attach_request_id", [](auto& r) { r.attach_request_id = true; }},
    {"reuse_policy", [](auto& r) { r.reuse_policy = static_cast<ReusePolicy>(5); }},
    {"conflict_policy", [](auto& r) { r.reuse_policy = ReusePolicy::kRejectDuplicate; }},
    {"input", [](auto& r) { r.input = {Payload::bytes(too_large_payload())}; }},
    {"memo key", [](auto& r) { r.memo[""] = Payload::bytes("x"); }},
    {"search_attributes",
     [](auto& r) {
       for (std::size_t i = 0; i <= limits::kSearchAttributes; ++i) r.search_attributes[std::to_string(i)] = "x";
     }},
    {"execution_timeout", [](auto& r) { r.execution_timeout = limits::kMaxDuration + 1ms; }},
    {"run_timeout", [](auto& r) { r.run_timeout = -1ms; }},
    {"start_delay", [](auto& r) { r.start_delay = Duration::min(); }},
    {"start_delay",
     [](auto& r) {
       r.start_delay = 1s;
       r.cron_schedule = "@hourly";
     }},
    {"cron_schedule", [](auto& r) { r.cron_schedule = "61 * * * *"; }},
    {"retry_policy.backoff_coefficient",
     [](auto& r) { r.retry_policy = {.backoff_coefficient = 0.5}; }},
    {"retry_policy.backoff_coefficient",
     [](auto& r) {
       r.retry_policy = {.backoff_coefficient = std::numeric_limits<double>::quiet_NaN()};
     }},
    {"retry_policy.initial_interval", [](auto& r) { r.retry_policy = {.initial_interval = -1s}; }},
    {"queue_timeout", [](auto& r) { r.queue_timeout = 1s; }},
    {"signal.name", [](auto& r) { r.signal = Signal(); }},
});

/// A change of a run, from the run that it is about.
struct InvalidChange {
  std::string_view field;
  core::Command (*make)(RunRef run);
};

core::CloseCommand close_as(RunStatus status, RunRef run, CloseInfo close) {
  return {.run = std::move(run), .status = status, .close = std::move(close)};
}

constexpr auto kChanges = std::to_array<InvalidChange>({
    {"result",
     [](RunRef run) -> core::Command {
       return close_as(RunStatus::kCompleted, run,
                       {.result = {Payload::bytes(too_large_payload())}});
     }},
    {"failure.message",
     [](RunRef run) -> core::Command {
       return close_as(RunStatus::kFailed, run, {.failure = Failure{.message = kTooLongReason}});
     }},
    {"failure.next_retry_delay",
     [](RunRef run) -> core::Command {
       return close_as(RunStatus::kFailed, run, {.failure = Failure{.next_retry_delay = -1ms}});
     }},
    {"reason",
     [](RunRef run) -> core::Command {
       return close_as(RunStatus::kTerminated, run, {.reason = std::string(kNotUtf8)});
     }},
    {"identity",
     [](RunRef run) -> core::Command {
       return core::RequestCancelCommand{run, {.identity = kTooLongId}};
     }},
    {"run_id",
     [](RunRef run) -> core::Command {
       return core::RemoveCommand{{run.workflow_id, RunId(kTooLongId)}};
     }},
    {"backoff",
     [](RunRef run) -> core::Command {
       return core::ContinueCommand{run, {.backoff = -1ms}};
     }},
    {"signal.name",
     [](RunRef run) -> core::Command {
       return core::SignalCommand{run, {.name = ""}};
     }},
    {"reason",
     [](RunRef run) -> core::Command {
       return core::PauseCommand{run, true, {.reason = kTooLongReason}};
     }},
    {"request_id",
     [](RunRef run) -> core::Command {
       return core::ResetCommand{run, {}};
     }},
});

}  // namespace

/// One that would be seen if it were done: it would end the open run, or add to it.
void World::submit_invalid(std::uint64_t which) {
  which %= 2 * kStarts.size() + kChanges.size() + 1;
  const auto answer = std::make_shared<std::optional<Status>>();
  const auto hear = [answer](const auto& result) { *answer = result.status(); };
  const WorkflowId id(Requests::kIds[which % Requests::kIds.size()]);
  if (which < 2 * kStarts.size()) {  // each alone, and each in a batch
    const auto& [field, spoil] = kStarts[which % kStarts.size()];
    StartRequest request{.workflow_id = id, .conflict_policy = ConflictPolicy::kTerminateExisting};
    spoil(request);
    if (which < kStarts.size()) {
      engine_->start(kNamespace, std::move(request)).then(hear);
    } else {
      engine_->start_batch(kNamespace, {request})
          .then([answer](const Result<std::vector<Result<StartResult>>>& answers) {
            *answer = answers.ok() ? answers->front().status() : answers.status();
          });
    }
    return expect_refused(field, *answer);
  }
  which -= 2 * kStarts.size();
  if (which < kChanges.size()) {
    const auto& [field, make] = kChanges[which];
    engine_->change_run(kNamespace, metrics::Operation::kComplete, make({id})).then(hear);
    return expect_refused(field, *answer);
  }
  engine_->update_namespace(kNamespace, {.retention = Retention{.closed = 0s}}).then(hear);
  expect_refused("retention.closed", *answer);
}

void World::expect_refused(std::string_view field, const std::optional<Status>& answer) {
  say("refused for its " + std::string(field));
  const auto* detail = answer ? answer->detail<InvalidField>() : nullptr;
  if (detail == nullptr || detail->field != field ||
      answer->code() != StatusCode::kInvalidArgument) {
    return checker_.complain("not refused for its " + std::string(field) + ": " +
                             (answer ? answer->to_string() : "no answer"));
  }
  if (engine_->actors().runnable() > 0) checker_.complain("a refused request was handed on");
}

}  // namespace onerun::sim
