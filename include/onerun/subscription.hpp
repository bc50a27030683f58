// Subscriptions: how an application that executes a run receives its messages.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "onerun/export.hpp"
#include "onerun/history.hpp"
#include "onerun/status.hpp"

namespace onerun {

namespace detail {
class Cancelable;
}  // namespace detail

/// Receives the events of a run, in order, a page at a time; at last an error that says why no more
/// come (not_found when the run was removed, failed_precondition when the runtime shuts down).
///
/// Called on a thread of the runtime's own for it, one call at a time; a slow one delays other
/// subscribers (`Options::delivery_threads`) and the end of a shutdown, and no request. It may make
/// requests and wait for their answers; `wait_history` answers failed_precondition in it where it
/// would wait. What it throws is logged, and ends the subscription. resource_exhausted: too many
/// wait for events; subscribe again.
using EventHandler = std::function<void(const Result<HistoryPage>&)>;

/// Where a subscription begins and ends.
struct SubscribeOptions {
  std::uint64_t first_event_id = 1;
  /// Goes on with the next run of the chain, from its first event.
  bool follow_chain = false;
};

/// A subscription, as long as this lives. It keeps nothing on the disk: whoever subscribes again,
/// also after a restart, from the event after the last one that was handled, misses none and may
/// see some again.
class ONERUN_EXPORT Subscription {
 public:
  Subscription() = default;
  Subscription(Subscription&&) noexcept = default;
  Subscription& operator=(Subscription&&) noexcept;
  ~Subscription() { cancel(); }

  /// Ends it. Once this returns the handler is not called any more, and what it holds is free;
  /// called in the handler, once that returns. Waits for a call that is under way: two handlers
  /// must not cancel each other.
  void cancel() noexcept;

  /// False once the end was delivered, or it was canceled.
  bool active() const noexcept;

  explicit Subscription(std::shared_ptr<detail::Cancelable> stream);

 private:
  std::shared_ptr<detail::Cancelable> stream_;
};

}  // namespace onerun
