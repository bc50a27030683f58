#include "store/run_history.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "core/big_endian.hpp"
#include "core/history/codec.hpp"
#include "core/history/fold.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;
using core::NamespaceNumber;
using core::RunRecord;

/// Events that lie under one key.
struct Batch {
  std::uint64_t first_event_id = 0;
  std::uint64_t last_event_id = 0;
  std::string_view records = {};
};

Result<Batch> batch_from(std::string_view key, std::string_view records) {
  std::uint64_t events = 0;
  for (std::string_view rest = records; !rest.empty(); ++events) {
    const auto record = core::take_record(rest);
    if (!record.ok()) return record.status();
    if (core::is_note(record->type)) return core::corrupt("history: a note in a batch");
  }
  const auto place = keys::event_key_from(key);
  if (!place || events == 0 || place->last_event_id < events) {
    return core::corrupt("history: a batch at the wrong place");
  }
  return Batch{place->last_event_id - events + 1, place->last_event_id, records};
}

/// Calls `visit` for the batches with the events from `first` to `last`, in order, as long as it
/// returns ok and true. Returns false if one of these events is not there.
Result<bool> visit_batches(const Store& store, NamespaceNumber name_space, const RunId& run_id,
                           std::uint64_t first, std::uint64_t last,
                           const std::function<Result<bool>(const Batch&)>& visit) {
  std::uint64_t next = first;
  bool goes_on = first <= last;
  if (!goes_on) return true;
  Status status;
  Status scanned =
      store.scan(Family::kEvent, keys::event_batch(name_space, run_id, first),
                 keys::range_of_batches(name_space, run_id).second,
                 [&](std::string_view key, std::string_view records) {
                   const auto batch = batch_from(key, records);
                   const bool is_next = batch.ok() && batch->first_event_id <= next &&
                                        (next == first || batch->first_event_id == next);
                   if (!is_next && batch.ok()) return false;
                   auto visited = batch.ok() ? visit(*batch) : batch.status();
                   if (!visited.ok()) {
                     status = core::locate(visited.status(), name_of(Family::kEvent), key);
                     return false;
                   }
                   next = batch->last_event_id + 1;
                   goes_on = *visited && next <= last;
                   return goes_on;
                 });
  if (!scanned.ok()) return scanned;
  if (!status.ok()) return status;
  return !goes_on;
}

/// The ids of the events in batches that answers show something of, beside the head of the run.
std::set<std::uint64_t> shown_events(const RunRecord& run) {
  const core::RunHead& head = run.head;
  std::set<std::uint64_t> shown = {head.begun_at_event, head.cancel_event_id, head.pause_event_id};
  if (is_closed(head.status)) shown.insert(head.history_length);
  shown.erase(shown.begin(), shown.upper_bound(run.events_beside));
  return shown;
}

/// Returns false if the event is not there.
Result<bool> add_details(const Store& store, NamespaceNumber name_space, std::uint64_t event_id,
                         RunRecord& run) {
  return visit_batches(store, name_space, run.head.run_id, event_id, event_id,
                       [&](const Batch& batch) -> Result<bool> {
                         std::vector<HistoryEvent> events;
                         Status read = core::read_events(batch.records, batch.first_event_id,
                                                         event_id, 1, events);
                         if (!read.ok()) return read;
                         HistoryEvent& event = events.front();
                         core::fold_details(run, {event.time, std::move(event.attributes)});
                         return true;
                       });
}

/// An open run has its head with its workflow id. Returns false if it has closed meanwhile.
Result<bool> take_head(const Store& store, NamespaceNumber name_space, RunRecord& run) {
  auto id = read_state(store, name_space, run.started.workflow_id);
  if (!id.ok()) return id.status();
  const bool is_it =
      id->current && id->current->run_id == run.head.run_id && is_open(id->current->status);
  if (is_it) run.head = std::move(*id->current);
  return is_it;
}

/// The events that lie beside the run, without the notes behind them; and those notes.
std::pair<std::string_view, std::string_view> parts_of(std::string_view value) {
  std::string_view rest = value;
  while (!rest.empty()) {
    std::string_view behind = rest;
    const auto record = core::take_record(behind);
    if (!record.ok() || core::is_note(record->type)) break;
    rest = behind;
  }
  return {value.substr(0, value.size() - rest.size()), rest};
}

