#include "actors/workflow.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "actors/logging.hpp"
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
  Status loaded = load_if_needed(*request);
  if (!loaded.ok()) return answer(request, loaded);
  const auto* start = std::get_if<core::StartCommand>(&request->command);
  if (start != nullptr && !start->run_id.empty()) return start_with_own_run_id(request, *start);

  auto other = other_run(*request);
  if (!other.ok()) return answer(request, other.status());
  settle(request, decide_now(*request, *other ? &**other : nullptr, false));
}

/// Reads the head, the first time and when the namespace's configuration has changed: what had
/// expired under the old retention may have been reclaimed, and must not come back under the new
/// one.
Status Workflow::load_if_needed(const Request& request) {
  const std::uint64_t version = request.name_space->record()->config_version;
  if (loaded_at_version_ == version) return {};
  const bool is_loaded = loaded_at_version_ != 0;
  if (is_loaded && last_ticket_ > services_.log.durable()) return {};  // newer than the store

  auto head = services_.reader.head(request.name_space->number(), request.workflow_id());
  if (!head.ok()) return head.status();
  state_.current = std::move(*head);
  loaded_at_version_ = version;
  return {};
}

/// The addressed run, if it is not the current one: from what is on its way to the store, or from
/// the store.
Result<std::optional<core::RunHead>> Workflow::other_run(const Request& request) const {
  using Head = std::optional<core::RunHead>;
  const RunRef* ref = ref_of(request.command);
  if (ref == nullptr || ref->run_id.empty()) return Head();
  if (state_.current && state_.current->run_id == ref->run_id) return Head();
  for (auto recent = recent_.rbegin(); recent != recent_.rend(); ++recent) {
    if (recent->run.run_id == ref->run_id) return recent->removed ? Head() : Head(recent->run);
  }
  auto stored = services_.reader.run(request.name_space->number(), ref->workflow_id, ref->run_id);
  if (!stored.ok()) return stored.status();
  return *stored ? Head(std::move((*stored)->head)) : Head();
}

core::Decision Workflow::decide_now(const Request& request, const core::RunHead* other,
                                    bool run_id_in_use) {
  const auto record = request.name_space->record();
  const bool is_start = std::holds_alternative<core::StartCommand>(request.command);
  return core::decide(
      state_, request.command,
      core::Context{.now = request.now,
                    .retention = record->config.retention,
                    .fresh_run_id = is_start ? services_.ids.next_run_id(request.now) : RunId(),
                    .run_id_in_use = run_id_in_use,
                    .other_run = other});
}

void Workflow::start_with_own_run_id(RequestPtr& request, const core::StartCommand& command) {
  const core::NamespaceNumber name_space = request->name_space->number();
  const auto lock = services_.claims.lock();
  const auto in_use = services_.claims.in_use(name_space, command.run_id);
  if (!in_use.ok()) return answer(request, in_use.status());

  core::Decision decision = decide_now(*request, nullptr, *in_use);
  const bool starts =
      !decision.events.empty() && std::holds_alternative<core::RunStarted>(decision.events.back());
  if (!starts && *in_use) {
    // The run that has the id may not be durable yet: then neither may the refusal be given.
    return append({.completion = std::make_unique<DurableAnswer>(services_, std::move(request),
                                                                 std::move(decision))});
  }
  if (!starts) return settle(request, std::move(decision));
  store::Ticket& position = services_.claims.claim(name_space, command.run_id);
  commit(request, std::move(decision));
  position = last_ticket_;
}

void Workflow::settle(RequestPtr& request, core::Decision decision) {
  if (!decision.events.empty()) return commit(request, std::move(decision));
  if (last_ticket_ <= services_.log.durable()) {
    return answer(request, std::move(decision.answer));
  }
  append({.completion =
              std::make_unique<DurableAnswer>(services_, std::move(request), std::move(decision))});
}

void Workflow::commit(RequestPtr& request, core::Decision decision) {
  const core::NamespaceNumber name_space = request->name_space->number();
  std::vector<Recent> recent = replaced_by(decision.events);
  auto transition = core::apply(name_space, request->workflow_id(), state_, decision.events);
  if (!transition.ok()) {
    log_line(services_.sink, LogLevel::kError, transition.status().message(), *request);
    services_.log.fence(transition.status());
    return answer(request, transition.status());
  }
  auto completion =
      std::make_unique<DurableAnswer>(services_, std::move(request), std::move(decision));
  append({.writes = std::move(transition->writes),
          .name_space = name_space,
          .counts = transition->counts,
          .completion = std::move(completion)});
  remember(std::move(recent));
}

void Workflow::answer(RequestPtr& request, Result<core::Answer> answer) {
  const RequestPtr mine = std::move(request);
  DurableAnswer::note_decision(*mine, answer);
  mine->answer(std::move(answer), services_.metrics);
}

void Workflow::append(store::Group group) { last_ticket_ = services_.log.append(std::move(group)); }

/// What these events are about to make of runs that will not be current afterwards.
std::vector<Workflow::Recent> Workflow::replaced_by(const std::vector<core::Event>& events) const {
  std::vector<Recent> recent;
  if (const auto* removed = std::get_if<core::RunRemoved>(&events.front())) {
    recent.push_back({.run = {.run_id = removed->run_id}, .removed = true});
  }
  const auto* closed = std::get_if<core::RunClosed>(&events.front());
  if (closed != nullptr && events.size() > 1) {
    core::RunHead run = *state_.current;
    run.status = closed->status;
    run.close_time = closed->time;
    recent.push_back({.run = std::move(run)});
  }
  return recent;
}

/// Keeps what a later request may address before the store has it.
void Workflow::remember(std::vector<Recent> recent) {
  for (Recent& one : recent) {
    one.ticket = last_ticket_;
    recent_.push_back(std::move(one));
  }
}

void Workflow::forget_durable() {
  const store::Ticket durable = services_.log.durable();
  const auto first_kept =
      std::ranges::find_if(recent_, [&](const Recent& recent) { return recent.ticket > durable; });
  recent_.erase(recent_.begin(), first_kept);
}

}  // namespace onerun::actors
