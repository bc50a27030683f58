#include "actors/workflow_actor.hpp"

#include <string>

#include "actors/logging.hpp"
#include "core/fault.hpp"

namespace onerun::actors {
namespace {

/// Tells an actor once everything that is in the log by now is durable, or never will be.
class TellWhenSettled final : public store::Completion {
 public:
  explicit TellWhenSettled(caf_facade::Actor actor) : actor_(std::move(actor)) {}
  void complete(const Status&) noexcept override { caf_facade::post(actor_, BeginAgain{}); }

 private:
  const caf_facade::Actor actor_;
};

}  // namespace

WorkflowActor::WorkflowActor(caf_facade::ActorConfig& config, Services& services)
    : caf_facade::ActorBase(config), services_(services), workflow_(std::in_place, services) {}

caf_facade::Behavior WorkflowActor::make_behavior() {
  return {
      [this](Deliver& message) {
        if (is_restarting_) {
          waiting_.push_back(std::move(message.request));
        } else {
          handle(std::move(message.request));
        }
      },
      [this](BeginAgain) {
        is_restarting_ = false;
        handle_waiting();
      },
  };
}

void WorkflowActor::handle(RequestPtr request) {
  try {
    workflow_->handle(request);
    last_ticket_.store(workflow_->last_ticket(), std::memory_order_relaxed);
    handled_.fetch_add(1, std::memory_order_release);
  } catch (const std::exception& reason) {
    restart(std::move(request), reason);
  }
}

void WorkflowActor::handle_waiting() {
  while (!waiting_.empty() && !is_restarting_) {
    RequestPtr request = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    handle(std::move(request));
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
  is_restarting_ = true;
  if (request == nullptr) {
    handled_.fetch_add(1, std::memory_order_release);
  } else if (++request->attempts >= kMaxAttempts) {
    give_up(request, reason);
  } else {
    log_line(services_.sink, LogLevel::kWarning,
             std::string("workflow actor failed and begins again: ") + reason.what(), *request);
    waiting_.insert(waiting_.begin(), std::move(request));
  }
  if (ONERUN_FAULT(kRestartOnStaleHead)) {
    return caf_facade::post(caf_facade::Actor(this), BeginAgain{});
  }
  services_.log.append({.completion = std::make_unique<TellWhenSettled>(caf_facade::Actor(this))});
}

void WorkflowActor::give_up(const RequestPtr& request, const std::exception& reason) {
  const std::string message = std::string("the request failed ") +
                              std::to_string(request->attempts) +
                              " times and was not done: " + reason.what();
  log_line(services_.sink, LogLevel::kError, message, *request);
  request->answer(Status(StatusCode::kInternal, message), services_.metrics);
  handled_.fetch_add(1, std::memory_order_release);
}

}  // namespace onerun::actors
