// Built into a load program that the crash harness has under its command: ONERUN_KILL_AT=POINT:N in
// its environment kills it when it comes to that point for the N-th time. The points are those of
// core/fault.hpp, and `before_sync`: the system is asked to sync, and has not begun.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/fault.hpp"

namespace {

using onerun::core::KillPoint;

struct Order {
  std::string point;  ///< empty: to live
  std::atomic<long> left{0};
};

Order& order() {
  static Order order;
  return order;
}

void come_to(std::string_view point) {
  if (point == order().point && --order().left == 0) ::kill(::getpid(), SIGKILL);
}

void come_to_kill_point(KillPoint reached) {
  for (const auto& [point, name] : onerun::core::kKillPoints) {
    if (point == reached) come_to(name);
  }
}

/// Before main: nothing runs yet.
const bool is_ordered = [] {
  const char* const text = std::getenv("ONERUN_KILL_AT");
  if (text == nullptr) return false;
  const std::string_view kill_at(text);
  const std::size_t colon = kill_at.find(':');
  order().point = kill_at.substr(0, colon);
  order().left = std::strtol(text + colon + 1, nullptr, 10);
  onerun::core::at_kill_point = come_to_kill_point;
  return true;
}();

}  // namespace

/// Takes the place of the C library's for the whole program, RocksDB too.
extern "C" int fdatasync(int file) {
  if (is_ordered) come_to("before_sync");
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}