/// ok if the run is not as it was read, so that events may be gone; else data_loss.
Status check_changed(const Store& store, NamespaceNumber name_space, const StoredRun& stored) {
  const std::string key = keys::run(name_space, stored.run.head.run_id);
  std::string value;
  const auto found = store.get(Family::kRun, key, value);
  if (!found.ok()) return found.status();
  if (!*found || value != stored.value) return {};
  return core::locate(core::corrupt("events that lie in batches are not there"),
                      name_of(Family::kRun), key);
}

}  // namespace

Result<bool> complete(const Store& store, NamespaceNumber name_space, RunRecord& run) {
  if (!run.has_batches) return true;
  if (is_open(run.head.status)) {
    auto is_open_still = take_head(store, name_space, run);
    if (!is_open_still.ok() || !*is_open_still) return is_open_still;
  }
  const std::size_t requests_beside = run.signal_request_ids.size();
  if (run.head.pause_event_id == 0) run.pause.reset();
  for (const std::uint64_t event_id : shown_events(run)) {
    auto is_there = add_details(store, name_space, event_id, run);
    if (!is_there.ok() || !*is_there) return is_there;
  }
  run.signal_request_ids.resize(requests_beside);
  return true;
}

Status read_signal_requests(const Store& store, NamespaceNumber name_space, RunRecord& run) {
  if (!run.has_batches) return {};
  std::vector<std::pair<std::uint64_t, RequestId>> found;
  Status status;
  const auto [first, last] = keys::range_of_signal_requests(name_space, run.head.run_id);
  Status scanned =
      store.scan(Family::kEvent, first, last, [&](std::string_view key, std::string_view value) {
        auto place = keys::event_key_from(key);
        std::uint64_t event_id = 0;
        const bool is_read = place && core::take_big_endian(value, event_id) && value.empty();
        if (!is_read) {
          status = core::locate(core::corrupt("not the request id of a signal"),
                                name_of(Family::kEvent), key);
          return false;
        }
        found.emplace_back(event_id, std::move(place->signal_request_id));
        return true;
      });
  if (!scanned.ok()) return scanned;
  std::ranges::stable_sort(found, {}, &std::pair<std::uint64_t, RequestId>::first);
  for (auto& [event_id, request_id] : found) {
    run.signal_request_ids.push_back(std::move(request_id));
  }
  return status;
}

Result<std::optional<HistoryPage>> read_history(const Store& store, NamespaceNumber name_space,
                                                const StoredRun& stored,
                                                std::uint64_t first_event_id, std::size_t limit) {
  const RunRecord& run = stored.run;
  std::vector<HistoryEvent> events;
  if (first_event_id <= run.events_beside) {
    Status read = core::read_events(stored.value, 1, first_event_id, limit, events);
    if (!read.ok()) {
      return core::locate(read, name_of(Family::kRun), keys::run(name_space, run.head.run_id));
    }
  }
  const std::uint64_t next = std::max(first_event_id, run.events_beside + 1);
  if (events.size() < limit && run.has_batches) {
    const auto is_there = visit_batches(
        store, name_space, run.head.run_id, next, run.head.history_length,
        [&](const Batch& batch) -> Result<bool> {
          Status read = core::read_events(batch.records, batch.first_event_id, next, limit, events);
          if (!read.ok()) return read;
          return events.size() < limit;
        });
    if (!is_there.ok()) return is_there.status();
    if (!*is_there) {
      Status changed = check_changed(store, name_space, stored);
      return changed.ok() ? Result<std::optional<HistoryPage>>(std::nullopt) : changed;
    }
  }
  return std::optional(core::page_of(run.head, std::move(events), first_event_id));
}

Result<std::optional<std::string>> whole_history(const Store& store, NamespaceNumber name_space,
                                                 const StoredRun& stored) {
  const RunRecord& run = stored.run;
  if (!run.has_batches) return std::optional(stored.value);
  auto [events, notes] = parts_of(stored.value);
  std::string history(events);
  const auto is_there =
      visit_batches(store, name_space, run.head.run_id, run.events_beside + 1,
                    run.head.history_length, [&](const Batch& batch) -> Result<bool> {
                      history += batch.records;
                      return true;
                    });
  if (!is_there.ok()) return is_there.status();
  if (!*is_there) {
    Status changed = check_changed(store, name_space, stored);
    return changed.ok() ? Result<std::optional<std::string>>(std::nullopt) : changed;
  }
  while (!notes.empty()) {
    const auto record = core::take_record(notes);
    if (!record.ok()) return record.status();
    if (record->type != core::kBatchesNote) history += record->bytes;
  }
  return std::optional(std::move(history));
}

}  // namespace onerun::store
