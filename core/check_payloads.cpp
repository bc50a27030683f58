// Checks of payloads and of search attributes.
#include <cmath>
#include <string>

#include "core/check.hpp"
#include "core/search_attributes.hpp"
#include "core/sizes.hpp"
#include "core/text.hpp"

namespace onerun::core {
namespace {

std::string entry_of(std::string_view field, std::string_view name) {
  return std::string(field) + "[\"" + printable(name) + "\"]";
}

Status check_metadata(const std::string& field, const Payload& payload) {
  const std::size_t entries = payload.metadata.size();
  if (entries > limits::kMetadataEntries) {
    return too_large(field + ".metadata", entries, limits::kMetadataEntries, "entries");
  }
  for (const auto& [name, value] : payload.metadata) {
    Status status = check_required_text(field + ".metadata key", name, limits::kIdBytes);
    if (!status.ok()) return status;
  }
  return {};
}

Status check_keyword(const std::string& field, const std::string& text) {
  return check_text(field, text, limits::kSearchAttributeBytes);
}

struct CheckValue {
  const std::string& field;

  Status operator()(const Keyword& value) const { return check_keyword(field, value.text); }
  Status operator()(const Text& value) const { return check_keyword(field, value.text); }
  Status operator()(const KeywordList& value) const {
    for (const std::string& text : value.texts) {
      Status status = check_keyword(field, text);
      if (!status.ok()) return status;
    }
    return {};
  }
  Status operator()(std::int64_t) const { return {}; }
  Status operator()(bool) const { return {}; }
  Status operator()(double value) const {
    return std::isfinite(value) ? Status()
                                : invalid_field(field, std::isnan(value) ? "no number" : "infinite",
                                                "finite numbers");
  }
  Status operator()(Timestamp value) const {
    return is_datetime(value)
               ? Status()
               : invalid_field(field, std::to_string(value.time_since_epoch().count()) + " ms",
                               "times of the years 0 to 9999");
  }
};

}  // namespace

Status check_payloads(std::string_view field, const Payloads& payloads) {
  if (payloads.size() > limits::kPayloads) {
    return too_large(field, payloads.size(), limits::kPayloads, "payloads");
  }
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    if (payloads[i].metadata.empty()) continue;
    Status status = check_metadata(std::string(field) + "[" + std::to_string(i) + "]", payloads[i]);
    if (!status.ok()) return status;
  }
  return check_size(field, size_of(payloads), limits::kPayloadBytes);
}

Status check_payload_map(std::string_view field, const PayloadMap& map, std::size_t limit) {
  for (const auto& [name, payload] : map) {
    Status status = check_required_text(std::string(field) + " key", name, limits::kIdBytes);
    if (status.ok()) status = check_metadata(entry_of(field, name), payload);
    if (!status.ok()) return status;
  }
  return check_size(field, size_of(map), limit);
}

Status check_search_attributes(std::string_view field, const SearchAttributes& attributes) {
  if (attributes.size() > limits::kSearchAttributes) {
    return too_large(field, attributes.size(), limits::kSearchAttributes, "attributes");
  }
  for (const auto& [name, value] : attributes) {
    Status status = check_required_text(std::string(field) + " key", name, limits::kIdBytes);
    if (!status.ok()) return status;
    const std::string entry = entry_of(field, name);
    status = check_size(entry, size_of(value), limits::kSearchAttributeBytes);
    if (status.ok()) status = std::visit(CheckValue{entry}, value);
    if (!status.ok()) return status;
  }
  return check_size(field, size_of(attributes), limits::kSearchAttributesBytes);
}

}  // namespace onerun::core
