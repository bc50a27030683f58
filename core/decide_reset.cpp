// Reset: a run begins anew from a point in the history of another.
#include <algorithm>
#include <iterator>
#include <set>

#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/check.hpp"
#include "core/fault.hpp"
#include "core/record_events.hpp"
#include "core/retention.hpp"
#include "core/text.hpp"

namespace onerun::core {
namespace {

constexpr std::string_view kDefaultReason = "reset by the application";
constexpr std::string_view kResetter = "onerun";

/// A signal as it stands in a history.
struct StoredSignal {
  std::string_view bytes;  ///< with its length; empty: it was left out before
  RequestId request_id;    ///< or empty
};

/// A history cut in two.
struct Cut {
  std::string_view kept;
  std::set<std::string> kept_signals = {};  ///< request ids that are known by it
  std::vector<StoredSignal> signals = {};   ///< behind that
  bool can_be = false;                      ///< the event is there, and is no close
};

RequestId request_id_of(const RawEvent& event) {
  wire::Reader fields(event.fields);
  for (wire::Field field; fields.next(field);) {
    if (field.id == kSignalRequestId && !field.is_number) return RequestId(field.bytes);
  }
  return {};
}

/// Request ids of signals that a reset has left out.
std::vector<RequestId> left_out_by(const RawEvent& reset) {
  std::vector<RequestId> ids;
  wire::Reader fields(reset.fields);
  for (wire::Field field; fields.next(field);) {
    if (field.id == kDroppedSignal && !field.is_number) ids.emplace_back(field.bytes);
  }
  return ids;
}

/// Cuts behind an event; 0: before the first. Requires a history that can be read.
Cut cut(std::string_view history, std::uint64_t event_id) {
  Cut out{.kept = history.substr(0, 0)};
  std::string_view rest = history;
  out.can_be = event_id == 0;
  for (std::uint64_t at = 1; !rest.empty(); ++at) {
    const std::string_view begin = rest;
    const auto event = take_event(rest);
    if (!event.ok()) break;
    const std::string_view bytes = begin.substr(0, begin.size() - rest.size());
    if (at == event_id) {
      out.kept = history.substr(0, history.size() - rest.size());
      out.can_be = closed_by(event->type) == RunStatus::kUnspecified && event->type != kResetNoted;
    }
    std::vector<StoredSignal> signals;
    if (event->type == EventType::kSignaled) signals.push_back({bytes, request_id_of(*event)});
    if (event->type == EventType::kReset) {
      for (RequestId& id : left_out_by(*event)) signals.push_back({{}, std::move(id)});
    }
    for (StoredSignal& signal : signals) {
      if (at <= event_id) {
        out.kept_signals.insert(signal.request_id.text());
      } else {
        out.signals.push_back(std::move(signal));
      }
    }
  }
  return out;
}

/// The signals behind the event that is kept last: of the base, and of the runs that followed it.
std::vector<StoredSignal> signals_behind(const Cut& base, const ResetSource& source) {
  std::vector<StoredSignal> signals = base.signals;
  for (const std::string& later : source.later) {
    Cut all = cut(later, 0);
    std::ranges::move(all.signals, std::back_inserter(signals));
  }
  return signals;
}

bool reapplies(const ResetRequest& request) {
  return !request.exclude_signals && request.reapply != Reapply::kNone;
}

/// The request ids that the new run answers for with those that have had them: of the run that is
/// copied, and of the current one if both go back to the same. `current_signals`: those of the
/// current one that the new run does not know itself; `now`: when it ends, if it is open.
std::vector<ChainRequestId> request_ids_for(const RunRecord& base, const RunHead* current,
                                            const std::vector<RequestId>& current_signals,
                                            const Context& context, Timestamp now) {
  std::vector<ChainRequestId> ids;
  std::set<std::string> known;
  const auto add_run = [&](const RunHead& run, const std::vector<RequestId>& signals) {
    const auto add = [&](ChainRequestId one) {
      if (is_id_expired(context.retention, one, context.now)) return;
      if (one.first_execution_run_id.empty()) one.first_execution_run_id = run.first_run();
      if (known.insert(one.request_id.text()).second) ids.push_back(std::move(one));
    };
    const RunStatus status = is_open(run.status) ? RunStatus::kTerminated : run.status;
    const Timestamp close_time = is_open(run.status) ? now : run.close_time;
    for (const ChainRequestId& one : run.chain_request_ids) add(one);
    if (run.begins_chain()) add({run.start_request(), run.run_id, true, status, close_time});
    for (const AttachedRequestId& attached : run.attached) {
      add({attached.request_id, run.run_id, false, status, close_time});
    }
    for (const RequestId& signaled : signals) {
      add({signaled, run.run_id, false, status, close_time});
    }
  };
  add_run(base.head, {});  // its signals are known to the new run itself
  const bool is_another = current != nullptr && current->run_id != base.head.run_id;
  if (is_another && current->lineage_run() == base.head.lineage_run()) {
    add_run(*current, current_signals);
  }
  keep_latest(ids);
  return ids;
}

Status no_room(const RunId& base, const std::string& resource, std::uint64_t needed,
               std::uint64_t limit) {
  return Status(StatusCode::kResourceExhausted,
                "a reset of run \"" + printable(base.text()) +
                    "\" needs more than it may have: " + resource + " would be " +
                    std::to_string(needed) + " of " + std::to_string(limit),
                Exhausted{resource, 0, needed, limit});
}

Status check_room(const RunHead& begun, const Context& context, const RunId& base) {
  if (context.reset->later.size() > limits::kResetRuns) {
    return no_room(base, "reset_runs", context.reset->later.size(), limits::kResetRuns);
  }
  if (context.reset->later_bytes > limits::kResetBytes) {
    return no_room(base, "reset_bytes", context.reset->later_bytes, limits::kResetBytes);
  }
  if (begun.signals > limits::kSignalsPerRun) {
    return no_room(base, "signals", begun.signals, limits::kSignalsPerRun);
  }
  if (begun.history_length > limits::kHistoryEvents) {
    return no_room(base, "history_events", begun.history_length, limits::kHistoryEvents);
  }
  if (begun.history_size_bytes > limits::kHistoryBytes) {
    return no_room(base, "history_bytes", begun.history_size_bytes, limits::kHistoryBytes);
  }
  return {};
}

/// Of these signals, those that the new run will not know itself.
std::vector<RequestId> unknown_to(const Cut& base, const std::vector<StoredSignal>& behind,
                                  const std::vector<RequestId>& signals) {
  std::vector<RequestId> unknown;
  for (const RequestId& id : signals) {
    const bool is_known = base.kept_signals.contains(id.text()) ||
                          std::ranges::find(behind, id, &StoredSignal::request_id) != behind.end();
    if (!is_known) unknown.push_back(id);
  }
  return unknown;
}

ResetPoint point_of(const RunRecord& base, const RunHead* current,
                    const std::vector<RequestId>& current_signals, const WorkflowState& state,
                    const ResetCommand& command, const Context& context, Timestamp time) {
  ResetPoint point{
      .time = time,
      .base_run_id = base.head.run_id,
      .previous_run_id = previous_run(state, current, time, context),
      .original_execution_run_id = base.head.original_run(),
      .lineage_run_id = base.head.lineage_run(),
      .request = command.request,
      .chain_request_ids = request_ids_for(base, current, current_signals, context, time),
      .clock_at_start = clock_if_behind(time, context.now)};
  if (base.started.execution_timeout != Duration::zero()) {
    point.execution_deadline = context.now + base.started.execution_timeout;
  }
  return point;
}

/// The history of the new run: what is kept, the reset, and the signals that come again.
std::string history_after(const Cut& base, const std::vector<StoredSignal>& signals,
                          const ResetRequest& request, ResetPoint point) {
  std::string again;
  std::set<std::string> seen = base.kept_signals;
  for (const StoredSignal& signal : signals) {
    const bool is_new = signal.request_id.empty() || seen.insert(signal.request_id.text()).second;
    if (!is_new) continue;
    if (reapplies(request) && !signal.bytes.empty()) {
      again += signal.bytes;
    } else if (!signal.request_id.empty()) {
      point.dropped_signals.push_back(signal.request_id);
    }
  }
  std::string history(base.kept);
  history += encode_reset_point(point);
  return history += again;
}

/// What the chain of the current run remembers of a request that began a run; null if nothing.
const ChainRequestId* find_request(const RunHead& current, const RequestId& request_id,
                                   const Context& context) {
  const auto known = std::ranges::find_if(current.chain_request_ids, [&](const auto& one) {
    return one.started && one.request_id == request_id &&
           !is_id_expired(context.retention, one, context.now);
  });
  return known == current.chain_request_ids.end() ? nullptr : &*known;
}

/// The answer to a reset that has been done already.
std::optional<Decision> deduplicate(const RunHead* current, const ResetCommand& command,
                                    const Context& context) {
  if (current == nullptr || ONERUN_FAULT(kForgetReset)) return std::nullopt;
  const RequestId& request_id = command.request.request_id;
  if (current->start_request() == request_id) return answer_only(info_of(*current));
  const ChainRequestId* known = find_request(*current, request_id, context);
  if (known == nullptr) return std::nullopt;
  const RunHead* run = context.other_run;
  if (run != nullptr && run->run_id == known->run_id) return answer_only(info_of(*run));
  // Its record is gone: this is what the chain remembers of it.
  return answer_only(info_of(RunHead{.run_id = known->run_id,
                                     .status = known->status,
                                     .close_time = known->close_time,
                                     .first_execution_run_id = known->first_execution_run_id}));
}

}  // namespace

const RunId* run_of_reset(const WorkflowState& state, const ResetCommand& command,
                          const Context& context) {
  const RunHead* current = current_run(state, context);
  if (current == nullptr) return nullptr;
  const ChainRequestId* known = find_request(*current, command.request.request_id, context);
  return known == nullptr ? nullptr : &known->run_id;
}

Decision decide_reset(const WorkflowState& state, const ResetCommand& command,
                      const Context& context) {
  const RunHead* current = current_run(state, context);
  if (auto known = deduplicate(current, command, context)) return std::move(*known);
  Status expected = check_current(state, command.run, context);
  if (!expected.ok()) return refuse(std::move(expected));
  const RunHead* base_head = find_run(state, command.run, context);
  if (base_head == nullptr || context.reset == nullptr) return refuse(no_such_run(command.run));

  const RunId base_id = base_head->run_id;
  const auto base = decode_run(base_id, context.reset->history);
  if (!base.ok()) return refuse(base.status());
  const Cut kept = cut(context.reset->history, command.request.event_id);
  if (!kept.can_be || command.request.event_id == 0) {
    return refuse(invalid_field("event_id", std::to_string(command.request.event_id),
                                "an event of the run's history, from 1, and not its close"));
  }
  std::optional<RateFreeAt> rate_free_at;
  Status allowed = check_rate(command.run.workflow_id, state, context, rate_free_at);
  if (!allowed.ok()) return refuse(std::move(allowed));

  const Timestamp time = begin_time(current, context.now);
  const std::vector<StoredSignal> behind = signals_behind(kept, *context.reset);
  const ResetPoint point =
      point_of(*base, current, unknown_to(kept, behind, context.reset->current_signals), state,
               command, context, time);
  auto history =
      std::make_shared<const std::string>(history_after(kept, behind, command.request, point));
  auto begun = decode_run(context.fresh_run_id, *history);
  if (!begun.ok()) return refuse(begun.status());
  Status room = check_room(begun->head, context, base_id);
  if (!room.ok()) return refuse(std::move(room));

  Decision decision = answer_only(info_of(begun->head));
  if (current != nullptr && is_open(current->status)) {
    const std::string& reason = command.request.reason;
    const std::string& identity = command.request.identity;
    CloseInfo close{.reason = reason.empty() ? std::string(kDefaultReason) : reason,
                    .identity = identity.empty() ? std::string(kResetter) : identity};
    decision.events.emplace_back(
        RunClosed{current->run_id, time, RunStatus::kTerminated, std::move(close)});
  }
  decision.events.emplace_back(RunReset{
      .run_id = context.fresh_run_id,
      .history = std::move(history),
      .head = std::make_shared<const RunHead>(std::move(begun->head)),
      .signal_request_ids = {begun->signal_request_ids.begin(), begun->signal_request_ids.end()},
      .rate_free_at = rate_free_at});
  decision.events.emplace_back(ResetNoted{base_id, time, context.fresh_run_id});
  return decision;
}

}  // namespace onerun::core
