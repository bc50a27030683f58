// How the threads that write tables leave the processors to those that serve requests.
//
// A flush or a merge computes for seconds without a pause. The kernel then lets it have a core, and
// the threads that serve requests, which sleep and wake thousands of times a second, crowd on the
// others: with two cores they get one of them, and what they can't do meanwhile waits. So a thread
// in the background rests about each millisecond, which lets the others spread.
#pragma once

#include <rocksdb/rate_limiter.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>

#include "store/store.hpp"

namespace onerun::store {

/// RocksDB asks it before it reads or writes a piece of a table, on the thread that does so. It
/// limits no rate: what counts is the processor time of the thread since it was last asked after
/// half a millisecond of work. The rest is twice that, or three times while a flush and a merge are
/// at work beside each other. A thread then gets a third or a fourth of a core, twice what it needs
/// at as many starts as two cores can sustain.
///
/// A piece of work is not followed by a rest while no commits come; nor if RocksDB held writes back
/// when it began the flush or the merge; nor if there has been no break between merges, or between
/// flushes, for minutes: work that never ends has fallen behind.
class BackgroundPace final : public rocksdb::RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  /// What it asks of the machine; tests have their own.
  struct Machine {
    std::function<std::chrono::nanoseconds()> processor_time;  ///< of the thread that calls
    std::function<Clock::time_point()> now;
    std::function<void(std::chrono::nanoseconds)> rest;

    static Machine real();
  };

  /// Work in one piece. Shorter than what a request may wait, longer than what it costs to rest.
  static constexpr std::chrono::nanoseconds kLeastWork = std::chrono::microseconds(500);
  static constexpr std::chrono::nanoseconds kMostRest = std::chrono::milliseconds(10);
  /// Flushes, or merges, are at work if one has asked within this.
  static constexpr std::chrono::nanoseconds kAtWork = 2 * kMostRest;
  /// Nobody asks for this long when there is a break.
  static constexpr std::chrono::nanoseconds kBreak = 10 * kMostRest;
  /// Without a break for this long they have fallen behind.
  static constexpr std::chrono::nanoseconds kBehind = std::chrono::minutes(3);
  /// While no commit is seen for this long, one may be on its way: those that have most to write,
  /// and most who wait for them, come rarely.
  static constexpr std::chrono::nanoseconds kLongestCommit = std::chrono::milliseconds(250);

  /// `last_commit` must outlive this.
  explicit BackgroundPace(const std::atomic<CommitNumber>& last_commit,
                          Machine machine = Machine::real());

  using rocksdb::RateLimiter::Request;
  void Request(std::int64_t bytes, rocksdb::Env::IOPriority priority,
               rocksdb::Statistics* statistics) override;

  // There is no rate, no request is made smaller, and nothing is counted.
  void SetBytesPerSecond(std::int64_t) override {}
  std::int64_t GetBytesPerSecond() const override { return kNoLimit; }
  std::int64_t GetSingleBurstBytes() const override { return kNoLimit; }
  std::int64_t GetTotalBytesThrough(rocksdb::Env::IOPriority) const override { return 0; }
  std::int64_t GetTotalRequests(rocksdb::Env::IOPriority) const override { return 0; }

 private:
  /// Flushes, or merges.
  struct Work {
    std::atomic<Clock::time_point> asked_at{};
    std::atomic<Clock::time_point> begun_at{};  ///< after the last break
  };

  static constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

  static void asked(Work& work, Clock::time_point now);
  bool commits_come(Clock::time_point now);

  const std::atomic<CommitNumber>& last_commit_;
  std::atomic<CommitNumber> seen_;
  std::atomic<Clock::time_point> came_at_{};  ///< when another one was seen
  const Machine machine_;
  Work flushes_;
  Work merges_;
};

}  // namespace onerun::store
