// A process that is told to die.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace onerun::test {

class Victim {
 public:
  /// Starts the program, with what it prints thrown away. `kill_at`: at which point it is to kill
  /// itself, as tests/crash/kill_points.cpp reads it; empty: at none.
  Victim(std::vector<std::string> arguments, const std::string& kill_at);
  ~Victim();
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  bool spawned() const { return pid_ > 0; }

  /// Kills it. Returns whether it was alive until now.
  bool kill();

  /// Waits for it to die by SIGKILL. Returns whether it did, in that time.
  bool dies_within(std::chrono::milliseconds patience);

  bool has_ended();

  /// Which program has ended, and how. Requires that it has.
  std::string end() const;

 private:
  /// Returns whether it has ended, now or before.
  bool wait(int options);
  bool is_killed() const;

  const std::string program_;
  pid_t pid_ = -1;
  std::optional<int> status_;  ///< set once it has ended
};

}  // namespace onerun::test
