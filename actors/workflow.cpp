#include "actors/workflow.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "actors/logging.hpp"
#include "core/fault.hpp"
#include "core/retention.hpp"
#include "core/transition.hpp"

namespace onerun::actors {
namespace {

/// The run that a command addresses, or nullptr if it is a start.
const RunRef* ref_of(const core::Command& command) {
  return std::visit(
      [](const auto& c) -> const RunRef* {
        if constexpr (std::is_same_v<std::decay_t<decltype(c)>, core::StartCommand>) {
          return nullptr;
        } else {
          return &c.run;
        }
      },
      command);
}

/// True if a command addresses the current run by its chain, whatever run id it has.
bool names_chain(const core::Command& command) {
  if (const auto* close = std::get_if<core::CloseCommand>(&command)) {
    return !close->first_execution_run_id.empty();
  }
  const auto* cancel = std::get_if<core::RequestCancelCommand>(&command);
  return cancel != nullptr && !cancel->options.first_execution_run_id.empty();
}

/// Gives an answer once what it rests on is durable, and makes it visible to metrics and waiters.
class DurableAnswer final : public store::Completion {
 public:
  DurableAnswer(Services& services, RequestPtr request, core::Decision decision)
      : services_(services), request_(std::move(request)), decision_(std::move(decision)) {}

