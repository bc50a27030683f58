// The timer actor: lets runs whose deadline has passed time out, in order and a few at a time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
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
  using Steady = std::chrono::steady_clock;

  void fire_due();
  bool load();
  void fire(const PendingTimer& pending, Timestamp now);
  void ask(const PendingTimer& pending, Timestamp now);
  void done(const TimerDone& message);
  void wait_for_zone(const FiredTimer& fired, const std::string& time_zone);
  void retry_without_zone();
  void answer_waiters();

  Services& services_;
  const Namespaces namespaces_;
  std::size_t under_way_ = 0;
  bool is_blocked_ = false;  ///< something failed: go on with the next tick
  std::uint64_t fired_ = 0;
  std::vector<FireNow> waiters_;
  std::uint64_t fired_before_ = 0;  ///< when the first of those began to wait
  /// Namespaces with timeouts that a time zone is missing for, and the zones that were told of.
  std::set<core::NamespaceNumber> without_zone_;
  std::set<std::string> missing_zones_;
  Steady::time_point zones_retried_at_;
};

}  // namespace onerun::actors
