#include "onerun/payload.hpp"

#include <utility>

namespace onerun {
namespace {

constexpr const char* kEncoding = "encoding";

Payload with_encoding(const char* encoding, std::string data) {
  Payload payload{.data = std::move(data)};
  payload.metadata.emplace(kEncoding, encoding);
  return payload;
}

}  // namespace

Payload Payload::json(std::string text) { return with_encoding("json/plain", std::move(text)); }

Payload Payload::bytes(std::string data) { return with_encoding("binary/plain", std::move(data)); }

Payload Payload::null() { return with_encoding("binary/null", {}); }

std::string_view Payload::encoding() const {
  const auto found = metadata.find(kEncoding);
  return found == metadata.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace onerun
