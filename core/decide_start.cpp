// May this start have a run? The one question that onerun exists for.
#include <algorithm>

#include "core/addressing.hpp"
#include "core/decide.hpp"
#include "core/fault.hpp"
#include "core/retention.hpp"
#include "core/start_table.hpp"
#include "core/text.hpp"

namespace onerun::core {
namespace {

/// Who and what is written down when a start terminates the open run.
constexpr std::string_view kDisplacedReason = "terminated by a start with terminate_existing";
constexpr std::string_view kDisplacedBy = "onerun";

StartResult result_of(StartRule rule, const RunHead& run, const StartCommand& command) {
  StartResult result{.rule = rule};
  result.run_id = run.run_id;
  result.first_execution_run_id = run.first_run();
  result.original_execution_run_id = run.original_run();
  result.status = run.status;
  result.dry_run = command.dry_run;
  return result;
}

bool has_attached(const RunHead& run, const RequestId& request_id) {
  return std::ranges::any_of(run.attached, [&](const AttachedRequestId& attached) {
    return attached.request_id == request_id;
  });
}

/// The answer to a request that this run answers for already, if it is one.
std::optional<StartResult> deduplicate(const RunHead& run, const StartCommand& command) {
  // Without a request id the run id that is brought stands for it, as it will for the run's.
  const RequestId brought(command.request_id.empty() ? command.run_id.text() : std::string());
  const RequestId& request = command.request_id.empty() ? brought : command.request_id;
  if (request.empty() || ONERUN_FAULT(kSkipDedup)) return std::nullopt;
  if (request == run.start_request()) {
    StartResult result = result_of(StartRule::kDeduplicated, run, command);
    result.started = true;
    return result;
  }
  if (has_attached(run, request) && !ONERUN_FAULT(kForgetAttached)) {
    return result_of(StartRule::kDeduplicatedAttached, run, command);
  }
  return std::nullopt;
}

Decision refuse_moved(const RunHead* current, const StartCommand& command) {
  CurrentRunMoved moved{
      .expected = command.expected_run_id, .current = {}, .status = RunStatus::kUnspecified};
  std::string found = "it has no run";
  if (current != nullptr) {
    moved.current = current->run_id;
    moved.status = current->status;
    found = "the current run is \"" + printable(current->run_id.text()) + "\"";
  }
  return refuse(Status(StatusCode::kFailedPrecondition,
                       "workflow id \"" + printable(command.workflow_id.text()) +
                           "\": expected_run_id is \"" + printable(command.expected_run_id.text()) +
                           "\", but " + found,
                       std::move(moved)));
}

std::string_view reason_of(StartRule rule) {
  switch (rule) {
    case StartRule::kRejectedRunning: return "a run is open";
    case StartRule::kRejectedCompleted: return "the last run did not fail";
    default: return "the id was used and duplicates are rejected";
  }
}

Decision reject(StartRule rule, const RunHead& current, const StartCommand& command) {
  if (!command.error_when_already_started) {
    return answer_only(result_of(rule, current, command));
  }
  return refuse(Status(StatusCode::kAlreadyExists,
                       "workflow id \"" + printable(command.workflow_id.text()) +
                           "\" is already started: " + std::string(reason_of(rule)) + " (run \"" +
                           printable(current.run_id.text()) + "\", " +
                           std::string(to_string(current.status)) + ")",
                       AlreadyStarted{.run_id = current.run_id,
                                      .first_execution_run_id = current.first_run(),
                                      .start_request_id = current.start_request(),
                                      .status = current.status,
                                      .rule = rule}));
}

Decision use_existing(const RunHead& current, const StartCommand& command, const Context& context) {
  Decision decision = answer_only(result_of(StartRule::kUsedExisting, current, command));
  if (!command.attach_request_id) return decision;
  if (current.attached.size() >= limits::kAttachedRequestIds) {
    return refuse(Status(StatusCode::kResourceExhausted,
                         "run \"" + printable(current.run_id.text()) + "\" has " +
                             std::to_string(current.attached.size()) +
                             " attached request ids, the limit",
                         Exhausted{.resource = "attached_request_ids",
                                   .in_use = current.attached.size(),
                                   .requested = 1,
                                   .limit = limits::kAttachedRequestIds}));
  }
  if (command.dry_run) return decision;
  decision.events.emplace_back(RequestIdAttached{current.run_id, context.now, command.request_id});
  return decision;
}

Decision start_new(StartRule rule, const RunHead* current, const StartCommand& command,
                   const Context& context) {
  const bool brings_run_id = !command.run_id.empty();
  if (brings_run_id && context.run_id_in_use) {
    return refuse(Status(
        StatusCode::kAlreadyExists,
        "run id \"" + printable(command.run_id.text()) + "\" is used in this namespace already",
        RunIdInUse{command.run_id}));
  }

  // A clock that steps back never gives a run an earlier start than the end of the run before it.
  Timestamp now = context.now;
  if (current != nullptr) {
    now = std::max({now, current->start_time, current->close_time});
  }

  RunHead run{.run_id = brings_run_id ? command.run_id : context.fresh_run_id,
              .status = RunStatus::kRunning};
  // A dry run promises no run id that onerun would mint.
  if (command.dry_run && !brings_run_id) run.run_id = RunId();
  Decision decision = answer_only(result_of(rule, run, command));
  StartResult& result = std::get<StartResult>(*decision.answer);
  result.started = !command.dry_run;

  if (rule == StartRule::kTerminatedExistingAndStarted) {
    RunHead displaced = *current;
    displaced.status = RunStatus::kTerminated;
    displaced.close_time = now;
    result.displaced = info_of(displaced);
  }
  if (command.dry_run) return decision;

  if (rule == StartRule::kTerminatedExistingAndStarted) {
    CloseInfo close{.result = {.data = run.run_id.text(), .content_type = "text/plain"},
                    .failure = {},
                    .reason = std::string(kDisplacedReason),
                    .identity = std::string(kDisplacedBy)};
    decision.events.emplace_back(
        RunClosed{current->run_id, now, RunStatus::kTerminated, std::move(close)});
  }
  decision.events.emplace_back(
      RunStarted{run.run_id, now, current == nullptr ? RunId() : current->run_id, &command});
  return decision;
}

}  // namespace

Decision decide_start(const WorkflowState& state, const StartCommand& command,
                      const Context& context) {
  // A closed run whose id retention has ended counts as absent, to the millisecond.
  const RunHead* current = state.current ? &*state.current : nullptr;
  if (current != nullptr && is_id_expired(context.retention, *current, context.now)) {
    current = nullptr;
  }

  if (current != nullptr) {
    if (auto known = deduplicate(*current, command)) return answer_only(std::move(*known));
  }
  if (!command.expected_run_id.empty() && !ONERUN_FAULT(kIgnoreExpectedRunId) &&
      (current == nullptr || current->run_id != command.expected_run_id)) {
    return refuse_moved(current, command);
  }

  const RunStatus status = current == nullptr ? RunStatus::kUnspecified : current->status;
  const StartCell cell = start_cell(command.reuse_policy, command.conflict_policy, status);
  // Where there is no run, the table has nothing but new runs and invalid pairs.
  if (cell != StartCell::kInvalid && current == nullptr) {
    return start_new(StartRule::kStarted, nullptr, command, context);
  }
  switch (cell) {
    case StartCell::kNew: return start_new(StartRule::kStarted, current, command, context);
    case StartCell::kTerminate:
      return start_new(StartRule::kTerminatedExistingAndStarted, current, command, context);
    case StartCell::kUse: return use_existing(*current, command, context);
    case StartCell::kDupRunning: return reject(StartRule::kRejectedRunning, *current, command);
    case StartCell::kDupCompleted: return reject(StartRule::kRejectedCompleted, *current, command);
    case StartCell::kDupRejected: return reject(StartRule::kRejectedDuplicate, *current, command);
    case StartCell::kInvalid: break;
  }
  return refuse(Status(StatusCode::kInvalidArgument,
                       "reuse_policy " + std::string(to_string(command.reuse_policy)) +
                           " can't be combined with conflict_policy " +
                           std::string(to_string(command.conflict_policy))));
}

}  // namespace onerun::core
