// Payloads and search attributes as JSON.
#include "core/payload_json.hpp"

#include <utility>

#include "core/base64.hpp"
#include "core/search_attributes.hpp"
#include "core/text.hpp"
#include "onerun/json.hpp"

namespace onerun {
namespace {

using Json = nlohmann::ordered_json;

struct ValueOf {
  Json operator()(const Keyword& value) const { return value.text; }
  Json operator()(const KeywordList& value) const { return value.texts; }
  Json operator()(const Text& value) const { return value.text; }
  Json operator()(std::int64_t value) const { return value; }
  Json operator()(double value) const { return value; }
  Json operator()(bool value) const { return value; }
  Json operator()(Timestamp value) const { return core::to_rfc3339(value); }
};

Payload json_payload(const Json& json) {
  return Payload::json(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

Json to_json(const Payload& payload) {
  Json metadata = Json::object();
  for (const auto& [name, value] : payload.metadata) metadata[name] = core::to_base64(value);
  return {{"metadata", std::move(metadata)}, {"data", core::to_base64(payload.data)}};
}

Json readable_json(const Payload& payload) {
  if (payload.encoding() == "json/plain") {
    Json json = Json::parse(payload.data, nullptr, false);
    if (!json.is_discarded()) return json;
  }
  return to_json(payload);
}

Json readable_json(const SearchAttribute& value) { return std::visit(ValueOf{}, value); }

Payload core::payload_of(const std::string& text) { return json_payload(text); }

Payload core::payload_of(const SearchAttribute& value) {
  Payload payload = json_payload(readable_json(value));
  payload.metadata.emplace("type", to_string(type_of(value)));
  return payload;
}

}  // namespace onerun
