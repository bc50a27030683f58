#include "actors/workflow.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "actors/durable_answer.hpp"
#include "actors/host_failure.hpp"
#include "actors/logging.hpp"
#include "core/decide.hpp"
#include "core/decide/needs.hpp"
#include "core/fault.hpp"
#include "core/keys.hpp"

namespace onerun::actors {
namespace {

/// True for the history of that run if it is a closed one of the workflow id.
std::function<bool(std::string_view)> is_closed_run_of(const WorkflowId& workflow_id,
                                                       const RunId& run_id) {
  return [workflow_id, run_id](std::string_view history) {
    const auto run = core::decode_run(run_id, history);
    return run.ok() && run->started.workflow_id == workflow_id && is_closed(run->head.status);
  };
}

}  // namespace

Handled Workflow::handle(RequestPtr& request) {
  forget_durable();
  const NamespaceEntry::Record record = request->name_space->record();
  if (must_load_head(*record)) {
    if (const auto stopped = load_head(request, *record)) return *stopped;
  }
  if (must_settle(request->command)) return wait_until_settled(request);
  Gathered gathered{.seen_at = services_.log.durable()};
  if (const auto stopped = gather(request, *record, gathered)) return *stopped;
  return decide(request, *record, std::move(gathered));
}

/// Returns what became of the request, if it can't go on now.
std::optional<Handled> Workflow::load_head(RequestPtr& request,
                                           const core::NamespaceRecord& record) {
  auto fetched = fetch({.name_space = request->name_space->number(),
                        .workflow_id = request->workflow_id(),
                        .head = true,
                        .config_version = record.config_version});
  if (!fetched) return Handled::kWaitsForFacts;
  if (!fetched->answer.ok()) return answer(request, fetched->answer.status());
  state_ = std::move(fetched->answer->state);
  loaded_at_version_ = record.config_version;
  return std::nullopt;
}

/// Gathers what the decision needs. Returns what became of the request, if it can't go on now.
std::optional<Handled> Workflow::gather(RequestPtr& request, const core::NamespaceRecord& record,
                                        Gathered& gathered) {
  const Retention& retention = record.config.retention;
  core::Needs needs = core::needs(state_, request->command,
                                  {request->now, retention, current_ticket_ <= gathered.seen_at});
  const bool is_pending = take_from_memory(needs, gathered.known);
  if (is_pending && !needs.signals_of.empty()) return wait_until_settled(request);
  if (!claim_run_id(*request, needs, gathered)) return Handled::kWaitsForFacts;
  if (needs.empty()) return std::nullopt;

  Question question{.name_space = request->name_space->number(),
                    .workflow_id = request->workflow_id(),
                    .needs = needs};
  if (!needs.reset_base.empty()) {
    question.retention = retention;
    question.now = request->now;
  }
  auto fetched = fetch(std::move(question));
  if (!fetched) return Handled::kWaitsForFacts;
  if (!fetched->answer.ok()) return answer(request, fetched->answer.status());
  gathered.seen_at = fetched->seen_at;
  core::Known& known = fetched->answer->known;
  if (gathered.known.other_run) known.other_run = std::move(gathered.known.other_run);
  known.run_id_in_use |= gathered.known.run_id_in_use;
  gathered.known = std::move(known);
  take_signals(needs, gathered.known);
  return std::nullopt;
}

void Workflow::when_facts_are_there(std::function<void()> go_on) {
  if (busy_run_id_) {
    // The namespace is that of the request, which waits.
    return services_.claims.when_decided(busy_in_, *std::exchange(busy_run_id_, std::nullopt),
                                         std::move(go_on));
  }
  services_.loader.load_later(loading_->question,
                              [loading = loading_, go_on = std::move(go_on)](auto answer) {
                                {
                                  const std::lock_guard lock(loading->mutex);
                                  loading->answer = std::move(answer);
                                }
                                go_on();
                              });
}

/// The answer to a question; nothing while it is on its way.
std::optional<Workflow::Fetched> Workflow::fetch(Question question) {
  if (loading_ != nullptr && loading_->question == question) {
    const std::lock_guard lock(loading_->mutex);
    if (loading_->answer) return Fetched{std::move(*loading_->answer), loading_->seen_at};
  }
  const store::Ticket seen_at = services_.log.durable();
  if (auto answer = services_.loader.load_now(question))
    return Fetched{std::move(*answer), seen_at};
  loading_ = std::make_shared<Loading>(std::move(question), seen_at);
  return std::nullopt;
}

/// True the first time, and when the configuration of the namespace has changed: what had expired
/// under the old retention may have been reclaimed, and must not come back under the new one. A
/// state that is newer than the store stays.
bool Workflow::must_load_head(const core::NamespaceRecord& record) const {
  if (loaded_at_version_ == record.config_version) return false;
  return loaded_at_version_ == 0 || last_ticket_ <= services_.log.durable();
}

/// True if the decision rests on what the store does not have yet: the run that the next one of a
/// chain is made from, a start that waits, the histories that a reset copies. Or if its guard would
/// take the note of a reset that is on its way for a change by somebody else: that of a removal.
bool Workflow::must_settle(const core::Command& command) const {
  if (core::may_continue_chain(state_, command) && is_on_its_way()) return true;
  const bool waits_for_all = core::may_end_turn(state_, command) ||
                             std::holds_alternative<core::ResetCommand>(command) ||
                             std::holds_alternative<core::RemoveCommand>(command);
  return waits_for_all && last_ticket_ > services_.log.durable();
}

/// True if the store does not have all of the current run that the next one is made from.
bool Workflow::is_on_its_way() const {
  const store::Ticket durable = services_.log.durable();
  return started_ticket_ > durable || (state_.current->signals > 0 && current_ticket_ > durable);
}

/// After a fault it never will be.
Handled Workflow::wait_until_settled(RequestPtr& request) {
  const Status fenced = services_.log.fenced();
  return fenced.ok() ? Handled::kWaitsForLog : answer(request, fenced);
}

/// Answers what is needed of a run that is on its way to the store. Returns whether there is one.
bool Workflow::take_from_memory(core::Needs& needs, core::Known& known) const {
  if (needs.other_run.empty()) return false;
  const auto recent = std::ranges::find(recent_.rbegin(), recent_.rend(), needs.other_run,
                                        [](const Recent& one) { return one.run.run_id; });
  if (recent == recent_.rend()) return false;
  needs.other_run = {};
  if (!recent->removed) known.other_run = recent->run;
  return true;
}

/// Claims the run id that a start brings. Returns false if another start that brings it is being
/// decided.
bool Workflow::claim_run_id(const Request& request, core::Needs& needs, Gathered& gathered) {
  const RunId& run_id = needs.brought_run_id;
  if (run_id.empty()) return true;
  // The head may name a run longer than the run's record is there.
  gathered.known.run_id_in_use =
      (state_.current && state_.current->run_id == run_id) || core::find_queued(state_, run_id);
  if (claim_) return true;
  auto [use, claim] = services_.claims.claim(request.name_space->number(), run_id);
  if (claim) claim_.emplace(std::move(*claim));
  if (use == RunIdClaims::Use::kIsDecided) {
    busy_run_id_ = run_id;
    busy_in_ = request.name_space->number();
    return false;
  }
  if (use == RunIdClaims::Use::kOnItsWay) {
    gathered.known.run_id_in_use = gathered.rests_on_others = true;
    needs.brought_run_id = {};
  }
  return true;
}

/// The request ids of signals of the current run stay in memory.
void Workflow::take_signals(const core::Needs& needs, core::Known& known) {
  const bool are_of_current = state_.current && needs.signals_of == state_.current->run_id;
  if (are_of_current) state_.signal_request_ids = std::exchange(known.signal_request_ids, {});
}

/// The host's source of ids may fail.
Result<RunId> Workflow::next_run_id(Timestamp now) {
  try {
    return services_.ids.next_run_id(now);
  } catch (const HostFailure& failure) {
    return failure.status();
  }
}

Handled Workflow::decide(RequestPtr& request, const core::NamespaceRecord& record,
                         Gathered gathered) {
  // A claim that is not kept goes back when the request is decided.
  std::optional<RunIdClaims::Claim> claim = std::exchange(claim_, std::nullopt);
  loading_.reset();
  const bool may_begin = core::may_begin_run(state_, request->command, gathered.known);
  Result<RunId> fresh = may_begin ? next_run_id(request->now) : RunId();
  if (!fresh.ok()) return answer(request, fresh.status());
  core::Decision decision = core::decide(state_, request->command,
                                         {.now = request->now,
                                          .config = record.config,
                                          .zones = &services_.zones,
                                          .fresh_run_id = std::move(*fresh),
                                          .known = std::move(gathered.known)});
  if (!decision.events.empty()) {
    const bool keeps_claim = claim && takes_run_id(decision.events);
    const Handled handled = commit(request, std::move(decision), gathered.seen_at);
    if (keeps_claim) claim->keep_until(last_ticket_);
    return handled;
  }
  const bool rests_on_nothing =
      last_ticket_ <= services_.log.durable() || ONERUN_FAULT(kAnswerBeforeDurable);
  if (rests_on_nothing && !gathered.rests_on_others) {
    return answer(request, std::move(decision.answer));
  }
  return answer_when_settled(request, std::move(decision));
}

Handled Workflow::answer_when_settled(RequestPtr& request, core::Decision decision) {
  append({.completion = std::make_unique<DurableAnswer>(services_, std::move(request),
                                                        std::move(decision.answer))});
  return Handled::kTaken;
}

Handled Workflow::commit(RequestPtr& request, core::Decision decision, store::Ticket seen_at) {
  const core::NamespaceNumber name_space = request->name_space->number();
  const bool changes = changes_current(decision.events);
  auto transition = core::apply(name_space, request->workflow_id(), state_, decision.events);
  if (!transition.ok()) {
    log_line(services_.sink, LogLevel::kError, transition.status().message(), *request);
    services_.log.fence(transition.status());
    return answer(request, transition.status());
  }
  std::vector<Recent> recent;
  if (transition->replaced) {
    const bool closed_with_it = core::as_close(decision.events.front()) != nullptr;
    recent.push_back({.run = std::move(*transition->replaced),
                      .ticket = closed_with_it ? kThisGroup : current_ticket_});
  }
  if (const auto* removed = std::get_if<core::RunRemoved>(&decision.events.front())) {
    recent.push_back({.run = {.run_id = removed->run_id}, .removed = true});
  }
  recent_.reserve(recent_.size() + recent.size());  // nothing throws once the group is in the log
  auto part = guarded_part(*request, *transition, seen_at);
  const bool starts = begins_run(decision.events);
  auto completion = std::make_unique<DurableAnswer>(
      services_, std::move(request), std::move(decision.answer), std::move(decision.effects));
  append({.writes = std::move(transition->writes),
          .name_space = name_space,
          .counts = transition->counts,
          .completion = std::move(completion),
          .part = std::move(part)});
  if (changes) current_ticket_ = last_ticket_;
  if (starts) started_ticket_ = last_ticket_;
  remember(std::move(recent));
  return Handled::kTaken;
}

/// The part of a transition that falls away if the closed run that it changes is gone by then.
std::unique_ptr<store::Group::Part> Workflow::guarded_part(const Request& request,
                                                           core::Transition& transition,
                                                           store::Ticket seen_at) const {
  auto& guarded = transition.guarded;
  if (!guarded) return nullptr;
  auto part = std::make_unique<store::Group::Part>(
      store::Group::Part{.writes = std::move(guarded->writes),
                         .counts = guarded->counts,
                         .guard = store::Guard(seen_at),
                         .key = guarded->key,
                         .fits = is_closed_run_of(request.workflow_id(), guarded->run_id)});
  part->guard.watch(core::Family::kRun, guarded->key);
  return part;
}

bool Workflow::changes_current(const std::vector<core::IdEvent>& events) const {
  return std::ranges::any_of(events, [this](const core::IdEvent& event) {
    const RunId* run_id = core::run_of(event);
    return begins_run(event) ||
           (state_.current && run_id != nullptr && *run_id == state_.current->run_id);
  });
}

Handled Workflow::answer(RequestPtr& request, Result<core::Answer> answer) {
  claim_.reset();
  loading_.reset();
  const RequestPtr mine = std::move(request);
  count_decision(*mine, answer);
  mine->answer(std::move(answer), services_);
  answer_share_.answered();
  return Handled::kTaken;
}

void Workflow::append(store::Group group) {
  const bool writes = !group.writes.empty();
  last_ticket_ = services_.log.append(std::move(group));
  if (writes) seen_write_ = last_ticket_;
  share_.took(last_ticket_, services_.log.durable());
}

/// Keeps what a later request may address before the store has it.
void Workflow::remember(std::vector<Recent> recent) {
  if (ONERUN_FAULT(kForgetReplacedRuns)) return;
  for (Recent& one : recent) {
    if (one.ticket == kThisGroup) one.ticket = last_ticket_;
    recent_.push_back(std::move(one));
  }
}

/// With their memory: most ids have none most of the time, and an actor lives for long.
void Workflow::forget_durable() {
  const store::Ticket durable = services_.log.durable();
  std::erase_if(recent_, [&](const Recent& recent) { return recent.ticket <= durable; });
  if (recent_.empty()) recent_ = std::vector<Recent>();
}

}  // namespace onerun::actors
