// How a run ends, and how the next one of its chain begins with that, as one decision.
// Source: specification sections 3.1 and 3.3.
#pragma once

#include "core/decide.hpp"

namespace onerun::core {

/// How the current run ends.
struct Closing {
  Timestamp time;
  RunStatus status;
  CloseInfo close;
  RunId new_execution_run_id = {};  ///< the run that follows in the chain
};

/// Closes the current run. Answers with it.
Decision close_run(const RunHead& current, Closing closed);

/// Closes the current run, and begins the one that follows it. `next`: the first event of that run,
/// but for its links to the runs before it. Answers with the run that closed. Requires
/// Facts::fresh_run_id and Known::current_run.
Decision close_and_continue(const RunHead& current, Closing closed, event::RunStarted next,
                            const Facts& facts);

/// Closes a run that completed. If it has a cron schedule, the next one follows. Requires
/// Known::current_run in that case.
Decision complete_run(const RunHead& current, Closing closed, const Facts& facts);

/// Closes a run that failed or whose run timeout is over (`failure` null); its retry policy, and
/// then its cron schedule, says whether another run follows. Requires Known::current_run if the run
/// has one of them.
Decision close_or_retry(const RunHead& current, Closing closed, const Failure* failure,
                        const Facts& facts);

}  // namespace onerun::core
