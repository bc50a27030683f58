#include "tests/sim/requests.hpp"

#include "tests/support/payloads.hpp"

namespace onerun::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::array<Duration, 4> kWaits = {500ms, 1s, 3s, 10s};

/// Whether the start waits where a run is open.
bool may_wait(const StartRequest& request) {
  return request.conflict_policy == ConflictPolicy::kCancelExisting ||
         request.conflict_policy == ConflictPolicy::kEnqueue;
}

}  // namespace

RunId Requests::some_run(const WorkflowId& id) {
  if (chance(50)) return {};
  std::vector<RunId> runs;
  for (const RunRef& known : checker_.known_runs()) {
    if (known.workflow_id == id || chance(5)) runs.push_back(known.run_id);
  }
  if (runs.empty() || chance(5)) return RunId(std::string_view("nobody's"));
  return chance(50) ? runs.back() : dice_.pick(runs);
}

/// What a client gives or signals, never the same twice.
std::string Requests::something_new() {
  std::string text = "i" + std::to_string(++given_);
  if (most_padding_ > 0) text += std::string(draw(most_padding_), kPadding);
  return text;
}

StartRequest Requests::start() {
  WorkflowId id = some_id();  // always: the bytes of a fuzzed schedule keep their meaning
  if (!made_.empty() && chance(20)) return dice_.pick(made_);  // somebody repeats a request
  return made_.emplace_back(new_start(std::move(id)));
}

template <class Request>
void Requests::add_texts(Request& request) {
  const std::string& input = test::text_of(request.input);
  request.memo = request.header = model_memo(input);
  request.search_attributes = model_attributes(input);
}

StartRequest Requests::new_start(WorkflowId workflow_id) {
  constexpr std::array kReuse = {ReusePolicy::kUnspecified, ReusePolicy::kAllowDuplicate,
                                 ReusePolicy::kAllowDuplicateFailedOnly,
                                 ReusePolicy::kRejectDuplicate, ReusePolicy::kTerminateIfRunning};
  constexpr std::array kConflict = {ConflictPolicy::kFail, ConflictPolicy::kUseExisting,
                                    ConflictPolicy::kTerminateExisting,
                                    ConflictPolicy::kCancelExisting, ConflictPolicy::kEnqueue};
  StartRequest request{.workflow_id = std::move(workflow_id)};
  if (chance(80)) request.request_id = RequestId("q" + std::to_string(++requests_));
  request.reuse_policy = kReuse[draw(kReuse.size())];
  if (request.reuse_policy != ReusePolicy::kTerminateIfRunning) {
    request.conflict_policy = kConflict[draw(kConflict.size())];
  }
  if (request.reuse_policy == ReusePolicy::kRejectDuplicate &&
      request.conflict_policy == ConflictPolicy::kTerminateExisting) {
    request.conflict_policy = ConflictPolicy::kUnspecified;
  }
  const bool waits = may_wait(request);
  if (waits) {
    request.reuse_policy = ReusePolicy::kAllowDuplicate;
    const bool for_ever = request.conflict_policy == ConflictPolicy::kEnqueue && chance(50);
    request.queue_timeout = for_ever ? 0s : kWaits[draw(kWaits.size())];
  }
  request.attach_request_id = !request.request_id.empty() && !waits && chance(50);
  if (chance(15)) request.run_id = RunId(std::string(kOwnRunId) + std::to_string(draw(4)));
  if (chance(10)) request.expected_run_id = some_run(request.workflow_id);
  request.dry_run = chance(5);
  request.error_when_already_started = chance(80);
  if (chance(30)) add_deadlines(request);
  if (request.conflict_policy != ConflictPolicy::kFail && !waits && chance(20)) {
    request.signal = some_signal();
  }
  request.input = {Payload::bytes(something_new())};
  if (given_ % 2 == 0) add_texts(request);
  return request;
}

/// Often one that was sent before.
Signal Requests::some_signal() {
  Signal signal{.name = "s"};
  if (chance(80)) signal.request_id = RequestId("s" + std::to_string(draw(5)));
  signal.input = {Payload::bytes(something_new())};
  return signal;
}

void Requests::add_deadlines(StartRequest& request) {
  constexpr std::array<Duration, 4> kTimeouts = {0s, 1s, 3s, 10s};
  request.execution_timeout = kTimeouts[draw(kTimeouts.size())];
  request.run_timeout = kTimeouts[draw(kTimeouts.size())];
  if (chance(30)) {
    request.cron_schedule = kModelSchedule;
  } else {
    request.start_delay = chance(20) ? 700ms : 0ms;
  }
  if (chance(60)) request.retry_policy = kModelRetryPolicy;
}

Operation Requests::change(Timestamp now) {
  constexpr std::array kCloses = {RunStatus::kCompleted, RunStatus::kFailed, RunStatus::kCanceled,
                                  RunStatus::kTerminated};
  Operation operation{.kind = Operation::Kind::kClose, .now = now};
  const WorkflowId id = some_id();
  operation.run = {id, some_run(id)};
  const std::uint64_t dice = draw(100);
  if (dice < 12) {
    operation.kind = Operation::Kind::kSignal;
    operation.signal = some_signal();
  } else if (dice < 22) {
    make_reset(operation);
  } else if (dice < 32) {
    operation.kind = dice < 28 ? Operation::Kind::kPause : Operation::Kind::kUnpause;
    if (chance(80)) operation.pause.request_id = RequestId("p" + std::to_string(draw(2)));
  } else if (dice < 42) {
    operation.kind = Operation::Kind::kContinue;
    operation.next.backoff = chance(20) ? 1500ms : 0ms;
    operation.next.run_timeout = chance(20) ? 2s : 0s;
    if (chance(40)) operation.next.retry_policy = kModelRetryPolicy;
    operation.next.input = {Payload::bytes(something_new())};
    if (given_ % 2 == 0) {
      add_texts(operation.next);
    }
  } else if (dice < 76) {
    operation.close_as = kCloses[draw(kCloses.size())];
    operation.given = something_new();
  } else {
    operation.kind = dice < 88 ? Operation::Kind::kCancel : Operation::Kind::kRemove;
  }
  // Of those that end a run by what was read of it; without a draw, as schedules stay what they
  // were.
  const bool reports_end =
      operation.kind == Operation::Kind::kContinue ||
      (operation.kind == Operation::Kind::kClose && operation.close_as != RunStatus::kTerminated);
  if (reports_end && given_ % 3 == 0) operation.last_event = 1 + given_ % 4;
  operation.next.expected_last_event_id = operation.last_event;
  const bool may_name_chain =
      operation.kind == Operation::Kind::kCancel ||
      (operation.kind == Operation::Kind::kClose && operation.close_as == RunStatus::kTerminated);
  if (may_name_chain && chance(20)) operation.chain = some_run(id);
  return operation;
}

/// Sometimes one that was made before.
void Requests::make_reset(Operation& operation) {
  constexpr std::array kReapply = {Reapply::kUnspecified, Reapply::kSignals, Reapply::kNone,
                                   Reapply::kAllEligible};
  operation.kind = Operation::Kind::kReset;
  if (!resets_.empty() && chance(30)) {
    const Operation& before = dice_.pick(resets_);
    operation.run = before.run;
    operation.reset = before.reset;
    return;
  }
  operation.reset.event_id = chance(50) ? 1 : draw(7);
  operation.reset.request_id = RequestId("t" + std::to_string(++requests_));
  operation.reset.reapply = kReapply[draw(kReapply.size())];
  operation.reset.exclude_signals = chance(20);
  resets_.push_back(operation);
}

}  // namespace onerun::sim
