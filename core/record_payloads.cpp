#include "core/record_payloads.hpp"

#include <bit>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "core/names.hpp"
#include "core/record_fields.hpp"
#include "core/search_attributes.hpp"

namespace onerun::core {
namespace {

enum PayloadField : unsigned { kData = 1, kKnownEncoding = 2, kMetadata = 3 };
enum MetadataField : unsigned { kMetadataName = 1, kMetadataValue = 2 };
enum MapField : unsigned { kName = 1, kPayload = 3 };

/// The field that has the value of a search attribute, by its type.
enum SearchAttributeField : unsigned {
  kAttributeName = 1,
  kKeyword = 2,
  kText = 3,
  kInt = 4,
  kDouble = 5,
  kBool = 6,
  kDatetime = 7,
  kKeywordOfList = 8,
};

/// Encodings that are stored as their numbers.
constexpr NameTable<std::uint64_t, 5> kEncodings{{{1, "json/plain"},
                                                  {2, "binary/plain"},
                                                  {3, "binary/null"},
                                                  {4, "json/protobuf"},
                                                  {5, "binary/protobuf"}}};
constexpr std::string_view kEncodingName = "encoding";

std::string encode(const Payload& payload) {
  std::string bytes;
  bytes.reserve(payload.data.size() + 8);
  wire::Writer out(bytes);
  out.bytes_if_any(kData, payload.data);
  for (const auto& [name, value] : payload.metadata) {
    const auto known = name == kEncodingName ? value_of(kEncodings, value) : std::nullopt;
    if (known) {
      out.number(kKnownEncoding, *known);
      continue;
    }
    std::string entry;
    wire::Writer part(entry);
    part.bytes_if_any(kMetadataName, name);
    part.bytes_if_any(kMetadataValue, value);
    out.bytes(kMetadata, entry);
  }
  return bytes;
}

bool read_metadata(const wire::Field& field, Payload& payload) {
  std::string name;
  std::string value;
  const bool read = read_nested(field, [&](const wire::Field& part) {
    if (part.is_number) return false;
    if (part.id == kMetadataName) name = part.bytes;
    if (part.id == kMetadataValue) value = part.bytes;
    return part.id == kMetadataName || part.id == kMetadataValue;
  });
  return read && payload.metadata.emplace(std::move(name), std::move(value)).second;
}

bool read_known_encoding(const wire::Field& field, Payload& payload) {
  if (!field.is_number || !is_member(kEncodings, field.number)) return false;
  return payload.metadata.emplace(kEncodingName, name_of(kEncodings, field.number)).second;
}

bool decode(const wire::Field& field, Payload& payload) {
  return read_nested(field, [&](const wire::Field& part) {
    switch (part.id) {
      case kData: payload.data = part.bytes; return !part.is_number;
      case kKnownEncoding: return read_known_encoding(part, payload);
      case kMetadata: return read_metadata(part, payload);
      default: return false;
    }
  });
}

/// Writes the value of a search attribute.
struct WriteValue {
  wire::Writer& out;

  void operator()(const Keyword& value) const { out.bytes(kKeyword, value.text); }
  void operator()(const KeywordList& value) const {
    for (const std::string& text : value.texts) out.bytes(kKeywordOfList, text);
  }
  void operator()(const Text& value) const { out.bytes(kText, value.text); }
  void operator()(std::int64_t value) const { out.signed_number(kInt, value); }
  void operator()(double value) const { out.number(kDouble, std::bit_cast<std::uint64_t>(value)); }
  void operator()(bool value) const { out.number(kBool, value ? 1 : 0); }
  void operator()(Timestamp value) const { out.signed_number(kDatetime, to_ms(value)); }
};

/// Nothing if the field can't be the value of a search attribute.
std::optional<SearchAttribute> value_in(const wire::Field& field) {
  if (!field.is_number) {
    std::string text(field.bytes);
    if (field.id == kKeyword) return Keyword(std::move(text));
    if (field.id == kText) return Text{std::move(text)};
    return std::nullopt;
  }
  switch (field.id) {
    case kInt: return field.signed_number();
    case kDouble: {
      const auto number = std::bit_cast<double>(field.number);
      return std::isfinite(number) ? std::optional<SearchAttribute>(number) : std::nullopt;
    }
    case kBool:
      return field.number <= 1 ? std::optional<SearchAttribute>(field.number == 1) : std::nullopt;
    case kDatetime: {
      const Timestamp time{Duration(field.signed_number())};
      return is_datetime(time) ? std::optional<SearchAttribute>(time) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

}  // namespace

void write_payloads(wire::Writer& out, unsigned field, const Payloads& payloads) {
  for (const Payload& payload : payloads) out.bytes(field, encode(payload));
}

bool read_payload(const wire::Field& field, Payloads& payloads) {
  return decode(field, payloads.emplace_back());
}

void write_payload_map(wire::Writer& out, unsigned field, const PayloadMap& map) {
  for (const auto& [name, payload] : map) {
    std::string entry;
    wire::Writer part(entry);
    part.bytes_if_any(kName, name);
    part.bytes(kPayload, encode(payload));
    out.bytes(field, entry);
  }
}

bool read_payload_map_entry(const wire::Field& field, PayloadMap& map) {
  std::string name;
  Payload payload;
  const bool read = read_nested(field, [&](const wire::Field& part) {
    if (part.id == kPayload) return decode(part, payload);
    name = part.bytes;
    return part.id == kName && !part.is_number;
  });
  return read && map.emplace(std::move(name), std::move(payload)).second;
}

void write_search_attributes(wire::Writer& out, unsigned field, const SearchAttributes& map) {
  for (const auto& [name, value] : map) {
    std::string entry;
    wire::Writer part(entry);
    part.bytes_if_any(kAttributeName, name);
    std::visit(WriteValue{part}, value);
    out.bytes(field, entry);
  }
}

/// An entry without a value is an empty keyword list.
bool read_search_attribute(const wire::Field& field, SearchAttributes& map) {
  std::string name;
  std::optional<SearchAttribute> value;
  KeywordList list;
  const bool read = read_nested(field, [&](const wire::Field& part) {
    if (part.id == kAttributeName) name = part.bytes;
    if (part.id == kKeywordOfList) list.texts.emplace_back(part.bytes);
    if (part.id == kAttributeName || part.id == kKeywordOfList) return !part.is_number;
    const bool is_first = !value;
    value = value_in(part);
    return is_first && value.has_value();
  });
  if (!read || (value && !list.texts.empty())) return false;
  return map.emplace(std::move(name), value ? std::move(*value) : SearchAttribute(std::move(list)))
      .second;
}

}  // namespace onerun::core
