// Places for requests: taken by the one who makes requests, given back as answers come.
#pragma once

#include <atomic>
#include <cstdint>

namespace onerun::load {

/// Threads: `give` from any; the rest from one.
class Credits {
 public:
  explicit Credits(std::uint64_t places) : free_(static_cast<std::int64_t>(places)) {}

  /// Takes all places that are free; waits if there is none.
  std::uint64_t take_all() {
    while (true) {
      const std::int64_t taken = free_.exchange(0, std::memory_order_acq_rel);
      if (taken > 0) return static_cast<std::uint64_t>(taken);
      free_.wait(0, std::memory_order_acquire);
    }
  }

  /// Gives places back.
  void give(std::int64_t places = 1) {
    // Only a waiter sees 0: whoever adds to more than that need not wake anyone.
    if (free_.fetch_add(places, std::memory_order_acq_rel) == 0) free_.notify_one();
  }

  /// Waits until all that many places are free.
  void wait_for_all(std::uint64_t places) {
    std::uint64_t have = 0;
    while (have < places) have += take_all();
  }

 private:
  std::atomic<std::int64_t> free_;
};

}  // namespace onerun::load
