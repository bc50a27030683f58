// Text as bytes of UTF-8: is it valid, and how is it shown to a person.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "onerun/time.hpp"

namespace onerun::core {

/// True if the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view bytes);

/// The text for print: control characters, quotes, backslashes and bytes that are not UTF-8 are
/// escaped, and what is longer than `longest` bytes is cut with an ellipsis.
std::string printable(std::string_view text, std::size_t longest = 64);

/// Bytes as pairs of hexadecimal digits.
std::string to_hex(std::string_view bytes);

/// An instant in UTC, such as `2024-03-17T08:00:00.123Z` (RFC 3339); `... ms` since 1970 for one
/// without a year of four digits.
std::string to_rfc3339(Timestamp instant);

}  // namespace onerun::core
