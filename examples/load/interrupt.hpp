// Ctrl-C and a polite kill end the work early; what was measured until then is still reported, and
// a fresh directory removed. The second one ends the program at once.
#pragma once

#include <atomic>
#include <csignal>

namespace onerun::load {

inline std::atomic<bool> interrupted{false};

inline void take_interrupts() {
  static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set it");
  const auto take = [](int signal) {
    interrupted.store(true);
    std::signal(signal, SIG_DFL);
  };
  std::signal(SIGINT, take);
  std::signal(SIGTERM, take);
}

}  // namespace onerun::load
