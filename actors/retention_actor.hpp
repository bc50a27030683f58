// The retention actor: runs the Reclaimer, one page at a time, at every tick and when it is asked
// to.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "actors/caf.hpp"
#include "actors/messages.hpp"
#include "actors/reclaimer.hpp"
#include "onerun/detail/promise.hpp"

namespace onerun::actors {

class RetentionActor final : public caf_facade::ActorBase {
 public:
  /// `namespaces`: gives those that there are. `gone`: as for Reclaimer.
  RetentionActor(caf_facade::ActorConfig& config, Services& services,
                 std::function<Reclaimer::Namespaces()> namespaces,
                 std::function<void(const NamespaceEntry&)> gone);

  caf_facade::Behavior make_behavior() override;

  /// A page under way holds a handle to this actor, and this actor the page.
  void on_exit() override { reclaimer_.abandon(); }

 private:
  using Waiter = std::shared_ptr<Promise<Result<std::uint64_t>>>;

  void begin_pass();
  void go_on();
  void end_pass(const Status& status);

  Services& services_;
  const std::function<Reclaimer::Namespaces()> namespaces_;
  Reclaimer reclaimer_;
  bool is_passing_ = false;
  bool begins_ = false;
  std::vector<Waiter> next_waiters_;    ///< for the pass after this one
  std::vector<Waiter> waiters_;         ///< for this pass
  std::uint64_t reclaimed_before_ = 0;  ///< when this pass began
};

}  // namespace onerun::actors
