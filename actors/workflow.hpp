// The live state of one workflow id: loads it, asks the decider, hands events and answer to the
// commit log. The workflow actor is the shell around it; nothing here knows of actors.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "actors/fair_share.hpp"
#include "actors/request.hpp"
#include "actors/services.hpp"
#include "core/records.hpp"
#include "core/workflow_state.hpp"

namespace onerun::actors {

/// Threads: one at a time.
class Workflow {
 public:
  explicit Workflow(Services& services)
      : services_(services),
        answer_share_(services.actor_threads),
        seen_write_(services.log.last_write()) {}

  /// Decides a request. Takes it over once its answer is sure to come: answered, or in the log
  /// behind what it rests on. If this throws, the state must be dropped; a request that was not
  /// taken over was not decided. Returns false, and leaves the request, if what was decided before
  /// must be settled first: then ask again.
  bool handle(RequestPtr& request);

  /// Position of the last group that this state has put into the log; 0 if there is none. What was
  /// decided is on the store once that position is durable.
  store::Ticket last_ticket() const { return last_ticket_; }

  /// Lets that complete once all that was decided is durable, or never will be.
  void when_settled(std::unique_ptr<store::Completion> completion) {
    append({.completion = std::move(completion)});
  }

  /// All that was decided is durable, or never will be.
  void settled() {
    share_.end_turn();
    answer_share_.has_waited();
  }

  /// So many requests were for other ids since the last one for this.
  void others_asked(std::uint64_t requests) { answer_share_.others_asked(requests); }

  /// True if the id has put so much into the log, or has answered so much while others write, that
  /// it must let others go first, until what is in the log is settled. Others write if they have
  /// since it last waited because of its answers, or wrote itself.
  bool must_let_others_go_first() {
    if (share_.is_used_up(services_.log.durable())) return true;
    if (!answer_share_.is_used_up()) return false;
    const store::Ticket last_write = services_.log.last_write();
    if (last_write <= seen_write_) return false;
    answer_share_.add_until(services_.clock.now());
    if (!answer_share_.is_used_up()) return false;
    seen_write_ = last_write;
    return true;
  }

 private:
  static constexpr store::Ticket kThisGroup = std::numeric_limits<store::Ticket>::max();

  /// A run that is not current any more, and that the store does not have as it is.
  struct Recent {
    core::RunHead run;
    bool removed = false;
    store::Ticket ticket = kThisGroup;  ///< of the group that takes it there
  };

  /// The run that a command is about, as far as it is not in the state.
  struct Addressed {
    std::optional<core::RunHead> other = {};          ///< not the current one
    bool current_is_reclaimed = false;                ///< the current run's record is gone
    std::optional<core::RunRecord> current = {};      ///< if its chain may be continued
    std::optional<core::RunRecord> queued = {};       ///< if its turn may come
    std::optional<core::ResetSource> reset = {};      ///< for a reset
    std::optional<std::set<RequestId>> signals = {};  ///< request ids that the other one has had
    store::Ticket seen_at = 0;   ///< nobody else had changed it at that position
    bool is_on_its_way = false;  ///< the store does not have it as it is
  };

  Status load_if_needed(const Request& request, const core::NamespaceRecord& record);
  bool must_settle(const core::Command& command) const;
  bool is_on_its_way() const;
  bool wait_until_settled(RequestPtr& request);
  Result<Addressed> address(const Request& request, const core::NamespaceRecord& record) const;
  Result<Addressed> address_current(const Request& request) const;
  Status read_more(const Request& request, const core::NamespaceRecord& record,
                   Addressed& addressed);
  Status read_current(const Request& request, Addressed& addressed) const;
  Status read_queued(const Request& request, Addressed& addressed) const;
  Status read_reset(const Request& request, const Retention& retention, Addressed& addressed) const;
  Status read_signals(const Request& request, Addressed& addressed);
  // Each returns true: it has taken the request over.
  bool start_with_own_run_id(RequestPtr& request, const core::StartCommand& command,
                             const core::NamespaceRecord& record);
  bool settle(RequestPtr& request, core::Decision decision, store::Ticket seen_at = 0);
  bool answer_when_settled(RequestPtr& request, core::Decision decision);
  bool commit(RequestPtr& request, core::Decision decision, store::Ticket seen_at = 0);
  bool answer(RequestPtr& request, Result<core::Answer> answer);
  void append(store::Group group);
  Result<RunId> next_run_id(Timestamp now);
  core::Decision decide_now(const Request& request, const core::NamespaceRecord& record,
                            const Addressed& addressed, bool run_id_in_use);
  bool changes_current(const std::vector<core::Event>& events) const;
  void remember(std::vector<Recent> recent);
  void forget_durable();

  Services& services_;
  std::uint64_t loaded_at_version_ = 0;  ///< of the namespace's configuration; 0: not loaded
  core::WorkflowState state_;
  store::Ticket current_ticket_ = 0;  ///< of the group that last changed the current run
  store::Ticket started_ticket_ = 0;  ///< of the group that began it
  std::vector<Recent> recent_;
  store::Ticket last_ticket_ = 0;
  FairShare share_;
  AnswerShare answer_share_;
  store::Ticket seen_write_;  ///< others write if there is a later one
};

}  // namespace onerun::actors
