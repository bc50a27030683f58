#include "actors/workflow.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include "actors/host_failure.hpp"
#include "actors/logging.hpp"
#include "core/begin_run.hpp"
#include "core/fault.hpp"
#include "core/keys.hpp"
#include "core/retention.hpp"
#include "core/transition.hpp"

namespace onerun::actors {
namespace {

/// True if a command addresses the current run by its chain, whatever run id it has.
bool names_chain(const core::Command& command) {
  if (const auto* close = std::get_if<core::CloseCommand>(&command)) {
    return !close->first_execution_run_id.empty();
  }
  const auto* cancel = std::get_if<core::RequestCancelCommand>(&command);
  return cancel != nullptr && !cancel->options.first_execution_run_id.empty();
}

/// The request id of the signal that a command brings; nullptr if it brings none.
const RequestId* signal_request_id(const core::Command& command) {
  if (const auto* signal = std::get_if<core::SignalCommand>(&command)) {
    return &signal->signal.request_id;
  }
  const auto* start = std::get_if<core::StartCommand>(&command);
  if (start == nullptr || !start->signal) return nullptr;
  return start->signal->request_id.empty() ? &start->request_id : &start->signal->request_id;
}

/// True for the history of that run if it is a closed one of the workflow id.
std::function<bool(std::string_view)> is_closed_run_of(const WorkflowId& workflow_id,
                                                       const RunId& run_id) {
  return [workflow_id, run_id](std::string_view history) {
    const auto run = core::decode_run(run_id, history);
    return run.ok() && run->started.workflow_id == workflow_id && is_closed(run->head.status);
  };
}

/// Gives an answer once what it rests on is durable, and makes it visible to metrics and waiters.
class DurableAnswer final : public store::Completion {
 public:
  DurableAnswer(Services& services, RequestPtr request, core::Decision decision)
      : services_(services), request_(std::move(request)), decision_(std::move(decision)) {}

  void complete(const Status& status) noexcept override {
    if (!status.ok()) {
      request_->answer(status, services_);
      return;
    }
    for (const core::Event& event : decision_.events) {
      std::visit(Happened{*this}, event);
      if (ONERUN_FAULT(kLoseWatcher)) continue;
      services_.watchers.wake(request_->name_space->number(), core::run_of(event));
    }
    note_decision(*request_, decision_.answer);
    request_->answer(std::move(decision_.answer), services_);
  }

  /// Counts a start by the rule that answered it.
  static void note_decision(const Request& request, const Result<core::Answer>& answer) {
    const auto* start = std::get_if<core::StartCommand>(&request.command);
    if (start == nullptr || start->dry_run) return;
    if (answer.ok()) {
      request.name_space->metrics().decided(std::get<StartResult>(*answer).rule);
    } else if (const auto* refused = answer.status().detail<AlreadyStarted>()) {
      request.name_space->metrics().decided(refused->rule);
    }
  }

 private:
  /// What the outside is told of an event.
  struct Happened {
    DurableAnswer& self;

    void operator()(const core::RunStarted& event) const {
      if (event.succession != nullptr && !event.succession->continued_execution_run_id.empty()) {
        self.request_->name_space->metrics().continued(event.succession->initiator);
      }
      self.set_timer(event.run_id, core::run_deadline_of(event));
    }
    void operator()(const core::RunReset& event) const {
      self.set_timer(event.run_id, event.head->run_deadline);
    }
    void operator()(const core::StartQueued& event) const {
      self.set_timer(event.run_id, event.queued.deadline);
    }
    void operator()(const core::StartDropped& event) const { self.release(event.run_id); }
    void operator()(const core::ResetNoted&) const {}
    void operator()(const core::RunPaused&) const {}
    void operator()(const core::RunUnpaused&) const {}
    void operator()(const core::CancelRequested&) const {}
    void operator()(const core::RequestIdAttached&) const {}
    void operator()(const core::RunSignaled&) const {}
    void operator()(const core::RunClosed& event) const {
      self.request_->name_space->metrics().closed(event.status);
      self.release(event.run_id);
    }
    void operator()(const core::RunRemoved& event) const {
      if (is_open(event.status)) {
        self.request_->name_space->metrics().closed(RunStatus::kTerminated);
      }
      self.release(event.run_id);
    }
  };

  /// Without memory for it the timer is only on the store, and found there later.
  void set_timer(const RunId& run_id, const std::optional<Timestamp>& deadline) {
    if (!deadline) return;
    try {
      services_.timers.add(request_->name_space->number(), request_->workflow_id(), run_id,
                           *deadline);
    } catch (const std::bad_alloc&) {
      services_.timers.read_again(request_->name_space->number());
    }
  }

