// Programs as their users run them.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace onerun::test {

struct Outcome {
  int status = -1;
  std::string output;  ///< standard output and error
};

/// Runs a program with these arguments, as a shell would.
inline Outcome run_program(const std::string& program, const std::string& arguments) {
  const std::string command = "'" + program + "' " + arguments + " 2>&1 </dev/null";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  Outcome outcome;
  std::array<char, 4096> buffer;
  while (const std::size_t read = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    outcome.output.append(buffer.data(), read);
  }
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

}  // namespace onerun::test
