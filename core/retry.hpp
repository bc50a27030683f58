// Whether a run that did not succeed is tried again, and when.
// Source: specification section 3.3.
#pragma once

#include <optional>

#include "onerun/chain.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// What a retry is decided on.
struct RetryQuestion {
  const std::optional<RetryPolicy>& policy;
  std::uint32_t attempt;             ///< of the run that ended
  const Failure* failure = nullptr;  ///< null: its run timeout is over
  Timestamp now;
  std::optional<Timestamp> execution_deadline;  ///< of the chain
};

/// The answer, and the time until the next run may do something: only with kInProgress.
struct RetryDecision {
  RetryState state;
  Duration backoff{};
};

RetryDecision decide_retry(const RetryQuestion& question);

}  // namespace onerun::core
