// A check of whole numbers on a command line.
#pragma once

#include <CLI/CLI.hpp>

#include <charconv>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace onerun::load {

/// A check: a whole number in that range, in decimal digits and nothing else. CLI11 alone would
/// take -1 and numbers that are too large for 2^64 - 1, and 010 for 8.
inline CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  return {[least, most](std::string& text) {
            std::uint64_t number = 0;
            const char* const end = text.data() + text.size();
            const auto read = std::from_chars(text.data(), end, number);
            if (read.ec != std::errc() || read.ptr != end || number < least || number > most) {
              return "is \"" + text + "\"; allowed: a whole number from " + std::to_string(least) +
                     " to " + std::to_string(most);
            }
            text = std::to_string(number);
            return std::string();
          },
          "of at least " + std::to_string(least)};
}

/// The same: from that number to the most that the variable can hold.
template <std::integral Number>
CLI::Validator at_least(std::uint64_t least, const Number& /*variable*/) {
  return whole_number(least, std::uint64_t{std::numeric_limits<Number>::max()});
}
template <std::integral Number>
CLI::Validator at_least(std::uint64_t least, const std::optional<Number>& /*variable*/) {
  return at_least(least, Number());
}

}  // namespace onerun::load
