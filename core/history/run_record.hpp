// A run as its whole history tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/history/event.hpp"
#include "core/workflow_state.hpp"
#include "onerun/run.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// The state of a run, and the parts of its history that answers show and no decision keeps in
/// memory. A start that waits has a record, too: its status is kUnspecified.
struct RunRecord {
  event::RunStarted started;
  RunHead head;
  std::string cancel_reason;
  std::vector<RequestId> signal_request_ids;  ///< of the signals that have one, in order
  std::optional<PauseInfo> pause;             ///< while it is paused
  std::uint64_t begun_at_event = 1;           ///< the event that brought its request id
  RunId base_run_id;                          ///< the run that a reset copied to make it
  Timestamp original_start_time;              ///< of its RunStarted: of a copied one, too
  RunId reset_run_id;                         ///< the last run that a reset of this one began
  std::optional<Timestamp> queue_deadline;    ///< of a start that waits
  CloseInfo close;                            ///< once closed
};

/// Folds a history into a run. The run id is in the key of the history and not in the history.
/// data_loss, with a Corruption that names the reason.
Result<RunRecord> decode_run(const RunId& run_id, std::string_view history);

/// Events of a history from `first_event_id` on, at most `limit`. Errors as for `decode_run`.
Result<HistoryPage> read_history(const RunId& run_id, std::string_view history,
                                 std::uint64_t first_event_id, std::size_t limit);

}  // namespace onerun::core
