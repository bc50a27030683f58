// What futures are made of; nothing here is for users of onerun.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

#include "onerun/export.hpp"

namespace onerun {

class LogSink;

namespace detail {

/// The instant that long from now. A wait that would end after the end of time is one without end.
template <class Rep, class Period>
std::chrono::steady_clock::time_point deadline_after(std::chrono::duration<Rep, Period> wait) {
  using Steady = std::chrono::steady_clock;
  const auto now = Steady::now();
  if (std::chrono::duration<double>(wait) >=
      std::chrono::duration<double>(Steady::time_point::max() - now)) {
    return Steady::time_point::max();
  }
  return now + std::chrono::duration_cast<Steady::duration>(wait);
}

/// True on a thread of a runtime, where waiting would stop the very work that is waited for.
ONERUN_EXPORT bool on_runtime_thread() noexcept;

/// True on a thread of the runtime with that log.
bool is_thread_of(const LogSink& log) noexcept;

/// Marks the current thread as one of a runtime with that log, for as long as it lives.
class ONERUN_EXPORT RuntimeThreadScope {
 public:
  explicit RuntimeThreadScope(LogSink& log) noexcept;
  ~RuntimeThreadScope();
  RuntimeThreadScope(const RuntimeThreadScope&) = delete;
  RuntimeThreadScope& operator=(const RuntimeThreadScope&) = delete;

 private:
  LogSink* outer_;
};

/// What happens when an answer arrives.
class ONERUN_EXPORT Continuation {
 public:
  virtual void run() noexcept = 0;

 protected:
  ~Continuation() = default;
};

/// Code of the host that goes on with the answer: a callback, or the rest of a coroutine.
class ONERUN_EXPORT HostCode : public Continuation {
 public:
  /// How many of them may run inside one another on a thread.
  static constexpr int kMostNested = 8;

  /// Calls it, now or, if too many are running on this thread, when the innermost of them has
  /// returned. It may be gone afterwards.
  void run() noexcept final;

 protected:
  ~HostCode() = default;

 private:
  class OfThread;
  virtual void call() = 0;

  HostCode* next_ = nullptr;  ///< while it waits for the innermost to return
};

/// A thread that sleeps until an answer arrives.
class ONERUN_EXPORT BlockingWait final : public Continuation {
 public:
  void run() noexcept override;
  void wait();
  bool wait_until(std::chrono::steady_clock::time_point deadline);

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  bool done_ = false;
};

/// The place where one answer and the one who waits for it meet. The word is empty, or points to
/// the continuation, or says that the answer is there; each side moves it once.
class ONERUN_EXPORT Meeting {
 public:
  bool answered() const { return word_.load(std::memory_order_acquire) == kAnswered; }

  /// Returns false if the answer is already there (then the continuation will not run).
  bool attach(Continuation* continuation);

  /// Takes the continuation back. Returns false if the answer has come or is coming.
  bool detach(Continuation* continuation);

  /// Says that the answer is there and runs the continuation, if any.
  void answer() noexcept;

 private:
  static constexpr std::uintptr_t kAnswered = 1;
  std::atomic<std::uintptr_t> word_{0};
};

template <class R>
struct FutureState {
  Meeting meeting;
  std::optional<R> value;
};

}  // namespace detail
}  // namespace onerun
