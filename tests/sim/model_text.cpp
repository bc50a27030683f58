// The model's states, operations and answers in words, for complaints and traces.
#include <sstream>

#include "tests/sim/model.hpp"
#include "tests/support/payloads.hpp"

namespace onerun::sim {
namespace {

std::int64_t ms(Timestamp instant) { return instant.time_since_epoch().count() % 100'000'000; }

std::string short_id(const RunId& id) {
  const std::string text = id.text();
  return text.size() == 36 ? ".." + text.substr(9, 4) + text.substr(30) : text;
}

void write_log(std::ostream& out, const ModelRun& run) {
  out << " (";
  for (const ModelEvent& event : run.log) {
    out << (&event == &run.log.front() ? "" : " ") << to_string(event.type);
    if (!event.request.empty()) out << ":" << event.request;
    if (!event.given.empty()) out << "=" << beginning_of(event.given);
    for (const RequestId& left_out : event.left_out) out << "-" << left_out;
  }
  out << ")";
}

}  // namespace

std::string beginning_of(const std::string& given) {
  constexpr std::size_t kShown = 8;
  return given.size() <= kShown ? given : given.substr(0, kShown) + "..";
}

std::string to_text(const ModelId& state) {
  std::ostringstream out;
  out << "[";
  for (const ModelRun& run : state.runs) {
    out << " " << (run.id.empty() ? "?" : short_id(run.id)) << ":" << run.status << "@"
        << ms(run.start);
    if (is_closed(run.status)) out << "-" << ms(run.close);
    if (run.cancel_requested) out << " cancel";
    if (run.initiator != Initiator::kUnspecified) out << " " << run.initiator << run.attempt;
    if (run.has_next) out << " next";
    if (run.is_reset) out << " of " << (run.base.empty() ? "?" : short_id(run.base));
    if (run.was_reset) out << " reset " << (run.reset_run.empty() ? "?" : short_id(run.reset_run));
    out << " lineage" << run.lineage;
    write_log(out, run);
    for (const ModelRequest& known : run.answered) {
      out << " knows " << known.request << (known.attached ? "+" : "") << "="
          << (known.run.empty() ? "?" : short_id(known.run));
    }
    if (const auto deadline = deadline_of(run)) out << " until " << ms(*deadline);
    if (!run.attached.empty()) out << " +" << run.attached.size();
    if (run.record_gone) out << " gone";
    if (run.record_may_go) out << " may-go";
    if (run.id_may_go) out << " id-may-go";
  }
  for (const ModelWaiting& waiting : state.queue) {
    out << " waits " << (waiting.run.id.empty() ? "?" : short_id(waiting.run.id));
    if (waiting.cancels) out << " cancels";
    if (waiting.deadline) out << " until " << ms(*waiting.deadline);
  }
  out << (state.has_current ? " *]" : " ]");
  return out.str();
}

std::string to_text(const Operation& operation) {
  std::ostringstream out;
  out << "@" << ms(operation.now) << " ";
  if (operation.kind == Operation::Kind::kStart) {
    const StartRequest& start = operation.start;
    out << "start " << start.workflow_id << " request=" << start.request_id << " "
        << start.reuse_policy << "/" << start.conflict_policy;
    if (!start.run_id.empty()) out << " run_id=" << short_id(start.run_id);
    if (!start.expected_run_id.empty()) out << " expected=" << short_id(start.expected_run_id);
    if (start.attach_request_id) out << " attach";
    if (start.dry_run) out << " dry";
    if (!start.error_when_already_started) out << " no-error";
    if (start.retry_policy) out << " retries";
    if (start.signal) out << " signal=" << start.signal->request_id;
    if (!start.cron_schedule.empty()) out << " cron";
    if (start.run_timeout > Duration(0)) out << " run-timeout=" << start.run_timeout.count();
    if (start.execution_timeout > Duration(0))
      out << " timeout=" << start.execution_timeout.count();
    if (start.queue_timeout > Duration(0)) out << " waits=" << start.queue_timeout.count();
    if (start.start_delay > Duration(0)) out << " delay=" << start.start_delay.count();
    return out.str();
  }
  switch (operation.kind) {
    case Operation::Kind::kClose: out << "close as " << operation.close_as; break;
    case Operation::Kind::kCancel: out << "request_cancel"; break;
    case Operation::Kind::kSignal: out << "signal " << operation.signal.request_id; break;
    case Operation::Kind::kContinue: out << "continue_as_new"; break;
    case Operation::Kind::kReset:
      out << "reset " << operation.reset.request_id << " to " << operation.reset.event_id << " "
          << to_string(operation.reset.reapply)
          << (operation.reset.exclude_signals ? " without signals" : "");
      break;
    case Operation::Kind::kPause: out << "pause " << operation.pause.request_id; break;
    case Operation::Kind::kUnpause: out << "unpause " << operation.pause.request_id; break;
    default: out << "remove"; break;
  }
  out << " " << operation.run.workflow_id << " run=" << short_id(operation.run.run_id);
  if (!operation.chain.empty()) out << " chain=" << short_id(operation.chain);
  return out.str();
}

std::string to_text(const ModelAnswer& answer) {
  std::ostringstream out;
  if (const auto* started = std::get_if<Result<StartResult>>(&answer)) {
    if (!started->ok()) return started->status().to_string();
    out << (*started)->rule << " " << short_id((*started)->run_id) << " " << (*started)->status;
    if ((*started)->queue_position > 0) out << " place " << (*started)->queue_position;
    return out.str();
  }
  const auto& info = std::get<Result<RunInfo>>(answer);
  if (!info.ok()) return info.status().to_string();
  out << short_id(info->run_id) << " " << info->status << "@" << ms(info->start_time);
  if (info->close_time) out << "-" << ms(*info->close_time);
  if (info->cancel_requested) out << " cancel";
  if (!info->new_execution_run_id.empty()) out << " next " << short_id(info->new_execution_run_id);
  return out.str();
}

std::string to_text(const RunDescription& description) {
  std::ostringstream out;
  out << to_text(ModelAnswer(Result<RunInfo>(description.run)));
  out << (description.is_current ? " current, " : ", ") << description.history_length << " events";
  if (description.run_deadline) out << " until " << ms(*description.run_deadline);
  if (description.queue_position > 0) out << " place " << description.queue_position;
  if (description.queued_starts > 0) out << ", " << description.queued_starts << " wait";
  if (!description.base_run_id.empty()) out << " of " << short_id(description.base_run_id);
  if (!description.reset_run_id.empty()) out << " reset " << short_id(description.reset_run_id);
  out << " lineage " << short_id(description.run.lineage_run_id) << " given "
      << beginning_of(test::text_of(description.input));
  return out.str();
}

}  // namespace onerun::sim
