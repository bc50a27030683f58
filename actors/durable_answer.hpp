// The answer to a request, given once what it rests on is durable.
#pragma once

#include <vector>

#include "actors/request.hpp"
#include "actors/services.hpp"
#include "core/decide.hpp"
#include "store/commit_log.hpp"

namespace onerun::actors {

/// Counts a start by the rule that answered it.
void count_decision(const Request& request, const Result<core::Answer>& answer);

/// Carries out the effects of a decision, and gives its answer.
class DurableAnswer final : public store::Completion {
 public:
  DurableAnswer(Services& services, RequestPtr request, Result<core::Answer> answer,
                std::vector<core::Effect> effects = {})
      : services_(services),
        request_(std::move(request)),
        answer_(std::move(answer)),
        effects_(std::move(effects)) {}

  void complete(const Status& status) noexcept override;

 private:
  Services& services_;
  RequestPtr request_;
  Result<core::Answer> answer_;
  std::vector<core::Effect> effects_;
};

}  // namespace onerun::actors
