#include "core/text.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace onerun::core {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

/// Length of the well-formed sequence that the text begins with; 0 if there is none.
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto is_tail = [&](std::size_t i, std::uint8_t low = 0x80, std::uint8_t high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return is_tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const std::uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;   // no overlong form
    const std::uint8_t high = lead == 0xED ? 0x9F : 0xBF;  // no surrogate
    return is_tail(1, low, high) && is_tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const std::uint8_t low = lead == 0xF0 ? 0x90 : 0x80;   // no overlong form
    const std::uint8_t high = lead == 0xF4 ? 0x8F : 0xBF;  // not above U+10FFFF
    return is_tail(1, low, high) && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

void append_hex(std::string& out, char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 0xF];
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_sequence(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text, std::size_t longest) {
  std::string out;
  while (!text.empty()) {
    if (out.size() >= longest) return out + "...";
    const std::size_t length = utf8_sequence(text);
    const char c = text[0];
    if (length == 0 || static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F) {
      out += "\\x";
      append_hex(out, c);
      text.remove_prefix(1);
    } else {
      if (c == '\\' || c == '"') out += '\\';
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) append_hex(out, c);
  return out;
}

std::string to_rfc3339(Timestamp instant) {
  using namespace std::chrono;
  constexpr sys_days kFirst(year(0) / January / 1);
  constexpr sys_days kLast(year(9999) / December / 31);
  if (instant < kFirst || instant >= kLast) {
    return std::to_string(instant.time_since_epoch().count()) + " ms";
  }
  const auto day = floor<days>(instant);
  const year_month_day date(day);
  const hh_mm_ss time(floor<milliseconds>(instant - day));
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  return text.data();
}

}  // namespace onerun::core
