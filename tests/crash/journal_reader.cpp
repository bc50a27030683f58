#include "tests/crash/journal_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

namespace onerun::test {
namespace {

using nlohmann::json;
using sim::Operation;

Timestamp time_of(const json& ms) { return Timestamp(Duration(ms.get<std::int64_t>())); }

StatusCode code_from(const std::string& name) {
  constexpr std::array kCodes = {StatusCode::kOk, StatusCode::kNotFound, StatusCode::kAlreadyExists,
                                 StatusCode::kFailedPrecondition};
  const auto found =
      std::ranges::find(kCodes, name, [](StatusCode code) { return to_string(code); });
  // Anything else is an answer that no rule gives.
  return found == kCodes.end() ? StatusCode::kInternal : *found;
}

template <class Value>
Value or_throw(std::optional<Value> value, const std::string& text) {
  if (!value) throw std::runtime_error("\"" + text + "\" is none");
  return *value;
}

StartRule rule_from(const std::string& name) {
  for (const StartRule rule :
       {StartRule::kStarted, StartRule::kTerminatedExistingAndStarted, StartRule::kUsedExisting,
        StartRule::kDeduplicated, StartRule::kDeduplicatedAttached, StartRule::kRejectedRunning,
        StartRule::kRejectedCompleted, StartRule::kRejectedDuplicate, StartRule::kEnqueued,
        StartRule::kCancelRequestedAndEnqueued}) {
    if (to_string(rule) == name) return rule;
  }
  throw std::runtime_error("\"" + name + "\" is no rule");
}

Initiator initiator_from(const std::string& name) {
  for (const Initiator initiator :
       {Initiator::kUnspecified, Initiator::kWorkflow, Initiator::kRetry}) {
    if (to_string(initiator) == name) return initiator;
  }
  throw std::runtime_error("\"" + name + "\" is no initiator");
}

/// How each change is told to the model.
void set_change(Operation& operation, const std::string& name) {
  struct Close {
    std::string_view name;
    RunStatus status;
  };
  constexpr std::array kCloses = {
      Close{"complete", RunStatus::kCompleted}, Close{"fail", RunStatus::kFailed},
      Close{"report_canceled", RunStatus::kCanceled}, Close{"terminate", RunStatus::kTerminated}};
  const auto close = std::ranges::find(kCloses, name, &Close::name);
  if (close != kCloses.end()) {
    operation.kind = Operation::Kind::kClose;
    operation.close_as = close->status;
  } else if (name == "request_cancel") {
    operation.kind = Operation::Kind::kCancel;
  } else if (name == "remove") {
    operation.kind = Operation::Kind::kRemove;
  } else if (name == "signal") {
    operation.kind = Operation::Kind::kSignal;
  } else if (name == "continue_as_new") {
    operation.kind = Operation::Kind::kContinue;
  } else if (name == "reset") {
    operation.kind = Operation::Kind::kReset;
  } else if (name == "pause") {
    operation.kind = Operation::Kind::kPause;
  } else if (name == "unpause") {
    operation.kind = Operation::Kind::kUnpause;
  } else {
    throw std::runtime_error("\"" + name + "\" is no operation");
  }
}

Operation operation_from(const json& line) {
  Operation operation{.kind = Operation::Kind::kStart, .now = time_of(line.at("at"))};
  const WorkflowId workflow_id(line.at("workflow_id").get<std::string>());
  const std::string name = line.at("op");
  if (name != "start") {
    operation.run = {workflow_id, RunId(line.at("run_id").get<std::string>())};
    set_change(operation, name);
    const RequestId request(line.at("request_id").get<std::string>());
    operation.signal.request_id = operation.reset.request_id = operation.pause.request_id = request;
    return operation;
  }
  operation.start.workflow_id = workflow_id;
  operation.start.request_id = RequestId(line.at("request_id").get<std::string>());
  const std::string reuse = line.at("reuse");
  const std::string conflict = line.at("conflict");
  operation.start.reuse_policy = or_throw(reuse_policy_from(reuse), reuse);
  if (conflict != to_string(ConflictPolicy::kUnspecified)) {
    operation.start.conflict_policy = or_throw(conflict_policy_from(conflict), conflict);
  }
  operation.start.run_timeout = Duration(line.at("run_timeout").get<std::int64_t>());
  operation.start.execution_timeout = Duration(line.at("execution_timeout").get<std::int64_t>());
  operation.start.queue_timeout = Duration(line.at("queue_timeout").get<std::int64_t>());
  const std::uint32_t attempts = line.at("retry_attempts");
  if (attempts > 0) operation.start.retry_policy = sim::kModelRetryPolicy;
  if (attempts > 0 && attempts != sim::kModelRetryPolicy.maximum_attempts) {
    throw std::runtime_error("the model knows another retry policy");
  }
  return operation;
}

RunId run_id_in(const json& line) { return RunId(line.at("run_id").get<std::string>()); }

RunStatus status_in(const json& line) {
  const std::string name = line.at("status");
  return or_throw(run_status_from(name), name);
}

Result<StartResult> start_answer(const json& line, StatusCode code) {
  if (code != StatusCode::kOk && !line.contains("rule")) return Status(code, "as noted");
  const StartRule rule = rule_from(line.at("rule"));
  if (code != StatusCode::kOk) {
    return Status(code, "as noted",
                  AlreadyStarted{.run_id = run_id_in(line),
                                 .first_execution_run_id = {},
                                 .start_request_id = {},
                                 .status = status_in(line),
                                 .rule = rule});
  }
  StartResult result{.rule = rule, .run_id = run_id_in(line), .status = status_in(line)};
  result.first_execution_run_id = RunId(line.at("first_execution_run_id").get<std::string>());
  result.queue_position = line.at("queue_position");
  return result;
}

Result<RunInfo> change_answer(const json& line, StatusCode code) {
  if (code != StatusCode::kOk) return Status(code, "as noted");
  RunInfo info{.run_id = run_id_in(line), .status = status_in(line)};
  info.start_time = time_of(line.at("start_time"));
  if (line.contains("close_time")) info.close_time = time_of(line.at("close_time"));
  info.cancel_requested = line.at("cancel_requested");
  info.first_execution_run_id = RunId(line.at("first_execution_run_id").get<std::string>());
  info.original_execution_run_id = RunId(line.at("original_execution_run_id").get<std::string>());
  info.lineage_run_id = RunId(line.at("lineage_run_id").get<std::string>());
  info.new_execution_run_id = RunId(line.at("new_execution_run_id").get<std::string>());
  info.initiator = initiator_from(line.at("initiator"));
  info.attempt = line.at("attempt");
  return info;
}

}  // namespace

Status JournalReader::read(const std::filesystem::path& journal) {
  under_way_.clear();
  std::ifstream lines(journal);
  std::uint64_t number = 0;
  for (std::string text; std::getline(lines, text);) {
    if (lines.eof()) break;  // half a line: the kill came into its write
    ++number;
    try {
      read_line(text);
    } catch (const std::exception& error) {
      return Status(StatusCode::kDataLoss,
                    "journal, line " + std::to_string(number) + ": " + error.what());
    }
  }
  return {};
}

void JournalReader::read_line(const std::string& text) {
  const json line = json::parse(text);
  last_ = std::max(last_, time_of(line.at("at")));
  checker_.time_is(last_);
  if (line.contains("ask")) {
    const Operation operation = operation_from(line);
    under_way_[line.at("ask")] = {checker_.submitted(operation),
                                  operation.kind == Operation::Kind::kStart};
    return;
  }
  ++answers_;
  const Asked asked = under_way_.at(line.at("answer"));
  const StatusCode code = code_from(line.at("code"));
  if (asked.is_start) {
    checker_.answered(asked.ticket, start_answer(line, code));
  } else {
    checker_.answered(asked.ticket, change_answer(line, code));
  }
}

}  // namespace onerun::test
