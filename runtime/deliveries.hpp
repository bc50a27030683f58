// The threads that tell the host of events: what a subscriber does with them takes no time of
// actors and log.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace onerun::runtime {

/// Somebody who may have something to tell.
class Delivery {
 public:
  virtual ~Delivery() = default;
  virtual void deliver() noexcept = 0;

 private:
  friend class Deliveries;
  std::shared_ptr<Delivery> next_;  ///< while it waits for its turn
};

/// Threads: any.
class Deliveries {
 public:
  /// `threads` are started with the first delivery; 0: `run_all` does their work.
  explicit Deliveries(unsigned threads) : most_threads_(threads) {}
  ~Deliveries() { stop(); }

  /// Starts the threads if there are none. False if not even one could be.
  bool make_ready() noexcept;

  /// Gives it a turn. Requires that it does not wait for one already.
  void push(std::shared_ptr<Delivery> delivery) noexcept;

  /// Delivers all that waits, on this thread. Returns whether there was anything.
  bool run_all();

  /// Delivers what waits, and joins the threads. Not on one of them.
  void stop();

  /// True on a thread that delivers.
  static bool is_delivering();
  bool is_thread_of_this() const;

 private:
  std::shared_ptr<Delivery> pop();
  std::shared_ptr<Delivery> wait_and_pop();
  void start_threads();
  void work();

  const unsigned most_threads_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::shared_ptr<Delivery> first_;
  Delivery* last_ = nullptr;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace onerun::runtime
