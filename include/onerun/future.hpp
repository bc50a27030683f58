// Future: an answer that comes later. Wait for it, hand it a callback, or co_await it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "onerun/export.hpp"
#include "onerun/status.hpp"

namespace onerun {

template <class R>
class Promise;

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

/// Marks the current thread as one of a runtime, for as long as it lives.
class ONERUN_EXPORT RuntimeThreadScope {
 public:
  RuntimeThreadScope() noexcept;
  ~RuntimeThreadScope();
  RuntimeThreadScope(const RuntimeThreadScope&) = delete;
  RuntimeThreadScope& operator=(const RuntimeThreadScope&) = delete;

 private:
  bool outer_;
};

/// What happens when an answer arrives.
class ONERUN_EXPORT Continuation {
 public:
  virtual void run() noexcept = 0;

 protected:
  ~Continuation() = default;
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

/// The answer R (a `Result<T>`) of a request, once it is known.
///
/// Threads: used by one thread at a time. A callback or a coroutine goes on in the thread that
/// brings the answer, a thread of the runtime, or at once in the calling thread if the answer is
/// already there. There it must not throw, must not block for long (starts wait behind it), and
/// can't wait for another answer: `get` then answers failed_precondition.
/// Dropping a future does not cancel the request.
template <class R>
class [[nodiscard]] Future {
 public:
  using Answer = R;

  Future() = default;
  Future(Future&&) noexcept = default;
  Future& operator=(Future&&) noexcept = default;

  /// A future whose answer is already there.
  explicit Future(R answer) : state_(std::make_shared<State>()) {
    state_->value = std::move(answer);
    state_->meeting.answer();
  }

  /// False for a default-made future and after the answer was taken.
  bool valid() const { return state_ != nullptr; }

  /// True if `get` will not wait.
  bool ready() const { return state_->meeting.answered(); }

  /// Waits for the answer and takes it. Requires `valid()`, as do all below.
  R get() {
    if (!ready()) {
      if (detail::on_runtime_thread()) return would_block();
      detail::BlockingWait wait;
      if (state_->meeting.attach(&wait)) wait.wait();
    }
    return take();
  }

  /// Waits for the answer, but not longer than that.
  /// Returns deadline_exceeded if it has not come; the future stays valid and the request goes on.
  template <class Rep, class Period>
  R get(std::chrono::duration<Rep, Period> longest) {
    if (!ready()) {
      if (detail::on_runtime_thread()) return would_block();
      detail::BlockingWait wait;
      if (state_->meeting.attach(&wait) && !wait.wait_until(detail::deadline_after(longest))) {
        if (state_->meeting.detach(&wait)) {
          return R(Status(StatusCode::kDeadlineExceeded, "no answer came before the deadline"));
        }
        wait.wait();
      }
    }
    return take();
  }

  /// Calls `callback(R)` once with the answer.
  template <class Callback>
  void then(Callback&& callback) && {
    auto* call =
        new Call<std::decay_t<Callback>>(std::move(state_), std::forward<Callback>(callback));
    if (!call->state->meeting.attach(call)) call->run();
  }

  /// Suspends the coroutine until the answer is there.
  /// gcc 12 miscompiles braces in a co_await expression: with it, make the request in a statement
  /// of its own, not in `co_await orders.start({...})`.
  auto operator co_await() && { return Awaiter{std::move(state_)}; }

 private:
  using State = detail::FutureState<R>;
  friend class Promise<R>;

  explicit Future(std::shared_ptr<State> state) : state_(std::move(state)) {}

  R take() {
    auto state = std::move(state_);
    return std::move(*state->value);
  }

  static R would_block() {
    return R(Status(StatusCode::kFailedPrecondition,
                    "a callback can't wait for an answer on a thread of the runtime; use then()"));
  }

  template <class Callback>
  struct Call final : detail::Continuation {
    Call(std::shared_ptr<State> s, Callback c) : state(std::move(s)), callback(std::move(c)) {}
    void run() noexcept override {
      std::unique_ptr<Call> self(this);
      callback(std::move(*state->value));
    }
    std::shared_ptr<State> state;
    Callback callback;
  };

  struct Awaiter final : detail::Continuation {
    explicit Awaiter(std::shared_ptr<State> s) : state(std::move(s)) {}
    bool await_ready() const { return state->meeting.answered(); }
    bool await_suspend(std::coroutine_handle<> handle) {
      resumed = handle;
      return state->meeting.attach(this);
    }
    R await_resume() { return std::move(*state->value); }
    void run() noexcept override { resumed.resume(); }

    std::shared_ptr<State> state;
    std::coroutine_handle<> resumed;
  };

  std::shared_ptr<State> state_;
};

/// The other end of a Future: gives the answer once. A promise that is dropped without one answers
/// that the outcome is unknown.
template <class R>
class Promise {
 public:
  Promise() : state_(std::make_shared<State>()) {}
  Promise(Promise&&) noexcept = default;
  Promise& operator=(Promise&& other) noexcept {
    Promise(std::move(other)).swap(*this);
    return *this;
  }
  ~Promise() {
    if (state_ != nullptr) {
      set(R(Status(StatusCode::kUnavailable,
                   "the request was dropped; ask again with the same request id",
                   OutcomeUnknown{})));
    }
  }

  /// The future that gets the answer. Called once.
  Future<R> future() const { return Future<R>(state_); }

  /// Gives the answer. Called at most once.
  void set(R answer) {
    auto state = std::move(state_);
    state->value = std::move(answer);
    state->meeting.answer();
  }

  /// True if nobody can receive the answer any more.
  bool abandoned() const { return state_.use_count() == 1; }

 private:
  using State = detail::FutureState<R>;

  void swap(Promise& other) { state_.swap(other.state_); }

  std::shared_ptr<State> state_;
};

}  // namespace onerun
