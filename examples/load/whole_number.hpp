// A check of whole numbers on a command line.
#pragma once

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

namespace onerun::load {

/// A check: a whole number of at least that, up to 2^64 - 1, in decimal digits and nothing else.
/// CLI11 alone would take -1 and numbers that are too large for 2^64 - 1, and 010 for 8.
inline CLI::Validator at_least(std::uint64_t least) {
  return {[least](std::string& text) {
            constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
            std::uint64_t number = 0;
            const char* const end = text.data() + text.size();
            const auto read = std::from_chars(text.data(), end, number);
            if (read.ec != std::errc() || read.ptr != end || number < least) {
              return "is \"" + text + "\"; allowed: a whole number from " + std::to_string(least) +
                     " to " + std::to_string(kMost);
            }
            text = std::to_string(number);
            return std::string();
          },
          "of at least " + std::to_string(least)};
}

}  // namespace onerun::load
