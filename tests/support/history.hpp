// Short ways to make events of runs, and the bytes of their histories.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/begin_run.hpp"
#include "core/event.hpp"
#include "core/history/codec.hpp"
#include "core/history/fold.hpp"
#include "core/history/run_record.hpp"
#include "onerun/start.hpp"

namespace onerun::core::test {

/// A run begins by that request.
inline RunEvent started(const RunId& run_id, Timestamp time, const RunId& previous_run_id,
                        const StartRequest& request) {
  event::RunStarted started = started_by(request);
  started.previous_run_id = previous_run_id;
  return {run_id, {time, std::move(started)}};
}

/// A page of a history that lies beside its run.
inline Result<HistoryPage> read_history(const RunId& run_id, std::string_view history,
                                        std::uint64_t first_event_id, std::size_t limit) {
  const auto run = decode_run(run_id, history);
  if (!run.ok()) return run.status();
  std::vector<HistoryEvent> events;
  Status read = read_events(history, 1, first_event_id, limit, events);
  if (!read.ok()) return read;
  return page_of(run->head, std::move(events), first_event_id);
}

/// A run begins with that event.
inline RunEvent continued(const RunId& run_id, Timestamp time, event::RunStarted started) {
  return {run_id, {time, std::move(started)}};
}

inline RunEvent closed(const RunId& run_id, Timestamp time, RunStatus status, CloseInfo close = {},
                       const RunId& new_execution_run_id = {}) {
  return {run_id, {time, close_event(status, std::move(close), new_execution_run_id)}};
}

inline RunEvent cancel_requested(const RunId& run_id, Timestamp time, std::string reason,
                                 std::string identity) {
  return {run_id, {time, event::RunCancelRequested{std::move(reason), std::move(identity)}}};
}

inline RunEvent attached(const RunId& run_id, Timestamp time, RequestId request_id) {
  return {run_id, {time, event::RunOptionsUpdated{std::move(request_id)}}};
}

/// A start waits at the end of an empty queue.
inline StartQueued waits(Timestamp time, const StartRequest& request, const QueuedStart& queued) {
  return {queued.run_id, {time, started_by(request), queued.deadline}, queued, 0};
}

/// An event as it stands in the history of its run.
inline std::string bytes_of(const RunEvent& added) { return encode(added.event); }
inline std::string bytes_of(const StartQueued& queued) { return encode(queued.note); }

}  // namespace onerun::core::test
