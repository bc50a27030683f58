// The actor of one workflow id: a mailbox around a Workflow, and its supervision. If the Workflow
// fails, its state is dropped and read again from the store; the mailbox and its order stay. If it
// has filled its share of the commit log, or of answers, what comes then waits until the log has
// got on.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <optional>

#include "actors/caf.hpp"
#include "actors/messages.hpp"
#include "actors/request_queue.hpp"
#include "actors/workflow.hpp"

namespace onerun::actors {

class WorkflowActor final : public caf_facade::ActorBase {
 public:
  /// How often a request may bring the state down before it is answered with an error.
  static constexpr unsigned kMaxAttempts = 3;
  /// How many requests that wait it may handle for each message that lets it go on.
  static constexpr int kMostOfOneMessage = 2;

  WorkflowActor(caf_facade::ActorConfig& config, Services& services);

  caf_facade::Behavior make_behavior() override;
  void receive(Deliver& message);
  void receive(GoOn& message);

  /// True if it has handled that many requests and everything it decided is durable: then the store
  /// has all that it knows. Asked by its supervisor, from another thread.
  bool is_idle_after(std::uint64_t delivered) const {
    return handled_.load(std::memory_order_acquire) == delivered &&
           last_ticket_.load(std::memory_order_relaxed) <= services_.log.durable();
  }

 private:
  void take(RequestPtr request);
  void take_waiting();
  void hold_if_share_is_used_up();
  void hold_until_settled();
  void hold_until_facts_are_there();
  void hold_for_a_message();
  void hold();
  void handle(RequestPtr request);
  void restart(RequestPtr request, const std::exception& reason) noexcept;
  void give_up(const RequestPtr& request, const std::exception& reason);

  Services& services_;
  std::optional<Workflow> workflow_;
  RequestQueue waiting_;  ///< while this is held
  bool is_held_ = false;  ///< until the GoOn of this wait comes
  std::uint64_t wait_ = 0;
  std::atomic<std::uint64_t> handled_{0};
  std::atomic<store::Ticket> last_ticket_{0};
};

}  // namespace onerun::actors
