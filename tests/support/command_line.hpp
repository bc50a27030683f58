// Command lines of the programs that test and measure.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdlib>

#include "examples/load/whole_number.hpp"

namespace onerun::test {

constexpr int kUsageError = 2;

using load::at_least;

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
