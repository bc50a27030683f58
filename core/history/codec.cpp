#include "core/history/codec.hpp"

#include <utility>
#include <variant>

#include "core/history/execution.hpp"
#include "core/history/fields.hpp"
#include "core/history/signal.hpp"
#include "core/history/workflow_task.hpp"
#include "core/record_fields.hpp"

namespace onerun::core {

template <>
struct Fields<ResetNote> {
  static constexpr auto kAll = std::tuple(field(3, &ResetNote::reset_run_id));
};

namespace {

/// Fields that lead every record, in that order.
enum RecordField : unsigned { kType = 1, kTime = 2 };

/// The head of a closed run, in a BatchesNote.
constexpr unsigned kClosedHead = 3;

/// Of a start that waits, beside the fields of RunStarted.
constexpr unsigned kQueueDeadline = 24;

constexpr std::uint64_t kLargestType = 0xFFFF;

template <class WriteFields>
std::string with_head(EventType type, Timestamp time, const WriteFields& write_fields) {
  std::string record;
  record.reserve(kUsualRecordBytes);
  wire::Writer out(record);
  out.number(kType, static_cast<std::uint64_t>(type));
  out.signed_number(kTime, to_ms(time));
  write_fields(out);

  std::string bytes;
  bytes.reserve(record.size() + 5);
  wire::append_varint(bytes, record.size());
  return bytes += record;
}

/// Makes the attributes those of a kind. Returns false if there is no such kind.
template <std::size_t... kIndex>
bool choose_kind(EventType type, EventAttributes& attributes, std::index_sequence<kIndex...>) {
  return ((std::variant_alternative_t<kIndex, EventAttributes>::kType == type &&
           (static_cast<void>(attributes.emplace<kIndex>()), true)) ||
          ...);
}

template <class Read>
Status read_all(const RawRecord& record, const Read& read) {
  return read_fields(record.fields, "history", read);
}

}  // namespace

std::string encode_record(EventType type, Timestamp time, std::string_view fields) {
  return with_head(type, time, [&](wire::Writer& out) { out.raw(fields); });
}

std::string encode(const Event& event) {
  return std::visit(
      [&](const auto& attributes) {
        return with_head(attributes.kType, event.time,
                         [&](wire::Writer& out) { write_record(out, attributes); });
      },
      event.attributes);
}

std::string encode(const ResetNote& note) {
  return with_head(kResetNote, note.time, [&](wire::Writer& out) { write_record(out, note); });
}

std::string encode(const QueuedNote& note) {
  return with_head(kQueuedNote, note.time, [&](wire::Writer& out) {
    write_record(out, note.started);
    write_value(out, kQueueDeadline, note.deadline);
  });
}

std::string encode(const BatchesNote& note) {
  return with_head(kBatchesNote, note.time, [&](wire::Writer& out) {
    if (note.closed) out.bytes(kClosedHead, encode_run_head(*note.closed));
  });
}

Result<RawRecord> take_record(std::string_view& history) {
  const std::string_view whole = history;
  std::uint64_t length = 0;
  if (!wire::take_varint(history, length) || length > history.size()) {
    return corrupt("history: cut off");
  }
  wire::Reader reader(history.substr(0, length));
  history.remove_prefix(length);
  wire::Field type;
  wire::Field time;
  if (!reader.next(type) || type.id != kType || !type.is_number || !reader.next(time) ||
      time.id != kTime || type.number > kLargestType) {
    return corrupt("history: an event without kind and time");
  }
  RawRecord record{.type = static_cast<EventType>(type.number),
                   .fields = reader.rest(),
                   .bytes = whole.substr(0, whole.size() - history.size())};
  if (!read_time(time, record.time)) return corrupt("history: an event at no time");
  return record;
}

Result<Event> decode_event(const RawRecord& record) {
  constexpr auto kKinds = std::make_index_sequence<std::variant_size_v<EventAttributes>>();
  Event event{.time = record.time};
  if (!choose_kind(record.type, event.attributes, kKinds)) {
    return corrupt("history: no kind of event has the number " +
                   std::to_string(static_cast<unsigned>(record.type)));
  }
  Status status = std::visit(
      [&](auto& attributes) {
        return read_all(
            record, [&](const wire::Field& field) { return read_record_field(field, attributes); });
      },
      event.attributes);
  if (!status.ok()) return status;
  return event;
}

Result<Event> decode_event(std::string_view bytes) {
  const auto record = take_record(bytes);
  if (!record.ok()) return record.status();
  if (!bytes.empty()) return corrupt("history: bytes behind an event");
  return decode_event(*record);
}

Result<ResetNote> decode_reset_note(const RawRecord& record) {
  ResetNote note{.time = record.time};
  Status status =
      read_all(record, [&](const wire::Field& field) { return read_record_field(field, note); });
  if (!status.ok()) return status;
  return note;
}

Result<QueuedNote> decode_queued_note(const RawRecord& record) {
  QueuedNote note{.time = record.time};
  Status status = read_all(record, [&](const wire::Field& field) {
    if (field.id == kQueueDeadline) return read_value(field, note.deadline);
    return read_record_field(field, note.started);
  });
  if (!status.ok()) return status;
  return note;
}

Result<BatchesNote> decode_batches_note(const RawRecord& record) {
  BatchesNote note{.time = record.time};
  Status malformed;
  Status status = read_all(record, [&](const wire::Field& field) {
    if (field.id != kClosedHead || field.is_number) return false;
    auto head = decode_run_head(field.bytes);
    malformed = head.status();
    if (head.ok()) note.closed = std::move(*head);
    return true;
  });
  if (status.ok()) status = malformed;
  if (status.ok() && note.closed && !is_closed(note.closed->status)) {
    status = corrupt("history: the head of a closed run that is open");
  }
  if (!status.ok()) return status;
  return note;
}

}  // namespace onerun::core
