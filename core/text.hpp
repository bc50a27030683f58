// Text as bytes of UTF-8: is it valid, and how is it shown to a person.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace onerun::core {

/// True if the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view bytes);

/// The text for print: control characters, quotes, backslashes and bytes that are not UTF-8 are
/// escaped, and what is longer than `longest` bytes is cut with an ellipsis.
std::string printable(std::string_view text, std::size_t longest = 64);

/// Bytes as pairs of hexadecimal digits.
std::string to_hex(std::string_view bytes);

}  // namespace onerun::core
