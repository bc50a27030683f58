#include "core/format2.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/big_endian.hpp"
#include "core/history/codec.hpp"
#include "core/payload_json.hpp"
#include "core/record_fields.hpp"
#include "core/record_payloads.hpp"
#include "core/records.hpp"

namespace onerun::core::format2 {
namespace {

// ---- values that had other bytes ----

bool upgrade_payload(const wire::Field& old, wire::Writer& out) {
  std::string data;
  std::string content_type;
  const bool read = read_nested(old, [&](const wire::Field& part) {
    if (part.id == 1) data = part.bytes;
    if (part.id == 2) content_type = part.bytes;
    return !part.is_number && (part.id == 1 || part.id == 2);
  });
  const bool is_json = content_type == "application/json";
  Payload payload = is_json ? Payload::json(std::move(data)) : Payload::bytes(std::move(data));
  if (!is_json && !content_type.empty()) payload.metadata["content-type"] = content_type;
  write_payloads(out, old.id, {payload});
  return read;
}

void copy(const wire::Field& field, wire::Writer& out) {
  field.is_number ? out.number(field.id, field.number) : out.bytes(field.id, field.bytes);
}

bool upgrade_failure(const wire::Field& old, wire::Writer& out) {
  constexpr unsigned kDetails = 3;
  std::string failure;
  wire::Writer parts(failure);
  const bool read = read_nested(old, [&](const wire::Field& part) {
    if (part.id == kDetails) return upgrade_payload(part, parts);
    copy(part, parts);
    return true;
  });
  out.bytes(old.id, failure);
  return read;
}

bool read_text(const wire::Field& old, std::string& name, std::string& text) {
  return read_nested(old, [&](const wire::Field& part) {
    if (part.id == 1) name = part.bytes;
    if (part.id == 2) text = part.bytes;
    return !part.is_number && (part.id == 1 || part.id == 2);
  });
}

bool upgrade_memo(const wire::Field& old, wire::Writer& out) {
  std::string name;
  std::string text;
  const bool read = read_text(old, name, text);
  write_payload_map(out, old.id, {{std::move(name), payload_of(text)}});
  return read;
}

bool upgrade_tag(const wire::Field& old, wire::Writer& out) {
  std::string name;
  std::string text;
  const bool read = read_text(old, name, text);
  write_search_attributes(out, old.id, {{std::move(name), Keyword(std::move(text))}});
  return read;
}

/// Fields of events whose values had other bytes.
struct ChangedField {
  EventType type;
  unsigned field;
  bool (*upgrade)(const wire::Field& old, wire::Writer& out);
};
constexpr std::array<ChangedField, 10> kChangedFields{{
    {EventType::kRunStarted, 6, upgrade_payload},
    {EventType::kRunStarted, 7, upgrade_memo},
    {EventType::kRunStarted, 8, upgrade_tag},
    {EventType::kRunStarted, 20, upgrade_failure},
    {EventType::kRunStarted, 23, upgrade_payload},
    {EventType::kRunCompleted, 3, upgrade_payload},
    {EventType::kRunFailed, 4, upgrade_failure},
    {EventType::kRunCanceled, 3, upgrade_payload},
    {EventType::kRunSignaled, 4, upgrade_payload},
    {EventType::kRunTerminated, 3, upgrade_payload},
}};

bool upgrade_field(EventType type, const wire::Field& field, wire::Writer& out) {
  // A start that waits has the fields of one that began.
  const EventType like = type == kQueuedNote ? EventType::kRunStarted : type;
  const auto* changed = std::ranges::find_if(kChangedFields, [&](const ChangedField& one) {
    return one.type == like && one.field == field.id;
  });
  if (changed != kChangedFields.end()) return changed->upgrade(field, out);
  copy(field, out);
  return true;
}

}  // namespace

std::optional<NamespaceNumber> namespace_from_counts_key(std::string_view key) {
  constexpr std::string_view kPrefix = "counts/";
  NamespaceNumber number = 0;
  if (!key.starts_with(kPrefix)) return std::nullopt;
  key.remove_prefix(kPrefix.size());
  if (!take_big_endian(key, number) || !key.empty()) return std::nullopt;
  return number;
}

std::string run_key(NamespaceNumber name_space, const RunId& run_id) {
  std::string key = big_endian(name_space);
  keys::append_run_id(key, run_id);
  return key;
}

std::optional<keys::Timer> timer_from(std::string_view rest) {
  Timestamp due;
  if (!keys::take_time(rest, due) || !keys::may_be_kept(due)) return std::nullopt;
  auto run_id = keys::run_id_from(rest);
  if (!run_id) return std::nullopt;
  return keys::Timer{due, std::move(*run_id)};
}

std::string in_partition(std::string_view key) { return big_endian(keys::kPartition).append(key); }

Result<std::string> upgrade_history(std::string_view history) {
  std::string upgraded;
  while (!history.empty()) {
    const auto record = take_record(history);
    if (!record.ok()) return record.status();
    std::string fields;
    wire::Writer out(fields);
    Status status = read_fields(record->fields, "history", [&](const wire::Field& field) {
      return upgrade_field(record->type, field, out);
    });
    if (!status.ok()) return status;
    upgraded += encode_record(record->type, record->time, fields);
  }
  return upgraded;
}

}  // namespace onerun::core::format2
