// Command lines of the programs that test and measure.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "examples/load/whole_number.hpp"

namespace onerun::test {

constexpr int kUsageError = 2;

using load::at_least;

/// A word as a shell takes it.
inline std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// Says what a failure has left for those who look into it, and how to begin there again.
inline void print_evidence(const std::filesystem::path& left,
                           const std::vector<std::string>& command) {
  std::cout << "left: " << left.string() << "\nagain:";
  for (const std::string& word : command) std::cout << ' ' << quoted(word);
  std::cout << std::endl;
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