  void complete(const Status& status) noexcept override {
    if (!status.ok()) {
      request_->answer(status, services_.metrics);
      return;
    }
    for (const core::Event& event : decision_.events) std::visit(Happened{*this}, event);
    note_decision(*request_, decision_.answer);
    request_->answer(std::move(decision_.answer), services_.metrics);
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

    void operator()(const core::RunStarted&) const {}
    void operator()(const core::CancelRequested&) const {}
    void operator()(const core::RequestIdAttached&) const {}
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

void Workflow::handle(RequestPtr& request) {
  forget_durable();
  const NamespaceEntry::Record record = request->name_space->record();
  Status loaded = load_if_needed(*request, *record);
  if (!loaded.ok()) return answer(request, loaded);
  const auto* start = std::get_if<core::StartCommand>(&request->command);
  if (start != nullptr && !start->run_id.empty()) {
    return start_with_own_run_id(request, *start, *record);
  }
  const auto addressed = address(*request);
  if (!addressed.ok()) return answer(request, addressed.status());
  settle(request, decide_now(*request, *record, *addressed, false), addressed->seen_at);
}

/// Reads the head, the first time and when the namespace's configuration has changed: what had
/// expired under the old retention may have been reclaimed, and must not come back under the new
/// one.
Status Workflow::load_if_needed(const Request& request, const core::NamespaceRecord& record) {
  if (loaded_at_version_ == record.config_version) return {};
  const bool is_loaded = loaded_at_version_ != 0;
  if (is_loaded && last_ticket_ > services_.log.durable()) return {};  // newer than the store

  auto head = services_.reader.head(request.name_space->number(), request.workflow_id());
  if (!head.ok()) return head.status();
  state_.current = std::move(*head);
  loaded_at_version_ = record.config_version;
  return {};
}

/// The addressed run: from what is on its way to the store, or from the store.
Result<Workflow::Addressed> Workflow::address(const Request& request) const {
  const RunRef* ref = ref_of(request.command);
  if (ref == nullptr) return Addressed();
  const bool by_chain = names_chain(request.command);
  if (by_chain || ref->run_id.empty() ||
      (state_.current && state_.current->run_id == ref->run_id)) {
    return address_current(request);
  }
  for (auto recent = recent_.rbegin(); recent != recent_.rend(); ++recent) {
    if (recent->run.run_id != ref->run_id) continue;
    Addressed found{.seen_at = last_ticket_};
    if (!recent->removed) found.other = recent->run;
    return found;
  }
  Addressed found{.seen_at = services_.log.durable()};
  auto stored = services_.reader.run(request.name_space->number(), ref->workflow_id, ref->run_id);
  if (!stored.ok()) return stored.status();
  if (*stored) found.other = std::move((*stored)->head);
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

core::Decision Workflow::decide_now(const Request& request, const core::NamespaceRecord& record,
                                    const Addressed& addressed, bool run_id_in_use) {
  const bool is_start = std::holds_alternative<core::StartCommand>(request.command);
  return core::decide(
      state_, request.command,
      core::Context{.now = request.now,
                    .retention = record.config.retention,
                    .fresh_run_id = is_start ? services_.ids.next_run_id(request.now) : RunId(),
                    .run_id_in_use = run_id_in_use,
                    .other_run = addressed.other ? &*addressed.other : nullptr,
                    .current_is_reclaimed = addressed.current_is_reclaimed});
}

void Workflow::start_with_own_run_id(RequestPtr& request, const core::StartCommand& command,
                                     const core::NamespaceRecord& record) {
  const core::NamespaceNumber name_space = request->name_space->number();
  auto lock = services_.claims.lock();
  const auto in_use = services_.claims.in_use(name_space, command.run_id);
  if (!in_use.ok()) {
    lock.unlock();
    return answer(request, in_use.status());
  }
  // The head may name a run longer than the run's record is there.
  const bool names_it = state_.current && state_.current->run_id == command.run_id;
  core::Decision decision = decide_now(*request, record, Addressed(), *in_use || names_it);
  const bool starts =
      !decision.events.empty() && std::holds_alternative<core::RunStarted>(decision.events.back());
  if (starts) {
    RunIdClaims::Claim claim = services_.claims.claim(name_space, command.run_id);
    commit(request, std::move(decision));
    return claim.keep_until(last_ticket_);
  }
  lock.unlock();
  if (*in_use && decision.events.empty()) {
    // The run that has the id may not be durable yet: then neither may the refusal be given.
    return append({.completion = std::make_unique<DurableAnswer>(services_, std::move(request),
                                                                 std::move(decision))});
  }
  settle(request, std::move(decision));
}

void Workflow::settle(RequestPtr& request, core::Decision decision, store::Ticket seen_at) {
  if (!decision.events.empty()) return commit(request, std::move(decision), seen_at);
  if (last_ticket_ <= services_.log.durable() || ONERUN_FAULT(kAnswerBeforeDurable)) {
    return answer(request, std::move(decision.answer));
  }
  append({.completion =
              std::make_unique<DurableAnswer>(services_, std::move(request), std::move(decision))});
}

void Workflow::commit(RequestPtr& request, core::Decision decision, store::Ticket seen_at) {
  const core::NamespaceNumber name_space = request->name_space->number();
  std::vector<Recent> recent = replaced_by(decision.events);
  const bool changes = changes_current(decision.events);
  auto transition = core::apply(name_space, request->workflow_id(), state_, decision.events);
  if (!transition.ok()) {
    log_line(services_.sink, LogLevel::kError, transition.status().message(), *request);
    services_.log.fence(transition.status());
    return answer(request, transition.status());
  }
  std::unique_ptr<store::Group::Part> part;
  if (auto& removal = transition->removal) {
    part = std::make_unique<store::Group::Part>(
        store::Group::Part{.writes = std::move(removal->writes),
                           .counts = removal->counts,
                           .guard = store::Guard(seen_at)});
    part->guard.watch(core::Family::kRun, removal->key);
  }
  auto completion =
      std::make_unique<DurableAnswer>(services_, std::move(request), std::move(decision));
  append({.writes = std::move(transition->writes),
          .name_space = name_space,
          .counts = transition->counts,
          .completion = std::move(completion),
          .part = std::move(part)});
  if (changes) current_ticket_ = last_ticket_;
  remember(std::move(recent));
}

bool Workflow::changes_current(const std::vector<core::Event>& events) const {
  return std::ranges::any_of(events, [this](const core::Event& event) {
    return std::holds_alternative<core::RunStarted>(event) ||
           (state_.current && core::run_of(event) == state_.current->run_id);
  });
}

void Workflow::answer(RequestPtr& request, Result<core::Answer> answer) {
  const RequestPtr mine = std::move(request);
  DurableAnswer::note_decision(*mine, answer);
  mine->answer(std::move(answer), services_.metrics);
}

void Workflow::append(store::Group group) {
  last_ticket_ = services_.log.append(std::move(group));
  share_.took(last_ticket_, services_.log.durable());
}

/// What these events are about to make of runs that will not be current afterwards.
std::vector<Workflow::Recent> Workflow::replaced_by(const std::vector<core::Event>& events) const {
  std::vector<Recent> recent;
  for (const core::Event& event : events) {
    if (const auto* removed = std::get_if<core::RunRemoved>(&event)) {
      recent.push_back({.run = {.run_id = removed->run_id}, .removed = true});
    }
    if (!std::holds_alternative<core::RunStarted>(event) || !state_.current) continue;
    Recent replaced{.run = *state_.current, .ticket = current_ticket_};
    if (const auto* closed = std::get_if<core::RunClosed>(&events.front())) {
      replaced.run.status = closed->status;
      replaced.run.close_time = closed->time;
      replaced.ticket = kThisGroup;
    }
    recent.push_back(std::move(replaced));
  }
  return recent;
}

/// Keeps what a later request may address before the store has it.
void Workflow::remember(std::vector<Recent> recent) {
  if (ONERUN_FAULT(kForgetReplacedRuns)) return;
  for (Recent& one : recent) {
    if (one.ticket == kThisGroup) one.ticket = last_ticket_;
    recent_.push_back(std::move(one));
  }
  forget_durable();
}

void Workflow::forget_durable() {
  const store::Ticket durable = services_.log.durable();
  std::erase_if(recent_, [&](const Recent& recent) { return recent.ticket <= durable; });
}

}  // namespace onerun::actors
