#include "actors/workflow_actor.hpp"

#include <memory>
#include <new>
#include <string>
#include <utility>

#include "actors/logging.hpp"
#include "core/fault.hpp"

namespace onerun::actors {
namespace {

/// Tells an actor once everything that is in the log by now is durable, or never will be.
class TellWhenSettled final : public store::Completion {
 public:
  TellWhenSettled(caf_facade::Actor actor, std::uint64_t wait)
      : actor_(std::move(actor)),
        letter_(caf_facade::make_letter(GoOn{.wait = wait, .log_is_settled = true})) {}
  void complete(const Status&) noexcept override {
    caf_facade::post_letter(actor_, std::move(letter_));
  }

 private:
  const caf_facade::Actor actor_;
  caf_facade::Letter letter_;
};

}  // namespace

WorkflowActor::WorkflowActor(caf_facade::ActorConfig& config, Services& services)
    : caf_facade::ActorBase(config), services_(services), workflow_(std::in_place, services) {}

caf_facade::Behavior WorkflowActor::make_behavior() {
  return caf_facade::shared_behavior<WorkflowActor, Deliver, GoOn>(*this);
}

void WorkflowActor::receive(Deliver& message) {
  if (message.is_for_another_id && !ONERUN_FAULT(kKeepStateOfAnotherId)) {
    workflow_.emplace(services_);
  }
  workflow_->others_asked(message.others);
  take(std::move(message.request));
}

/// One that was sent for an earlier wait has come too late: the state was dropped meanwhile.
void WorkflowActor::receive(GoOn& message) {
  if (message.wait != wait_) return;
  is_held_ = false;
  if (message.log_is_settled) workflow_->settled();
  take_waiting();
}

void WorkflowActor::take(RequestPtr request) {
  hold_if_share_is_used_up();
  if (is_held_) {
    waiting_.push_back(std::move(request));
  } else {
    handle(std::move(request));
  }
}

void WorkflowActor::take_waiting() {
  for (int taken = 0; !waiting_.empty(); ++taken) {
    hold_if_share_is_used_up();
    if (!is_held_ && taken >= kMostOfOneMessage) hold_for_a_message();
    if (is_held_) return;
    handle(waiting_.pop_front());
  }
}

/// After so many requests others may run. Without memory for one, the id goes on.
void WorkflowActor::hold_for_a_message() {
  try {
    caf_facade::post(caf_facade::Actor(this), GoOn{.wait = wait_ + 1});
    hold();
  } catch (const std::bad_alloc&) {
  }
}

/// The share is a courtesy: without memory to wait, the id goes on.
void WorkflowActor::hold_if_share_is_used_up() {
  if (is_held_ || !workflow_->must_let_others_go_first()) return;
  try {
    hold_until_settled();
  } catch (const std::bad_alloc&) {
    workflow_->settled();
  }
}

void WorkflowActor::hold_until_settled() {
  workflow_->when_settled(std::make_unique<TellWhenSettled>(caf_facade::Actor(this), wait_ + 1));
  hold();
}

void WorkflowActor::hold_until_facts_are_there() {
  const auto letter =
      std::make_shared<caf_facade::Letter>(caf_facade::make_letter(GoOn{.wait = wait_ + 1}));
  hold();
  workflow_->when_facts_are_there([actor = caf_facade::Actor(this), letter] {
    caf_facade::post_letter(actor, std::move(*letter));
  });
}

void WorkflowActor::hold() {
  ++wait_;
  is_held_ = true;
}

void WorkflowActor::handle(RequestPtr request) {
  try {
    const Handled handled = workflow_->handle(request);
    if (handled != Handled::kTaken) {
      // There may be no memory to wait: then the request is still here.
      if (handled == Handled::kWaitsForLog) hold_until_settled();
      if (handled == Handled::kWaitsForFacts) hold_until_facts_are_there();
      return waiting_.push_front(std::move(request));
    }
    last_ticket_.store(workflow_->last_ticket(), std::memory_order_relaxed);
    handled_.fetch_add(1, std::memory_order_release);
  } catch (const std::exception& reason) {
    restart(std::move(request), reason);
  }
}

/// Drops the state. It is read again once all that it had decided is on the store: what a request
/// that was not taken over gets then does not depend on what failed. If not even this can be done,
/// the process ends: the store has everything that was answered.
void WorkflowActor::restart(RequestPtr request, const std::exception& reason) noexcept {
  const store::Ticket last_ticket = workflow_->last_ticket();
  last_ticket_.store(last_ticket, std::memory_order_relaxed);
  workflow_.emplace(services_);
  services_.metrics.actor_restarted();
  if (request == nullptr) {
    handled_.fetch_add(1, std::memory_order_release);
  } else if (++request->attempts >= kMaxAttempts) {
    give_up(request, reason);
  } else {
    log_line(services_.sink, LogLevel::kWarning,
             std::string("workflow actor failed and begins again: ") + reason.what(), *request);
    waiting_.push_front(std::move(request));
  }
  if (ONERUN_FAULT(kRestartOnStaleHead)) {
    hold();
    return caf_facade::post(caf_facade::Actor(this), GoOn{.wait = wait_, .log_is_settled = true});
  }
  hold_until_settled();
}

void WorkflowActor::give_up(const RequestPtr& request, const std::exception& reason) {
  const std::string message = std::string("the request failed ") +
                              std::to_string(request->attempts) +
                              " times and was not done: " + reason.what();
  log_line(services_.sink, LogLevel::kError, message, *request);
  request->answer(Status(StatusCode::kInternal, message), services_);
  handled_.fetch_add(1, std::memory_order_release);
}

}  // namespace onerun::actors
