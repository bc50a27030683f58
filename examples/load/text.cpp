#include "text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace onerun::load {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::array<Unit, 5> kUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

const Unit* unit_of(std::string_view name) {
  const auto found = std::ranges::find(kUnits, name, &Unit::name);
  return found == kUnits.end() ? nullptr : &*found;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  if (text.empty() || text.find('-') != text.npos) return std::nullopt;
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::size_t unit_length = std::min(text.find_first_of("0123456789"), text.size());
    const Unit* unit = unit_of(text.substr(0, unit_length));
    std::int64_t ms = 0;
    if (unit == nullptr || __builtin_mul_overflow(number, unit->ms, &ms) ||
        __builtin_add_overflow(total, ms, &total)) {
      return std::nullopt;
    }
    text.remove_prefix(unit_length);
  }
  return Duration(total);
}

std::string to_text(Duration duration) {
  const std::int64_t ms = duration.count();
  for (const Unit& unit : kUnits) {
    if (ms != 0 && ms % unit.ms == 0) return std::to_string(ms / unit.ms) + std::string(unit.name);
  }
  return "0s";
}

bool is_host_and_port(std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon == address.npos || colon == 0) return false;
  const std::string_view port = address.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size();
}

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string table(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t left = 0;
  std::size_t right = 0;
  for (const auto& [name, value] : rows) {
    left = std::max(left, name.size());
    right = std::max(right, value.size());
  }
  std::string out;
  for (const auto& [name, value] : rows) {
    out += "  " + name;
    out.append(left - name.size() + 2 + right - value.size(), ' ');
    out += value + "\n";
  }
  return out;
}

}  // namespace onerun::load
