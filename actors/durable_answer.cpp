#include "actors/durable_answer.hpp"

#include <utility>
#include <variant>

#include "actors/effect_runner.hpp"

namespace onerun::actors {

void count_decision(const Request& request, const Result<core::Answer>& answer) {
  const auto* start = std::get_if<core::StartCommand>(&request.command);
  if (start == nullptr || start->dry_run) return;
  if (answer.ok()) {
    request.name_space->metrics().decided(std::get<StartResult>(*answer).rule);
  } else if (const auto* refused = answer.status().detail<AlreadyStarted>()) {
    request.name_space->metrics().decided(refused->rule);
  }
}

void DurableAnswer::complete(const Status& status) noexcept {
  if (!status.ok()) {
    request_->answer(status, services_);
    return;
  }
  const EffectRunner run(services_, *request_->name_space, request_->workflow_id(), request_->now);
  for (const core::Effect& effect : effects_) std::visit(run, effect);
  count_decision(*request_, answer_);
  request_->answer(std::move(answer_), services_);
}

}  // namespace onerun::actors
