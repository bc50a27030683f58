// Which process this is. A child that was forked has a copy of all memory, and none of the threads.
#pragma once

#include <cstdint>

namespace onerun::store {

/// Remembers the process that made it. Reading it costs one load from memory.
class ProcessMark {
 public:
  /// Errors: throws std::bad_alloc if the process can't be told about its forks.
  ProcessMark();

  /// False in a child that was forked later, which has a copy.
  bool is_of_this_process() const;

 private:
  std::uint64_t forks_before_;
};

/// As `open` of the operating system. The descriptor is closed in each child that is forked from
/// now on, until it is forgotten: a child then keeps no lock that the open file has.
int open_closed_in_children(const char* path, int flags, unsigned mode);
void forget_in_children(int fd);

}  // namespace onerun::store
