#include "core/history/layout.hpp"

#include <string>
#include <utility>
#include <vector>

#include "core/big_endian.hpp"
#include "core/history/codec.hpp"
#include "core/history/fold.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"

namespace onerun::core {
namespace {

/// A batch of a history that is written whole ends with the event that makes it so long.
constexpr std::size_t kBatchBytes = 4096;

/// The request ids that the event makes known to its run.
std::vector<RequestId> signal_requests_of(const Event& event) {
  if (const auto* signaled = std::get_if<event::RunSignaled>(&event.attributes)) {
    if (!signaled->request_id.empty()) return {signaled->request_id};
  } else if (const auto* reset = std::get_if<event::WorkflowTaskFailed>(&event.attributes)) {
    return reset->dropped_signals;
  }
  return {};
}

void put_signal_requests(WriteSet& writes, NamespaceNumber name_space, const RunId& run_id,
                         const Event& event, std::uint64_t event_id) {
  for (const RequestId& request_id : signal_requests_of(event)) {
    writes.put(Family::kEvent, keys::signal_request(name_space, run_id, request_id),
               big_endian(event_id));
  }
}

/// Writes the events of a whole history one after the other.
class HistoryWriter {
 public:
  HistoryWriter(WriteSet& writes, NamespaceNumber name_space, const RunId& run_id)
      : writes_(writes), name_space_(name_space) {
    run_.head.run_id = run_id;
  }

  Status add(const RawRecord& record) {
    if (is_note(record.type)) {
      notes_ += record.bytes;
      return {};
    }
    auto event = decode_event(record);
    if (!event.ok()) return event.status();
    const std::string_view wrong = misfit(run_.head, *event);
    if (!wrong.empty()) return corrupt("history: " + std::string(wrong));
    const bool is_beside = lies_beside_run(run_.head, record.bytes.size());
    if (!is_beside) put_signal_requests(writes_, name_space_, run_.head.run_id, *event, next_id());
    fold(run_, std::move(*event), record.bytes.size());
    last_time_ = record.time;
    if (is_beside) {
      beside_ += record.bytes;
      return {};
    }
    if (!std::exchange(has_batches_, true)) beside_ += encode(BatchesNote{record.time});
    batch_ += record.bytes;
    if (batch_.size() >= kBatchBytes) put_batch();
    return {};
  }

  void finish() {
    if (!batch_.empty()) put_batch();
    const RunHead& run = run_.head;
    if (has_batches_ && is_closed(run.status)) beside_ += encode(BatchesNote{last_time_, run});
    writes_.put(Family::kRun, keys::run(name_space_, run.run_id), beside_ + notes_);
  }

 private:
  std::uint64_t next_id() const { return run_.head.history_length + 1; }

  void put_batch() {
    const RunHead& run = run_.head;
    writes_.put(Family::kEvent, keys::event_batch(name_space_, run.run_id, run.history_length),
                batch_);
    batch_.clear();
  }

  WriteSet& writes_;
  const NamespaceNumber name_space_;
  RunRecord run_;
  Timestamp last_time_ = {};
  std::string beside_;
  std::string notes_;
  std::string batch_;
  bool has_batches_ = false;
};

}  // namespace

bool lies_beside_run(const RunHead& run, std::size_t event_bytes) {
  return run.history_length == 0 || run.history_size_bytes + event_bytes <= kBesideRunBytes;
}

bool may_have_batches(const RunHead& run) {
  return run.history_length > 1 && run.history_size_bytes > kBesideRunBytes;
}

void add_event(WriteSet& writes, NamespaceNumber name_space, const RunHead& run, const Event& event,
               std::string_view bytes) {
  const std::string run_key = keys::run(name_space, run.run_id);
  if (lies_beside_run(run, bytes.size())) return writes.append(Family::kRun, run_key, bytes);
  const std::uint64_t event_id = run.history_length + 1;
  writes.put(Family::kEvent, keys::event_batch(name_space, run.run_id, event_id), bytes);
  put_signal_requests(writes, name_space, run.run_id, event, event_id);
  const bool closes = is_closed(closed_by(event));
  if (may_have_batches(run) && !closes) return;
  BatchesNote note{.time = event.time};
  if (closes) fold(note.closed.emplace(run), event, bytes.size());
  writes.append(Family::kRun, run_key, encode(note));
}

Status put_history(WriteSet& writes, NamespaceNumber name_space, const RunId& run_id,
                   std::string_view history) {
  HistoryWriter writer(writes, name_space, run_id);
  while (!history.empty()) {
    const auto record = take_record(history);
    Status added = record.ok() ? writer.add(*record) : record.status();
    if (!added.ok()) return added;
  }
  writer.finish();
  return {};
}

void erase_history(WriteSet& writes, NamespaceNumber name_space, const RunId& run_id,
                   bool may_have_batches) {
  writes.erase(Family::kRun, keys::run(name_space, run_id));
  if (!may_have_batches) return;
  const auto [first, last] = keys::range_of_events(name_space, run_id);
  writes.erase_range(Family::kEvent, first, last);
}

}  // namespace onerun::core
