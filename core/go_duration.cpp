#include "core/go_duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

namespace onerun::core {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();

/// Units in nanoseconds.
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> kUnits = {{
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"\xC2\xB5s", 1'000},  // U+00B5, the micro sign
    {"\xCE\xBCs", 1'000},  // U+03BC, the Greek letter
    {"ns", 1},
}};

std::optional<std::uint64_t> unit_of(std::string_view name) {
  for (const auto& [candidate, nanoseconds] : kUnits) {
    if (candidate == name) return nanoseconds;
  }
  return std::nullopt;
}

/// Takes the characters off the front up to the first for which `is_end` holds.
template <class IsEnd>
std::string_view take_until(std::string_view& text, IsEnd is_end) {
  std::size_t size = 0;
  while (size < text.size() && !is_end(text[size])) ++size;
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

bool is_digit(char c) { return kDigits.find(c) != std::string_view::npos; }

std::string_view take_digits(std::string_view& text) {
  return take_until(text, [](char c) { return !is_digit(c); });
}

/// The number that the digits are; none is 0. `nullopt` if it is too large.
std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  if (digits.empty()) return number;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return read.ec == std::errc() ? std::optional(number) : std::nullopt;
}

/// That many units, with the digits after the decimal point.
std::optional<std::uint64_t> times_unit(std::string_view digits, std::string_view decimals,
                                        std::uint64_t unit) {
  const auto whole = number_of(digits);
  if (!whole || *whole > kMost / unit) return std::nullopt;
  double scale = 1;
  constexpr std::size_t kCounted = 15;  // those after are less than a nanosecond of any unit
  decimals = decimals.substr(0, kCounted);
  for (std::size_t i = 0; i < decimals.size(); ++i) scale *= 10;
  const double part =
      static_cast<double>(*number_of(decimals)) * (static_cast<double>(unit) / scale);
  return *whole * unit + static_cast<std::uint64_t>(part);
}

/// Takes one number and its unit off the front.
std::optional<std::uint64_t> take_part(std::string_view& text) {
  const std::string_view digits = take_digits(text);
  std::string_view decimals;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    decimals = take_digits(text);
  }
  if (digits.empty() && decimals.empty()) return std::nullopt;
  const auto unit = unit_of(take_until(text, [](char c) { return c == '.' || is_digit(c); }));
  return unit ? times_unit(digits, decimals, *unit) : std::nullopt;
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part || *part > kMost - total) return std::nullopt;
    total += *part;
  }
  return std::chrono::nanoseconds(total);
}

}  // namespace onerun::core
