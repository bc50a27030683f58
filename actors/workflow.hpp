// The live state of one workflow id: has the facts loaded, asks the decider, hands events and
// answer to the commit log. The workflow actor is the shell around it; nothing here knows of
// actors.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "actors/fact_loader.hpp"
#include "actors/fair_share.hpp"
#include "actors/request.hpp"
#include "actors/services.hpp"
#include "core/records.hpp"
#include "core/transition.hpp"
#include "core/workflow_state.hpp"

namespace onerun::actors {

/// What became of a request that was handed to a Workflow.
enum class Handled {
  kTaken,          ///< its answer is sure to come: given, or in the log behind what it rests on
  kWaitsForLog,    ///< what was decided before must be settled first: then ask again
  kWaitsForFacts,  ///< facts are on their way: ask again once `when_facts_are_there` has called
};

/// Threads: one at a time.
class Workflow {
 public:
  explicit Workflow(Services& services)
      : services_(services),
        answer_share_(services.actor_threads),
        seen_write_(services.log.last_write()) {}

  /// Decides a request, and takes it over with Handled::kTaken only. If this throws, the state must
  /// be dropped; a request that was not taken over was not decided.
  Handled handle(RequestPtr& request);

  /// After Handled::kWaitsForFacts: calls `go_on` once, now or later, on any thread.
  void when_facts_are_there(std::function<void()> go_on);

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

  /// An answer, and the position of the log up to which the store had everything when it was asked.
  struct Fetched {
    FactLoader::Answer answer;
    store::Ticket seen_at;
  };

  /// A question that waits for its answer, and the answer once it is there.
  struct Loading {
    Loading(Question asked, store::Ticket position)
        : question(std::move(asked)), seen_at(position) {}

    const Question question;
    const store::Ticket seen_at;
    std::mutex mutex = {};
    std::optional<FactLoader::Answer> answer = {};
  };

  /// What a decision is given, and what that rests on.
  struct Gathered {
    core::Known known = {};
    store::Ticket seen_at = 0;     ///< nobody else had changed what was loaded at that position
    bool rests_on_others = false;  ///< on a group of another workflow id that is on its way
  };

  bool must_load_head(const core::NamespaceRecord& record) const;
  bool must_settle(const core::Command& command) const;
  bool is_on_its_way() const;
  std::optional<Handled> load_head(RequestPtr& request, const core::NamespaceRecord& record);
  std::optional<Handled> gather(RequestPtr& request, const core::NamespaceRecord& record,
                                Gathered& gathered);
  std::optional<Fetched> fetch(Question question);
  bool take_from_memory(core::Needs& needs, core::Known& known) const;
  bool claim_run_id(const Request& request, core::Needs& needs, Gathered& gathered);
  void take_signals(const core::Needs& needs, core::Known& known);
  Handled wait_until_settled(RequestPtr& request);
  Result<RunId> next_run_id(Timestamp now);
  Handled decide(RequestPtr& request, const core::NamespaceRecord& record, Gathered gathered);
  Handled answer_when_settled(RequestPtr& request, core::Decision decision);
  Handled commit(RequestPtr& request, core::Decision decision, store::Ticket seen_at);
  std::unique_ptr<store::Group::Part> guarded_part(const Request& request,
                                                   core::Transition& transition,
                                                   store::Ticket seen_at) const;
  Handled answer(RequestPtr& request, Result<core::Answer> answer);
  void append(store::Group group);
  bool changes_current(const std::vector<core::IdEvent>& events) const;
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
  std::shared_ptr<Loading> loading_;
  std::optional<RunIdClaims::Claim> claim_;  ///< of the run id that the request brings
  std::optional<RunId> busy_run_id_;         ///< its claim is with another start
  core::NamespaceNumber busy_in_ = 0;
};

}  // namespace onerun::actors
