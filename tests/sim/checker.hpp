// Compares what a runtime answers with what the model allows, one workflow id at a time.
//
// Requests for one workflow id are decided in the order in which they were made, so the checker
// holds the answers to that order: the n-th answer must follow from the states that the answers
// before it left possible. What was never answered may or may not have happened.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/model.hpp"

namespace onerun::sim {

class Checker {
 public:
  using Ticket = std::uint64_t;

  /// What a checker may forget: nothing, or what has expired and what was before the last answers.
  /// Only where the retention never changes and everything answered is on disk.
  enum class Memory { kAll, kShort };

  explicit Checker(Retention retention, Memory memory = Memory::kAll)
      : memory_(memory), retentions_{std::move(retention)} {}

  /// The clock has moved, perhaps back.
  void time_is(Timestamp now);

  /// When an answer is heard: as soon as it is there, or together with others.
  enum class Heard { kAtOnce, kLater };

  /// An operation was asked for.
  Ticket submitted(const Operation& operation, Heard heard = Heard::kAtOnce);

  /// It was answered.
  void answered(Ticket ticket, ModelAnswer answer);

  /// The answer was an error that promises that nothing was done.
  void not_done(Ticket ticket);

  /// A run was described.
  void described(const RunRef& run, const Result<RunDescription>& answer);

  /// The history of a run was read, from an event on to its end.
  void read(const RunRef& run, const Result<HistoryPage>& answer, std::uint64_t first_event_id = 1);

  /// The chain of a run was read, all of it.
  void chain_read(const RunRef& run, const Result<std::vector<RunInfo>>& answer);

  /// The runs of a workflow id were listed, all of them.
  void listed(const WorkflowId& workflow_id, const std::vector<RunInfo>& runs);

  /// A wait for a run's close was answered. `run`: with the id of the run that was current when it
  /// began, if there was one.
  void closed(const RunRef& run, const Result<RunDescription>& answer);

  /// The runtime looks for deadlines that have passed, while nothing else is under way.
  void timers_fire();

  /// True if the run is closed, or gone, whatever may have happened.
  bool is_surely_closed(const RunRef& run) const;

  /// True if it is, or has more events than that.
  bool surely_has_more(const RunRef& run, std::uint64_t events) const;

  /// The retention is being changed, and was.
  void retention_changes_to(Retention retention) { retentions_.push_back(std::move(retention)); }
  void retention_is(const Retention& retention);

  /// Everything answered so far is on disk.
  void synced();

  /// The process is gone. `lost_unsynced`: and so is, perhaps, what was not synced.
  /// `nothing_was_under_way`: what was not answered did not happen, unless it is heard later.
  void crashed(bool lost_unsynced, bool nothing_was_under_way);

  /// What is wrong, if anything is.
  const std::optional<std::string>& violation() const { return violation_; }
  void complain(std::string what) {
    if (!violation_) violation_ = std::move(what);
  }

  /// All run ids that answers have named.
  std::vector<RunRef> known_runs() const { return known_runs_; }

  /// Forgets those of runs that no state has.
  void forget_gone_runs();

  /// All workflow ids that were heard of.
  std::vector<WorkflowId> workflow_ids() const;

  std::uint64_t checked() const { return checked_; }

 private:
  struct Pending {
    Ticket ticket;
    Operation operation;
    std::size_t first_retention;  ///< that may have held when it was decided
    Heard heard = Heard::kAtOnce;
    bool run_id_may_be_used = false;  ///< the one that it brings
    std::optional<ModelAnswer> answer = {};
    /// Whether another workflow id had the run id that it brings, when the answer was heard.
    InUse elsewhere = InUse::kNo;
  };

  struct Id {
    std::vector<ModelId> states = {ModelId()};  ///< after everything that was answered in order
    std::deque<Pending> pending;
    std::vector<ModelId> since_sync = {};  ///< where it has been since the last sync
  };

  std::string take_owner_of(Ticket ticket);
  Id& id_of(const WorkflowId& workflow_id) { return ids_[workflow_id.text()]; }
  void described_at(Timestamp now, const RunRef& run, const Result<RunDescription>& answer);
  /// The states, with what is known of expired runs, of which the outside may have been told now.
  std::vector<ModelId> told_of(Id& id);
  template <class Explain>
  bool is_explained(const std::vector<ModelId>& states, Explain explain) const;
  template <class Explain>
  void narrow(Id& id, Explain explain);
  void complain_of(const std::string& what, const std::vector<ModelId>& states);
  void note_expired(std::vector<ModelId>& states) const;
  void forget_expired(Id& id) const;
  std::vector<ModelId> step(const std::vector<ModelId>& states, const Pending& pending,
                            bool with_answer) const;
  void advance(const std::string& workflow_id, Id& id);
  /// `from`: whether what was answered has surely happened.
  enum class From { kLastAnswer, kSomewhere };
  std::vector<ModelId> reachable(const Id& id, From from = From::kLastAnswer) const;
  InUse in_use(const Pending& pending) const;
  bool surely_has(const Id& id, const RunId& run_id) const;
  bool note_brought(const std::string& workflow_id, const RunId& run_id);
  void learn(const WorkflowId& workflow_id, const RunId& run_id);

  const Memory memory_;
  Timestamp now_{};
  Timestamp latest_{};  ///< that it ever was: what had expired by then may be reclaimed
  bool has_stepped_back_ = false;
  std::vector<Retention> retentions_;  ///< all that there ever were
  std::size_t first_retention_ = 0;    ///< that may hold now
  std::map<std::string, Id> ids_;
  std::map<Ticket, std::string> owner_;
  Ticket last_ticket_ = 0;
  std::vector<RunRef> known_runs_;
  std::set<std::pair<WorkflowId, RunId>> is_known_;
  std::map<RunId, std::set<std::string>> brought_;  ///< workflow ids whose starts brought a run id
  std::optional<std::string> violation_;
  std::uint64_t checked_ = 0;
};

}  // namespace onerun::sim
