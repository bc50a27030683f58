// Values as payloads of JSON.
#pragma once

#include <string>

#include "onerun/payload.hpp"
#include "onerun/search_attributes.hpp"

namespace onerun::core {

/// A text as a string of JSON. Bytes that are not UTF-8 are replaced.
Payload payload_of(const std::string& text);

/// What stands for a search attribute in Temporal's API: JSON, with the type in its metadata.
Payload payload_of(const SearchAttribute& value);

}  // namespace onerun::core
