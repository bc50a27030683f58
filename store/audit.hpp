// The audit: reads a whole store and says what in it can't be. For operators' tools and for tests;
// the runtime checks each change as it makes it (core/transition.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "onerun/status.hpp"
#include "onerun/time.hpp"
#include "store/store.hpp"

namespace onerun::store {

/// How long after its retention has ended a run may still be on the store of a runtime that is at
/// work. The background removes what has expired each `Options::reclaim_interval`; an hour behind,
/// it does not keep up; or it has not had the time, after a stop of more than an hour, or after the
/// retention was made shorter.
inline constexpr Duration kReclaimBound = std::chrono::hours(1);

/// Something in a store that breaks an invariant.
struct AuditProblem {
  std::string name_space;   ///< empty if it belongs to none
  std::string workflow_id;  ///< empty if it is not known
  Family family;
  std::string key;   ///< in hexadecimal
  std::string what;  ///< a sentence
};

/// What was looked at, and how much of it was wrong.
struct AuditReport {
  std::uint64_t namespaces = 0;
  std::uint64_t workflow_ids = 0;
  std::uint64_t open_runs = 0;
  std::uint64_t closed_runs = 0;
  std::uint64_t problems = 0;
};

/// Checks that, in every namespace that is not deleted:
///  - every record can be read
///  - an open run is the current run of its workflow id, so that none has two
///  - a head says what the history of its run says; a head without a run is waiting for the end of
///    its id retention
///  - a closed run has an entry that will expire it, and such an entry names a closed run
///  - the run before a run, if it is still there, had closed when that began
///  - a chain is linked in both directions, and is one chain: a run that continues another one is
///    named by it as the next; the next is there, or has left a link; no current run names a next
///    one
///  - a head is not older than the closed runs of its workflow id, and is there while they are a
///  use
///    of it
///  - the way from the head of a workflow id over the runs before leads to all of its closed runs
///    that are kept
///  - the deadline of every open run is kept as a timer, and no other
///  - every run stands in the index of open runs, or in that of closed ones, and nothing else does
///  - a history that lies in batches is whole, its run has the head that it folds into, and the
///    request ids of its signals; and no other run has batches
///  - the counts are those of the contents
///  - no run has outlived its retention by more than kReclaimBound while runs began or closed
///  - namespaces have names and ids of their own, and the next one gets a number of its own
/// and that nothing else is in the families, and nothing belongs to a namespace that does not
/// exist.
///
/// `now`: what has expired by then may be gone, and nothing is overdue that was not by then.
/// `report` is called for each problem. Memory does not grow with the store. Must not run while
/// somebody commits. Errors: what the store says when it can't be read on.
///
/// What no audit can see: a commit in the middle whose every trace is gone, as the commits
/// themselves are numbered without a gap but leave no number in what they write; an event that is
/// missing beside a run that is not the current one; and a run that names one before it
/// that is gone, or began later: a run id may be brought again.
Result<AuditReport> audit(const Store& store, Timestamp now,
                          const std::function<void(const AuditProblem&)>& report);

}  // namespace onerun::store
