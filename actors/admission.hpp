// Admission: a bounded number of requests, and of bytes, under way. What does not fit is refused at
// once and waits nowhere.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "metrics/metrics.hpp"
#include "onerun/status.hpp"
#include "store/process.hpp"

namespace onerun::actors {

/// Threads: any.
class Admission {
 public:
  struct Bounds {
    std::size_t requests;
    std::size_t bytes;
  };

  /// The place of one request. Given back when it is released or destroyed.
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)), bytes_(other.bytes_) {}
    Slot& operator=(Slot&& other) noexcept {
      std::swap(admission_, other.admission_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Slot() { release(); }

    void release() {
      if (Admission* admission = std::exchange(admission_, nullptr)) admission->leave(bytes_);
    }

   private:
    friend class Admission;
    Slot(Admission* admission, std::size_t bytes) : admission_(admission), bytes_(bytes) {}

    Admission* admission_ = nullptr;
    std::size_t bytes_ = 0;
  };

  Admission(Bounds bounds, metrics::Metrics& metrics);

  /// Somebody who uses the runtime just now, whether or not a request of his is under way: an
  /// answer may come before the call that asked has returned.
  class Visit {
   public:
    explicit Visit(Admission& admission) : admission_(admission) {
      admission_.visits_.fetch_add(1);
    }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit() { admission_.end_visit(); }

   private:
    Admission& admission_;
  };

  /// A slot for one request.
  /// Errors: resource_exhausted with the bound; failed_precondition with ShutDown once closed, and
  /// in a child that was forked.
  Result<Slot> enter(std::size_t bytes);

  /// A slot for what the runtime asks of itself: it counts, and has a bound of its own elsewhere.
  /// Errors: failed_precondition with ShutDown once closed.
  Result<Slot> enter_unbounded();

  /// A slot for each, or none for all.
  Result<std::vector<Slot>> enter_all(const std::vector<std::size_t>& bytes);

  /// From now on nothing enters.
  void close() { closed_.store(true); }
  bool closed() const { return closed_.load() || !process_.is_of_this_process(); }

  /// Waits until nothing is under way and nobody visits. Returns false if something still is at the
  /// deadline.
  bool wait_empty(std::chrono::steady_clock::time_point deadline);

  std::size_t requests() const { return requests_.load(std::memory_order_relaxed); }
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  Status take(std::size_t requests, std::size_t bytes);
  Status refuse(metrics::Resource resource, std::size_t in_use, std::size_t requested,
                std::size_t limit);
  void give_back(std::size_t requests, std::size_t bytes);
  void leave(std::size_t bytes) { give_back(1, bytes); }
  void end_visit();
  void notify_if_closed();

  const store::ProcessMark process_;
  const Bounds bounds_;
  metrics::Metrics& metrics_;
  const Status full_;  ///< the usual refusal, made once: whoever is overloaded refuses often
  std::atomic<std::size_t> requests_{0};
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::size_t> visits_{0};
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  std::condition_variable empty_;
};

/// failed_precondition: the runtime was shut down.
Status shut_down();

}  // namespace onerun::actors
