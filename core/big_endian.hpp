// Numbers of fixed size, most significant byte first.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace onerun::core {

template <class Unsigned>
void append_big_endian(std::string& out, Unsigned value) {
  std::array<char, sizeof value> bytes;
  for (std::size_t i = sizeof value; i > 0; value = static_cast<Unsigned>(value >> 8)) {
    bytes[--i] = static_cast<char>(value);
  }
  out.append(bytes.data(), bytes.size());
}

template <class Unsigned>
std::string big_endian(Unsigned value) {
  std::string bytes;
  append_big_endian(bytes, value);
  return bytes;
}

/// Takes a number off the front. Returns false if the bytes are too few.
template <class Unsigned>
bool take_big_endian(std::string_view& in, Unsigned& value) {
  if (in.size() < sizeof value) return false;
  value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    value = static_cast<Unsigned>(value << 8 | static_cast<std::uint8_t>(in[i]));
  }
  in.remove_prefix(sizeof value);
  return true;
}

}  // namespace onerun::core
