// Promise: the end of a future that gives the answer.
#pragma once

#include <memory>
#include <utility>

#include "onerun/future.hpp"

namespace onerun {

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
