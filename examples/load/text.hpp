// Texts of the load program: durations, addresses, tables.
#pragma once

#include <onerun/time.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace onerun::load {

/// Reads `500ms`, `7200s`, `90m`, `3h`, `30d`, and sums such as `1h30m`. `nullopt` for anything
/// else, also for a number without a unit.
std::optional<Duration> parse_duration(std::string_view text);

/// The duration in the largest unit that gives a whole number.
std::string to_text(Duration duration);

/// True for HOST:PORT with a port from 0 to 65535.
bool is_host_and_port(std::string_view address);

/// A number with commas between thousands.
std::string with_commas(std::uint64_t number);

/// Lines of two columns, the second one flush right.
std::string table(const std::vector<std::pair<std::string, std::string>>& rows);

}  // namespace onerun::load
