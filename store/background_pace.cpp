#include "store/background_pace.hpp"

#include <algorithm>
#include <ctime>
#include <thread>
#include <utility>

namespace onerun::store {
namespace {

using std::chrono::nanoseconds;

nanoseconds processor_time_of_this_thread() {
  std::timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

/// The processor time of this thread up to which its work is settled, by whichever store: RocksDB's
/// threads are those of the process.
thread_local nanoseconds settled_until{};

}  // namespace

BackgroundPace::Machine BackgroundPace::Machine::real() {
  return {processor_time_of_this_thread, Clock::now,
          [](nanoseconds time) { std::this_thread::sleep_for(time); }};
}

BackgroundPace::BackgroundPace(const std::atomic<CommitNumber>& last_commit, Machine machine)
    : RateLimiter(Mode::kAllIo),
      last_commit_(last_commit),
      seen_(last_commit.load(std::memory_order_relaxed)),
      machine_(std::move(machine)) {}

void BackgroundPace::Request(std::int64_t, rocksdb::Env::IOPriority priority,
                             rocksdb::Statistics*) {
  // RocksDB gives this priority to what it begins while it holds writes back.
  if (priority == rocksdb::Env::IO_USER) return;
  const bool is_flush = priority == rocksdb::Env::IO_HIGH;
  Work& work = is_flush ? flushes_ : merges_;
  const Clock::time_point now = machine_.now();
  asked(work, now);
  const bool is_served = commits_come(now);
  const nanoseconds worked = machine_.processor_time() - settled_until;
  if (worked < kLeastWork) return;
  const bool is_behind = now - work.begun_at.load(std::memory_order_relaxed) >= kBehind;
  if (is_served && !is_behind) {
    const Work& other = is_flush ? merges_ : flushes_;
    const bool is_crowded = now - other.asked_at.load(std::memory_order_relaxed) < kAtWork;
    machine_.rest(std::min((is_crowded ? 3 : 2) * worked, kMostRest));
  }
  settled_until = machine_.processor_time();
}

void BackgroundPace::asked(Work& work, Clock::time_point now) {
  const Clock::time_point last = work.asked_at.exchange(now, std::memory_order_relaxed);
  if (now - last >= kBreak) work.begun_at.store(now, std::memory_order_relaxed);
}

bool BackgroundPace::commits_come(Clock::time_point now) {
  const CommitNumber last = last_commit_.load(std::memory_order_relaxed);
  if (seen_.exchange(last, std::memory_order_relaxed) != last) {
    came_at_.store(now, std::memory_order_relaxed);
    return true;
  }
  return now - came_at_.load(std::memory_order_relaxed) < kLongestCommit;
}

}  // namespace onerun::store
