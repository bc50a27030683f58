// The thread of a commit log.
#pragma once

#include <atomic>
#include <thread>

#include "store/commit_log.hpp"

namespace onerun::store {

/// Commits as long as it lives. The destructor commits and completes what was appended, syncs, and
/// joins.
class CommitThread {
 public:
  explicit CommitThread(CommitLog& log) : log_(log), thread_([this] { run(); }) {}

  CommitThread(const CommitThread&) = delete;
  CommitThread& operator=(const CommitThread&) = delete;

  ~CommitThread() {
    stopping_.store(true, std::memory_order_release);
    log_.wake();
    thread_.join();
  }

 private:
  void run() {
    while (true) {
      const bool stopping = stopping_.load(std::memory_order_acquire);
      if (log_.commit_ready()) continue;
      if (stopping) break;
      log_.sync_if_due();
      log_.wait();
    }
    log_.sync_rest();
  }

  CommitLog& log_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace onerun::store
