// A line on the terminal that shows how far it is. Nothing at all where standard error is no
// terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace onerun::load {

/// Threads: one.
class Progress {
 public:
  Progress();
  ~Progress();

  /// Draws the line that `text` gives, if the last one is old enough.
  void update(const std::function<std::string()>& text);

 private:
  const bool on_terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace onerun::load
