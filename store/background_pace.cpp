#include "store/background_pace.hpp"

#include <algorithm>
#include <ctime>
#include <limits>
#include <thread>
#include <utility>

namespace onerun::store {
namespace {

std::chrono::nanoseconds processor_time_of_this_thread() {
  std::timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// When it last rested.
thread_local std::chrono::nanoseconds rested_at = processor_time_of_this_thread();

}  // namespace

BackgroundPace::BackgroundPace(const std::atomic<CommitNumber>& last_commit, Rest rest, Now now)
    : RateLimiter(Mode::kAllIo),
      last_commit_(last_commit),
      seen_(last_commit.load(std::memory_order_relaxed)),
      rest_(std::move(rest)),
      now_(std::move(now)) {}

void BackgroundPace::Request(std::int64_t, rocksdb::Env::IOPriority priority,
                             rocksdb::Statistics*) {
  const bool is_crowded = is_beside_another(priority == rocksdb::Env::IO_HIGH ? kFlush : kMerge);
  const std::chrono::nanoseconds worked = processor_time_of_this_thread() - rested_at;
  if (worked < kLeastWork) return;
  // RocksDB raises the priority of this work while it holds writes back.
  const bool is_waited_for = priority == rocksdb::Env::IO_USER;
  if (commits_have_come() && !is_waited_for) {
    rest_(std::min(is_crowded ? worked : worked / 2, kMostRest));
  }
  rested_at = processor_time_of_this_thread();
}

bool BackgroundPace::is_beside_another(Work work) {
  const Clock::time_point now = now_();
  asked_at_[work].store(now, std::memory_order_relaxed);
  const auto other = asked_at_[work == kFlush ? kMerge : kFlush].load(std::memory_order_relaxed);
  return now - other < kAtWork;
}

/// Since this was last asked, by any thread.
bool BackgroundPace::commits_have_come() {
  const CommitNumber last = last_commit_.load(std::memory_order_relaxed);
  return seen_.exchange(last, std::memory_order_relaxed) != last;
}

void BackgroundPace::sleep(std::chrono::nanoseconds time) { std::this_thread::sleep_for(time); }

/// A request is never made smaller.
std::int64_t BackgroundPace::GetSingleBurstBytes() const {
  return std::numeric_limits<std::int64_t>::max();
}

std::int64_t BackgroundPace::GetBytesPerSecond() const {
  return std::numeric_limits<std::int64_t>::max();
}

}  // namespace onerun::store
