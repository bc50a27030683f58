// Reset: a run begins anew from a point in the history of another.
#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "core/addressing.hpp"
#include "core/begin_run.hpp"
#include "core/check.hpp"
#include "core/fault.hpp"
#include "core/history/codec.hpp"
#include "core/history/fold.hpp"
#include "core/retention.hpp"
#include "core/text.hpp"

namespace onerun::core {
namespace {

constexpr std::string_view kDefaultReason = "reset by the application";
constexpr std::string_view kResetter = "onerun";

/// A signal behind the reset point. Without an event: an earlier reset had left it out.
struct LaterSignal {
  RequestId request_id;
  std::optional<Event> event;
};

/// A history cut in two behind an event.
struct Cut {
  std::string_view kept;                  ///< the history up to that event
  RunRecord run;                          ///< the run that `kept` folds into
  std::vector<LaterSignal> signals = {};  ///< behind it
  bool is_point = false;                  ///< the event is there, and does not close the run
};

void add_signals(Event event, std::vector<LaterSignal>& signals) {
  if (auto* signaled = std::get_if<event::RunSignaled>(&event.attributes)) {
    RequestId request_id = signaled->request_id;
    signals.push_back({std::move(request_id), std::move(event)});
  } else if (auto* reset = std::get_if<event::WorkflowTaskFailed>(&event.attributes)) {
    for (RequestId& id : reset->dropped_signals) signals.push_back({std::move(id), std::nullopt});
  }
}

/// Cuts behind the event of that id; 0: before the first. Requires a history that can be read.
Cut cut(std::string_view history, std::uint64_t event_id) {
  Cut out{.kept = history.substr(0, 0), .run = {}};
  std::uint64_t at = 0;
  for (std::string_view rest = history; !rest.empty();) {
    const auto record = take_record(rest);
    if (!record.ok() || is_note(record->type)) break;
    auto event = decode_event(*record);
    if (!event.ok()) break;
    if (++at > event_id) {
      add_signals(std::move(*event), out.signals);
      continue;
    }
    out.kept = history.substr(0, history.size() - rest.size());
    out.is_point = at == event_id && !is_closed(closed_by(*event));
    fold(out.run, std::move(*event), record->bytes.size());
  }
  return out;
}

/// The signals behind the event that is kept last: of the base, and of the runs that followed it.
std::vector<LaterSignal> signals_behind(std::vector<LaterSignal> signals,
                                        const ResetSource& source) {
  for (const std::string& later : source.later) {
    std::ranges::move(cut(later, 0).signals, std::back_inserter(signals));
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
                                            const Facts& facts, Timestamp now) {
  std::vector<ChainRequestId> ids;
  std::set<std::string> known;
  const auto add_run = [&](const RunHead& run, const std::vector<RequestId>& signals) {
    const auto add = [&](ChainRequestId one) {
      if (is_id_expired(facts.config.retention, one, facts.now)) return;
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

Status check_room(const RunHead& begun, const Facts& facts, const RunId& base) {
  if (facts.known.reset->later.size() > limits::kResetRuns) {
    return no_room(base, "reset_runs", facts.known.reset->later.size(), limits::kResetRuns);
  }
  if (facts.known.reset->later_bytes > limits::kResetBytes) {
    return no_room(base, "reset_bytes", facts.known.reset->later_bytes, limits::kResetBytes);
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
std::vector<RequestId> unknown_to(const Cut& base, const std::vector<LaterSignal>& behind,
                                  const std::vector<RequestId>& signals) {
  std::set<RequestId> known(base.run.signal_request_ids.begin(), base.run.signal_request_ids.end());
  for (const LaterSignal& signal : behind) known.insert(signal.request_id);
  std::vector<RequestId> unknown;
  std::ranges::copy_if(signals, std::back_inserter(unknown),
                       [&](const RequestId& id) { return !known.contains(id); });
  return unknown;
}

event::WorkflowTaskFailed reset_event(const RunRecord& base, const RunHead* current,
                                      const std::vector<RequestId>& current_signals,
                                      const WorkflowState& state, const ResetCommand& command,
                                      const Facts& facts, Timestamp time) {
  event::WorkflowTaskFailed reset{
      .base_run_id = base.head.run_id,
      .request_id = command.request.request_id,
      .reason = command.request.reason,
      .identity = command.request.identity,
      .previous_run_id = previous_run(state, current, time, facts),
      .original_execution_run_id = base.head.original_run(),
      .lineage_run_id = base.head.lineage_run(),
      .chain_request_ids = request_ids_for(base, current, current_signals, facts, time),
      .clock_at_start = clock_if_behind(time, facts.now)};
  if (base.started.execution_timeout != Duration::zero()) {
    reset.execution_deadline = facts.now + base.started.execution_timeout;
  }
  return reset;
}

/// The run that a reset begins.
struct BegunRun {
  std::string history;
  RunRecord run;
  std::string_view misfit = {};  ///< why an event can't stand there

  void add(Event event) {
    if (misfit.empty()) misfit = core::misfit(run.head, event);
    if (!misfit.empty()) return;
    const std::string bytes = encode(event);
    history += bytes;
    fold(run, std::move(event), bytes.size());
  }
};

/// Takes over what is kept, adds the reset, and the signals that come again.
BegunRun begin_anew(Cut base, std::vector<LaterSignal> signals, const ResetCommand& command,
                    const RunId& run_id, Timestamp now, event::WorkflowTaskFailed reset) {
  std::set<RequestId> seen(base.run.signal_request_ids.begin(), base.run.signal_request_ids.end());
  std::vector<Event> again;
  for (LaterSignal& signal : signals) {
    const bool is_new = signal.request_id.empty() || seen.insert(signal.request_id).second;
    if (!is_new) continue;
    if (reapplies(command.request) && signal.event) {
      again.push_back(std::move(*signal.event));
    } else if (!signal.request_id.empty()) {
      reset.dropped_signals.push_back(std::move(signal.request_id));
    }
  }
  BegunRun begun{.history = std::string(base.kept), .run = std::move(base.run)};
  begun.run.head.run_id = run_id;
  begun.add({now, std::move(reset)});
  for (Event& event : again) begun.add(std::move(event));
  return begun;
}

/// What the chain of the current run remembers of a request that began a run; null if nothing.
const ChainRequestId* find_request(const RunHead& current, const RequestId& request_id,
                                   const Retention& retention, Timestamp now) {
  const auto known = std::ranges::find_if(current.chain_request_ids, [&](const auto& one) {
    return one.started && one.request_id == request_id && !is_id_expired(retention, one, now);
  });
  return known == current.chain_request_ids.end() ? nullptr : &*known;
}

/// The answer to a reset that has been done already.
std::optional<Decision> deduplicate(const RunHead* current, const ResetCommand& command,
                                    const Facts& facts) {
  if (current == nullptr || ONERUN_FAULT(kForgetReset)) return std::nullopt;
  const RequestId& request_id = command.request.request_id;
  if (current->start_request() == request_id) return answer_only(info_of(*current));
  const ChainRequestId* known =
      find_request(*current, request_id, facts.config.retention, facts.now);
  if (known == nullptr) return std::nullopt;
  const std::optional<RunHead>& run = facts.known.other_run;
  if (run && run->run_id == known->run_id) return answer_only(info_of(*run));
  // Its record is gone: this is what the chain remembers of it.
  return answer_only(info_of(RunHead{.run_id = known->run_id,
                                     .status = known->status,
                                     .close_time = known->close_time,
                                     .first_execution_run_id = known->first_execution_run_id}));
}

/// ok, or why the run can't begin.
Status check_begun(const BegunRun& begun, const Facts& facts, const RunId& base) {
  if (begun.misfit.empty()) return check_room(begun.run.head, facts, base);
  return Status(StatusCode::kInternal, "a reset breaks an invariant: " + std::string(begun.misfit));
}

/// The run that was current and open ends with the reset.
RunEvent terminate(const RunId& run_id, const ResetRequest& request, Timestamp time) {
  const std::string& reason = request.reason;
  const std::string& identity = request.identity;
  CloseInfo close{.reason = reason.empty() ? std::string(kDefaultReason) : reason,
                  .identity = identity.empty() ? std::string(kResetter) : identity};
  return {run_id, {time, close_event(RunStatus::kTerminated, std::move(close), {})}};
}

}  // namespace

const RunId* run_of_reset(const WorkflowState& state, const ResetCommand& command, Timestamp now,
                          const Retention& retention) {
  const RunHead* current = current_run(state, retention, now);
  if (current == nullptr) return nullptr;
  const ChainRequestId* known = find_request(*current, command.request.request_id, retention, now);
  return known == nullptr ? nullptr : &known->run_id;
}

Decision decide_reset(const WorkflowState& state, const ResetCommand& command, const Facts& facts) {
  const RunHead* current = current_run(state, facts);
  if (auto known = deduplicate(current, command, facts)) return std::move(*known);
  Status expected = check_current(state, command.run, facts);
  if (!expected.ok()) return refuse(std::move(expected));
  const RunHead* base_head = find_run(state, command.run, facts);
  if (base_head == nullptr || !facts.known.reset) return refuse(no_such_run(command.run));

  const RunId base_id = base_head->run_id;
  const auto base = decode_run(base_id, facts.known.reset->history);
  if (!base.ok()) return refuse(base.status());
  Cut kept = cut(facts.known.reset->history, command.request.event_id);
  if (!kept.is_point) {
    return refuse(invalid_field("event_id", std::to_string(command.request.event_id),
                                "an event of the run's history, from 1, and not its close"));
  }
  std::optional<RateFreeAt> rate_free_at;
  Status allowed = check_rate(command.run.workflow_id, state, facts, rate_free_at);
  if (!allowed.ok()) return refuse(std::move(allowed));

  const Timestamp time = begin_time(current, facts.now);
  std::vector<LaterSignal> behind = signals_behind(std::move(kept.signals), *facts.known.reset);
  event::WorkflowTaskFailed reset =
      reset_event(*base, current, unknown_to(kept, behind, facts.known.reset->current_signals),
                  state, command, facts, time);
  BegunRun begun = begin_anew(std::move(kept), std::move(behind), command, facts.fresh_run_id, time,
                              std::move(reset));
  Status may_begin = check_begun(begun, facts, base_id);
  if (!may_begin.ok()) return refuse(std::move(may_begin));

  Decision decision = answer_only(info_of(begun.run.head));
  if (current != nullptr && is_open(current->status)) {
    decision.events.emplace_back(terminate(current->run_id, command.request, time));
  }
  const std::vector<RequestId>& signals = begun.run.signal_request_ids;
  decision.events.emplace_back(
      RunReset{.run_id = facts.fresh_run_id,
               .history = std::make_shared<const std::string>(std::move(begun.history)),
               .head = std::make_shared<const RunHead>(std::move(begun.run.head)),
               .signal_request_ids = {signals.begin(), signals.end()}});
  if (rate_free_at) decision.events.emplace_back(RateUsed{*rate_free_at});
  decision.events.emplace_back(ResetNoted{base_id, {time, facts.fresh_run_id}});
  return decision;
}

}  // namespace onerun::core
