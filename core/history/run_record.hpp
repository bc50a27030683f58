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
///
/// Where events lie in batches, the value of the run alone tells: of a closed run the head; of an
/// open run the head as the events beside it leave it; of either, the parts that lie beside it.
/// store::read_run completes the record.
struct RunRecord {
  event::RunStarted started;
  RunHead head;
  std::string cancel_reason;
  /// Of the signals that have one, in order; those in batches only if they were asked for.
  std::vector<RequestId> signal_request_ids;
  std::optional<PauseInfo> pause;           ///< while it is paused
  RunId base_run_id;                        ///< the run that a reset copied to make it
  Timestamp original_start_time;            ///< of its RunStarted: of a copied one, too
  RunId reset_run_id;                       ///< the last run that a reset of this one began
  std::optional<Timestamp> queue_deadline;  ///< of a start that waits
  CloseInfo close;                          ///< once closed
  bool has_batches = false;                 ///< events lie in batches
  std::uint64_t events_beside = 0;          ///< how many events lie beside the run
};

/// Folds the value of a run: a history, or what of it lies beside the run. The run id is in the
/// key. data_loss, with a Corruption that names the reason.
Result<RunRecord> decode_run(const RunId& run_id, std::string_view value);

/// Adds events to `events`, from `first_event_id` on, until there are `limit`. `records` begin with
/// the event of the id `at`; notes are left out. Errors as for `decode_run`.
Status read_events(std::string_view records, std::uint64_t at, std::uint64_t first_event_id,
                   std::size_t limit, std::vector<HistoryEvent>& events);

/// The page that these events of a run make. `first_event_id`: that was asked for.
HistoryPage page_of(const RunHead& run, std::vector<HistoryEvent> events,
                    std::uint64_t first_event_id);

}  // namespace onerun::core
