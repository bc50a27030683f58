// The timer actor: lets runs whose deadline has passed time out, in order and a few at a time.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "actors/caf.hpp"
#include "actors/messages.hpp"
#include "actors/services.hpp"
#include "actors/timers.hpp"

namespace onerun::actors {

class TimerActor final : public caf_facade::ActorBase {
 public:
  /// `find`: the namespace of that number; null if it is gone. `numbers`: those that there are.
  struct Namespaces {
    std::function<std::vector<core::NamespaceNumber>()> numbers;
    std::function<std::shared_ptr<NamespaceEntry>(core::NamespaceNumber)> find;
  };

  TimerActor(caf_facade::ActorConfig& config, Services& services, Namespaces namespaces);

  caf_facade::Behavior make_behavior() override;

 private:
  void fire_due();
  bool load();
  void fire(const PendingTimer& pending, Timestamp now);
  void ask(const PendingTimer& pending, Timestamp now);
  void done(const TimerDone& message);
  void answer_waiters();

  Services& services_;
  const Namespaces namespaces_;
  std::size_t under_way_ = 0;
  bool is_blocked_ = false;  ///< something failed: go on with the next tick
  std::uint64_t fired_ = 0;
  std::vector<FireNow> waiters_;
  std::uint64_t fired_before_ = 0;  ///< when the first of those began to wait
};

}  // namespace onerun::actors
