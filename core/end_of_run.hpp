// How a run ends, and how the next one of its chain begins with that, as one decision.
// Source: specification sections 3.1 and 3.3.
#pragma once

#include "core/decide.hpp"

namespace onerun::core {

/// The run that follows.
struct Successor {
  StartRequest request;  ///< what it is given; without ids and policies
  Initiator initiator;
  std::uint32_t attempt = 1;
  Duration backoff{};
  std::optional<Failure> continued_failure = {};
  Payload last_completion_result = {};
};

/// Closes the current run. Answers with it.
Decision close_run(const RunHead& current, RunClosed closed);

/// Closes the current run, and begins the one that follows it. Answers with the run that closed.
/// Requires Context::fresh_run_id.
Decision close_and_continue(const RunHead& current, RunClosed closed, Successor next,
                            const Context& context);

/// Closes a run that completed. If it has a cron schedule, the next one follows. Requires
/// Context::record in that case.
Decision complete_run(const RunHead& current, RunClosed closed, const Context& context);

/// Closes a run that failed or whose run timeout is over (`failure` null); its retry policy, and
/// then its cron schedule, says whether another run follows. Requires Context::record if the run
/// has one of them.
Decision close_or_retry(const RunHead& current, RunClosed closed, const Failure* failure,
                        const Context& context);

}  // namespace onerun::core
