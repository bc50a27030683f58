// Shared by the codecs of records: values inside fields, and the loop over a record's fields.
#pragma once

#include <string>
#include <string_view>

#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/wire.hpp"

namespace onerun::core {

inline std::int64_t to_ms(Timestamp instant) { return instant.time_since_epoch().count(); }

/// Returns false if it is none that may stand in the store.
inline bool read_time(const wire::Field& field, Timestamp& time) {
  time = Timestamp(Duration(field.signed_number()));
  return field.is_number && keys::may_be_kept(time);
}

/// Room for a record without long texts in it.
inline constexpr std::size_t kUsualRecordBytes = 96;

/// A run id that may be left out.
inline void write_run_id(wire::Writer& out, unsigned field, const RunId& run_id) {
  if (run_id.is_uuid()) {
    return out.bytes(field, keys::kUuidRunIdBytes,
                     [&](std::string& bytes) { keys::append_run_id(bytes, run_id); });
  }
  if (!run_id.empty()) out.bytes(field, keys::encode_run_id(run_id));
}

/// Returns false if the bytes are no run id.
inline bool read_run_id(const wire::Field& field, RunId& run_id) {
  auto read = keys::run_id_from(field.bytes);
  if (!read) return false;
  run_id = std::move(*read);
  return true;
}

/// Calls `read(field)` for each field of the record. Returns `corrupt` if the bytes are malformed
/// or `read` returns false: a field that this version does not know, or one with a bad value.
template <class ReadField>
Status read_fields(std::string_view record, std::string_view what, ReadField&& read) {
  wire::Reader reader(record);
  wire::Field field;
  while (reader.next(field)) {
    if (!read(field)) {
      return corrupt(std::string(what) + ": field " + std::to_string(field.id) +
                     " is unknown or has a bad value");
    }
  }
  return reader.malformed() ? corrupt(std::string(what) + ": malformed") : Status();
}

/// Like `read_fields`, for a record inside a field.
template <class ReadField>
bool read_nested(const wire::Field& outer, ReadField&& read) {
  if (outer.is_number) return false;
  return read_fields(outer.bytes, "nested", read).ok();
}

inline void write_text_map(wire::Writer& out, unsigned field, const TextMap& map) {
  for (const auto& [key, value] : map) {
    std::string entry;
    wire::Writer writer(entry);
    writer.bytes_if_any(1, key);
    writer.bytes_if_any(2, value);
    out.bytes(field, entry);
  }
}

inline bool read_text_map_entry(const wire::Field& field, TextMap& map) {
  std::string key;
  std::string value;
  const bool read = read_nested(field, [&](const wire::Field& part) {
    if (part.is_number) return false;
    if (part.id == 1) key = part.bytes;
    if (part.id == 2) value = part.bytes;
    return part.id == 1 || part.id == 2;
  });
  return read && map.emplace(std::move(key), std::move(value)).second;
}

}  // namespace onerun::core
