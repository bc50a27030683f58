// Command lines of the programs that test and measure.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <cstdlib>
#include <limits>

namespace onerun::test {

constexpr int kUsageError = 2;

/// A check: a whole number of at least that, up to 2^63 - 1: to CLI11 a negative one is beyond
/// that.
inline CLI::Range at_least(std::uint64_t least) {
  return {least, std::uint64_t{std::numeric_limits<std::int64_t>::max()}};
}

/// Reads a command line. Ends the process after help and version, with 0, and after wrong usage,
/// with 2.
inline void parse_command_line(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : kUsageError);
  }
}

}  // namespace onerun::test
