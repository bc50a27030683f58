// Future: an answer that comes later. Wait for it, hand it a callback, or co_await it.
#pragma once

#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "onerun/detail/meeting.hpp"
#include "onerun/status.hpp"

namespace onerun {

template <class R>
class Promise;

/// The answer R (a `Result<T>`) of a request, once it is known.
///
/// Threads: used by one thread at a time. A callback or a coroutine goes on in the thread that
/// brings the answer, a thread of the runtime, or at once in the calling thread if the answer is
/// already there. At most eight run inside one another on a thread; the next ones follow, in order,
/// when the innermost has returned. A callback must not block for long (starts wait behind it). On
/// a thread of the runtime it can't wait for another answer: `get` is failed_precondition there.
/// What it throws ends in the log of the runtime; on other threads on standard error.
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
  struct Call final : detail::HostCode {
    Call(std::shared_ptr<State> s, Callback c) : state(std::move(s)), callback(std::move(c)) {}
    void call() override {
      std::unique_ptr<Call> self(this);
      callback(std::move(*state->value));
    }
    std::shared_ptr<State> state;
    Callback callback;
  };

  struct Awaiter final : detail::HostCode {
    explicit Awaiter(std::shared_ptr<State> s) : state(std::move(s)) {}
    bool await_ready() const { return state->meeting.answered(); }
    bool await_suspend(std::coroutine_handle<> handle) {
      resumed = handle;
      return state->meeting.attach(this);
    }
    R await_resume() { return std::move(*state->value); }
    void call() override { resumed.resume(); }

    std::shared_ptr<State> state;
    std::coroutine_handle<> resumed;
  };

  std::shared_ptr<State> state_;
};

}  // namespace onerun
