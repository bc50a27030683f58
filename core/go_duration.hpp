// Lengths of time as Go writes them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace onerun::core {

/// Reads "1h30m", "1.5h", "250ms": decimal numbers, each with its unit, one of h, m, s, ms, us (or
/// µs) and ns. `nullopt` for anything else, signs included, and for more than 292 years.
/// Source: ParseDuration of Go's package time.
std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text);

}  // namespace onerun::core