  void release(const RunId& run_id) {
    if (ONERUN_FAULT(kLoseWaiter)) return;
    const NamespaceEntry& entry = *request_->name_space;
    services_.waiters.release(entry.number(), run_id, [&] {
      return services_.reader.describe(entry.number(), entry.record()->config.retention,
                                       RunRef{request_->workflow_id(), run_id}, request_->now);
    });
  }

  Services& services_;
  RequestPtr request_;
  core::Decision decision_;
};

}  // namespace

bool Workflow::handle(RequestPtr& request) {
  forget_durable();
  const NamespaceEntry::Record record = request->name_space->record();
  Status loaded = load_if_needed(*request, *record);
  if (!loaded.ok()) return answer(request, loaded);
  const auto* start = std::get_if<core::StartCommand>(&request->command);
  if (start != nullptr && !start->run_id.empty()) {
    return start_with_own_run_id(request, *start, *record);
  }
  if (must_settle(request->command)) return wait_until_settled(request);
  auto addressed = address(*request, *record);
  const RequestId* signal = signal_request_id(request->command);
  const bool asks_signals = signal != nullptr && !signal->empty();
  if (asks_signals && addressed.ok() && addressed->is_on_its_way)
    return wait_until_settled(request);
  const Status read =
      addressed.ok() ? read_more(*request, *record, *addressed) : addressed.status();
  if (!read.ok()) return answer(request, read);
  return settle(request, decide_now(*request, *record, *addressed, false), addressed->seen_at);
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
bool Workflow::wait_until_settled(RequestPtr& request) {
  const Status fenced = services_.log.fenced();
  return fenced.ok() ? false : answer(request, fenced);
}

/// Reads the head, the first time and when the namespace's configuration has changed: what had
/// expired under the old retention may have been reclaimed, and must not come back under the new
/// one.
Status Workflow::load_if_needed(const Request& request, const core::NamespaceRecord& record) {
  if (loaded_at_version_ == record.config_version) return {};
  const bool is_loaded = loaded_at_version_ != 0;
  if (is_loaded && last_ticket_ > services_.log.durable()) return {};  // newer than the store

  auto stored = services_.reader.state(request.name_space->number(), request.workflow_id());
  if (!stored.ok()) return stored.status();
  state_ = std::move(*stored);
  loaded_at_version_ = record.config_version;
  return {};
}

/// The addressed run: from what is on its way to the store, or from the store.
Result<Workflow::Addressed> Workflow::address(const Request& request,
                                              const core::NamespaceRecord& record) const {
  const RunRef* ref = core::run_of(request.command);
  if (ref == nullptr) return Addressed();
  const auto* reset = std::get_if<core::ResetCommand>(&request.command);
  const RunId* known =
      reset == nullptr
          ? nullptr
          : core::run_of_reset(state_, *reset,
                               {.now = request.now, .retention = record.config.retention});
  const RunId& run_id = known == nullptr ? ref->run_id : *known;
  const bool by_chain = names_chain(request.command);
  if (by_chain || run_id.empty() || (state_.current && state_.current->run_id == run_id)) {
    return address_current(request);
  }
  for (auto recent = recent_.rbegin(); recent != recent_.rend(); ++recent) {
    if (recent->run.run_id != run_id) continue;
    Addressed found{.seen_at = last_ticket_, .is_on_its_way = true};
    if (!recent->removed) found.other = recent->run;
    return found;
  }
  Addressed found{.seen_at = services_.log.durable()};
  auto stored = services_.reader.run(request.name_space->number(), ref->workflow_id, run_id);
  if (!stored.ok()) return stored.status();
  if (!*stored) return found;
  // The state is never behind the store: an open run that it does not name can't be.
  if (is_open((*stored)->head.status)) {
    return core::locate(core::corrupt("the run is open, and is not the current one"),
                        core::name_of(core::Family::kRun),
                        core::keys::run(request.name_space->number(), run_id));
  }
  found.other = std::move((*stored)->head);
  return found;
}

/// A closed run may be gone although its workflow id is still used.
Result<Workflow::Addressed> Workflow::address_current(const Request& request) const {
  Addressed found{.seen_at = services_.log.durable()};
  if (!state_.current || is_open(state_.current->status)) return found;
  if (current_ticket_ > found.seen_at) {
    found.seen_at = last_ticket_;
    return found;
  }
  const auto exists = services_.reader.exists(request.name_space->number(), state_.current->run_id);
  if (!exists.ok()) return exists.status();
  found.current_is_reclaimed = !*exists;
  return found;
}

/// What the decider has to know beyond the run that is addressed.
Status Workflow::read_more(const Request& request, const core::NamespaceRecord& record,
                           Addressed& addressed) {
  Status read;
  if (core::may_continue_chain(state_, request.command)) read = read_current(request, addressed);
  if (read.ok() && core::may_end_turn(state_, request.command)) {
    read = read_queued(request, addressed);
  }
  if (read.ok() && std::holds_alternative<core::ResetCommand>(request.command)) {
    read = read_reset(request, record.config.retention, addressed);
  }
  return read.ok() ? read_signals(request, addressed) : read;
}

/// The start whose turn it is when the open run ends.
Status Workflow::read_queued(const Request& request, Addressed& addressed) const {
  const core::NamespaceNumber name_space = request.name_space->number();
  const core::QueuedStart* next = core::next_in_queue(state_, request.now);
  if (next == nullptr) return {};
  auto stored = services_.reader.run(name_space, request.workflow_id(), next->run_id);
  if (!stored.ok()) return stored.status();
  if (!*stored) {
    return core::locate(core::corrupt("the head names a queued start that is not there"),
                        core::name_of(core::Family::kHead),
                        core::keys::head(name_space, request.workflow_id()));
  }
  addressed.queued = std::move(*stored);
  return {};
}

/// The histories of the run that a reset copies and of those that followed it by continue-as-new.
/// One that has expired ends the way, whether or not its bytes are still there.
Status Workflow::read_reset(const Request& request, const Retention& retention,
                            Addressed& addressed) const {
  const core::RunHead* base = addressed.other  ? &*addressed.other
                              : state_.current ? &*state_.current
                                               : nullptr;
  if (base == nullptr) return {};
  const core::NamespaceNumber name_space = request.name_space->number();
  auto copied = services_.reader.stored_run(name_space, request.workflow_id(), base->run_id);
  if (!copied.ok() || !*copied) return copied.status();
  core::ResetSource source{.history = std::move((*copied)->history)};
  core::RunHead run = *base;
  while (run.status == RunStatus::kContinuedAsNew && source.later.size() <= limits::kResetRuns &&
         source.later_bytes <= limits::kResetBytes) {
    auto next =
        services_.reader.stored_run(name_space, request.workflow_id(), run.new_execution_run_id);
    if (!next.ok()) return next.status();
    if (!*next || is_expired(retention, (*next)->run.head, request.now)) break;
    run = std::move((*next)->run.head);
    source.later_bytes += (*next)->history.size();
    source.later.push_back(std::move((*next)->history));
  }
  if (state_.current && state_.current->run_id != base->run_id) {
    auto current = services_.reader.run(name_space, request.workflow_id(), state_.current->run_id);
    if (!current.ok()) return current.status();
    if (*current) source.current_signals = std::move((*current)->signal_request_ids);
  }
  addressed.reset = std::move(source);
  return {};
}

/// What a run that follows the current one is made from.
Status Workflow::read_current(const Request& request, Addressed& addressed) const {
  const core::NamespaceNumber name_space = request.name_space->number();
  const RunId& run_id = state_.current->run_id;
  auto stored = services_.reader.run(name_space, request.workflow_id(), run_id);
  if (!stored.ok()) return stored.status();
  if (!*stored) {
    return core::locate(core::corrupt("the head names an open run that is not there"),
                        core::name_of(core::Family::kHead),
                        core::keys::head(name_space, request.workflow_id()));
  }
  addressed.current = std::move(*stored);
  return {};
}

/// Which signals the run has had. An open run that began here is known to have had none before;
/// what a state that was read from the store does not know is read once. A closed run may be gone,
/// and what it has had with it.
Status Workflow::read_signals(const Request& request, Addressed& addressed) {
  const RequestId* id = signal_request_id(request.command);
  if (id == nullptr || id->empty() || !(state_.current || addressed.other)) return {};
  const bool is_current = !addressed.other.has_value();
  const bool may_be_gone =
      is_current && is_closed(state_.current->status) && current_ticket_ <= services_.log.durable();
  if (is_current && state_.signal_request_ids && !may_be_gone) return {};
  const RunId& run_id = addressed.other ? addressed.other->run_id : state_.current->run_id;
  auto stored = services_.reader.run(request.name_space->number(), request.workflow_id(), run_id);
  if (!stored.ok()) return stored.status();
  std::set<RequestId> known;
  if (*stored) {
    known.insert((*stored)->signal_request_ids.begin(), (*stored)->signal_request_ids.end());
  }
  (addressed.other ? addressed.signals : state_.signal_request_ids) = std::move(known);
  return {};
}

Result<RunId> Workflow::next_run_id(Timestamp now) {
  try {
    return services_.ids.next_run_id(now);
  } catch (const HostFailure& failure) {
    return failure.status();
  }
}

core::Decision Workflow::decide_now(const Request& request, const core::NamespaceRecord& record,
                                    const Addressed& addressed, bool run_id_in_use) {
  const bool may_begin = std::holds_alternative<core::StartCommand>(request.command) ||
                         addressed.current.has_value() || addressed.reset.has_value();
  Result<RunId> fresh = may_begin ? next_run_id(request.now) : RunId();
  if (!fresh.ok()) return {.answer = fresh.status(), .events = {}};
  const auto& signals = addressed.other ? addressed.signals : state_.signal_request_ids;
  return core::decide(state_, request.command,
                      core::Context{.now = request.now,
                                    .retention = record.config.retention,
                                    .start_interval = record.config.start_interval,
                                    .start_rate = record.config.start_rate,
                                    .fresh_run_id = std::move(*fresh),
                                    .run_id_in_use = run_id_in_use,
                                    .other_run = addressed.other ? &*addressed.other : nullptr,
                                    .current_is_reclaimed = addressed.current_is_reclaimed,
                                    .record = addressed.current ? &*addressed.current : nullptr,
                                    .signal_request_ids = signals ? &*signals : nullptr,
                                    .zones = &services_.zones,
                                    .queued = addressed.queued ? &*addressed.queued : nullptr,
                                    .reset = addressed.reset ? &*addressed.reset : nullptr});
}

bool Workflow::start_with_own_run_id(RequestPtr& request, const core::StartCommand& command,
                                     const core::NamespaceRecord& record) {
  const core::NamespaceNumber name_space = request->name_space->number();
  Addressed addressed;
  const Status read = read_signals(*request, addressed);
  if (!read.ok()) return answer(request, read);
  auto lock = services_.claims.lock();
  const auto in_use = services_.claims.in_use(name_space, command.run_id);
  if (!in_use.ok()) {
    lock.unlock();
    return answer(request, in_use.status());
  }
  // The head may name a run longer than the run's record is there.
  const bool names_it = (state_.current && state_.current->run_id == command.run_id) ||
                        core::find_queued(state_, command.run_id);
  core::Decision decision = decide_now(*request, record, addressed, *in_use || names_it);
  if (takes_run_id(decision.events)) {
    RunIdClaims::Claim claim = services_.claims.claim(name_space, command.run_id);
    commit(request, std::move(decision));
    claim.keep_until(last_ticket_);
    return true;
  }
  lock.unlock();
  if (*in_use && decision.events.empty()) {
    // The run that has the id may not be durable yet: then neither may the refusal be given.
    return answer_when_settled(request, std::move(decision));
  }
  return settle(request, std::move(decision));
}

bool Workflow::settle(RequestPtr& request, core::Decision decision, store::Ticket seen_at) {
  if (!decision.events.empty()) return commit(request, std::move(decision), seen_at);
  if (last_ticket_ <= services_.log.durable() || ONERUN_FAULT(kAnswerBeforeDurable)) {
    return answer(request, std::move(decision.answer));
  }
  return answer_when_settled(request, std::move(decision));
}

bool Workflow::answer_when_settled(RequestPtr& request, core::Decision decision) {
  append({.completion =
              std::make_unique<DurableAnswer>(services_, std::move(request), std::move(decision))});
  return true;
}

bool Workflow::commit(RequestPtr& request, core::Decision decision, store::Ticket seen_at) {
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
    const bool closed_with_it = std::holds_alternative<core::RunClosed>(decision.events.front());
    recent.push_back({.run = std::move(*transition->replaced),
                      .ticket = closed_with_it ? kThisGroup : current_ticket_});
  }
  std::unique_ptr<store::Group::Part> part;
  if (auto& guarded = transition->guarded) {
    part = std::make_unique<store::Group::Part>(
        store::Group::Part{.writes = std::move(guarded->writes),
                           .counts = guarded->counts,
                           .guard = store::Guard(seen_at),
                           .key = guarded->key,
                           .fits = is_closed_run_of(request->workflow_id(), guarded->run_id)});
    part->guard.watch(core::Family::kRun, guarded->key);
  }
  if (const auto* removed = std::get_if<core::RunRemoved>(&decision.events.front())) {
    recent.push_back({.run = {.run_id = removed->run_id}, .removed = true});
  }
  const bool starts = begins_run(decision.events);
  auto completion =
      std::make_unique<DurableAnswer>(services_, std::move(request), std::move(decision));
  append({.writes = std::move(transition->writes),
          .name_space = name_space,
          .counts = transition->counts,
          .completion = std::move(completion),
          .part = std::move(part)});
  if (changes) current_ticket_ = last_ticket_;
  if (starts) started_ticket_ = last_ticket_;
  remember(std::move(recent));
  return true;
}

bool Workflow::changes_current(const std::vector<core::Event>& events) const {
  return std::ranges::any_of(events, [this](const core::Event& event) {
    return begins_run(event) || (state_.current && core::run_of(event) == state_.current->run_id);
  });
}

bool Workflow::answer(RequestPtr& request, Result<core::Answer> answer) {
  const RequestPtr mine = std::move(request);
  DurableAnswer::note_decision(*mine, answer);
  mine->answer(std::move(answer), services_);
  answer_share_.answered();
  return true;
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
