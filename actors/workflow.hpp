// The live state of one workflow id: loads it, asks the decider, hands events and answer to the
// commit log. The workflow actor is the shell around it; nothing here knows of actors.
#pragma once

#include <vector>

#include "actors/request.hpp"
#include "actors/services.hpp"
#include "core/workflow_state.hpp"

namespace onerun::actors {

/// Threads: one at a time.
class Workflow {
 public:
  explicit Workflow(Services& services) : services_(services) {}

  /// Decides a request. Takes it over once its answer is sure to come: answered, or in the log
  /// behind what it rests on. If this throws, the state must be dropped; a request that was not
  /// taken over was not decided.
  void handle(RequestPtr& request);

  /// Position of the last group that this state has put into the log; 0 if there is none. What was
  /// decided is on the store once that position is durable.
  store::Ticket last_ticket() const { return last_ticket_; }

 private:
  /// A run that was replaced or removed and is not yet so on the store.
  struct Recent {
    core::RunHead run;
    bool removed = false;
    store::Ticket ticket = 0;  ///< of the group that takes it there
  };

  Status load_if_needed(const Request& request);
  Result<std::optional<core::RunHead>> other_run(const Request& request) const;
  void start_with_own_run_id(RequestPtr& request, const core::StartCommand& command);
  void settle(RequestPtr& request, core::Decision decision);
  void commit(RequestPtr& request, core::Decision decision);
  void answer(RequestPtr& request, Result<core::Answer> answer);
  void append(store::Group group);
  core::Decision decide_now(const Request& request, const core::RunHead* other, bool run_id_in_use);
  std::vector<Recent> replaced_by(const std::vector<core::Event>& events) const;
  void remember(std::vector<Recent> recent);
  void forget_durable();

  Services& services_;
  std::uint64_t loaded_at_version_ = 0;  ///< of the namespace's configuration; 0: not loaded
  core::WorkflowState state_;
  std::vector<Recent> recent_;
  store::Ticket last_ticket_ = 0;
};

}  // namespace onerun::actors
