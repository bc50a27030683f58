// JSON as a text.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace onerun::tools {

/// Bytes that are not UTF-8 are replaced.
inline std::string dump(const nlohmann::ordered_json& json, int indent = -1) {
  return json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace onerun::tools
