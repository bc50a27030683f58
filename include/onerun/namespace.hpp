// Namespace: the handle through which a program starts runs and steers them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "onerun/export.hpp"
#include "onerun/find.hpp"
#include "onerun/future.hpp"
#include "onerun/history.hpp"
#include "onerun/ids.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/run.hpp"
#include "onerun/start.hpp"
#include "onerun/subscription.hpp"

namespace onerun {

namespace runtime {
class Engine;
}  // namespace runtime

/// What `wait_closed` waits for.
enum class WaitFor : std::uint8_t {
  kRun,    ///< the end of the run
  kChain,  ///< the end of the last run of its chain
};

/// A namespace by its name. Making a handle touches nothing and never fails; each call looks the
/// name up.
///
/// Threads: every method may be called from many threads at once. Handles are cheap to copy and
/// may outlive the runtime; calls then answer failed_precondition with detail ShutDown.
///
/// Durability: the answer to a change is given once the change is as durable as
/// `Options::durability` says, and so is an answer that rests on an earlier change.
///
/// Errors of every call, besides those named with it:
///  - invalid_argument, InvalidField: a field is empty, too long, not UTF-8, out of range
///  - not_found, Missing{kNamespace}: no such namespace
///  - failed_precondition, NamespaceInvalidState: it is deleted (or deprecated, for starts)
///  - failed_precondition, ShutDown: the runtime was shut down
///  - resource_exhausted, Exhausted: too many requests under way; nothing was done
///  - unavailable, OutcomeUnknown: a fault came between; ask again with the same request id
///  - unavailable, Fenced: after such a fault; nothing was done, open the runtime again
///  - data_loss, Corruption: stored bytes can't be right; names family and key
///  - unavailable without a detail, aborted, internal: not done, for want of memory or after a
///    failure of a part of the runtime; aborted also for what reads a run, if its workflow id
///    changes faster than it can be read; the message says which
class ONERUN_EXPORT Namespace {
 public:
  const NamespaceName& name() const { return name_; }

  // ---- the namespace itself (specification section 6.1) ----

  /// Makes the namespace. Returns it.
  /// Errors: already_exists; invalid_argument for a retention below limits::kMinRetention.
  Future<Result<NamespaceDescription>> register_namespace(
      NamespaceConfig config = NamespaceConfig()) const;

  /// Changes what the update holds. Returns the namespace afterwards. A retention applies at once,
  /// also to runs that are already closed.
  Future<Result<NamespaceDescription>> update_namespace(NamespaceUpdate update) const;

  /// Returns the namespace, in any state.
  Future<Result<NamespaceDescription>> describe_namespace() const;

  /// From now on starts are refused; all else goes on. Deprecating twice is a success.
  Future<Result<NamespaceDescription>> deprecate_namespace() const;

  /// Deletes the namespace with all its runs. Returns it under the name that it has from now on,
  /// `<name>-deleted-<first 5 characters of its id>` (a long name is cut to fit): the old name is
  /// free at once. Its contents are removed in the background, also after a restart, and then the
  /// namespace itself. Errors: failed_precondition for a protected namespace.
  Future<Result<NamespaceDescription>> delete_namespace() const;

  // ---- starts (specification sections 1 and 2) ----

  /// Starts a run, or says why not. At most one run of a workflow id is open at any instant.
  /// Errors: already_exists with AlreadyStarted when a policy refuses; already_exists with
  /// RunIdInUse; failed_precondition with CurrentRunMoved; resource_exhausted with TooSoon.
  Future<Result<StartResult>> start(StartRequest request) const;

  /// Many starts at once, cheaper than one by one. Each is decided alone; for one workflow id they
  /// are decided in order. Returns an answer for each, in order.
  /// Errors: invalid_argument above limits::kStartsPerBatch; resource_exhausted if they don't all
  /// fit under the bound of requests under way (then none was started).
  Future<Result<std::vector<Result<StartResult>>>> start_batch(
      std::vector<StartRequest> requests) const;

  // ---- the life of a run (specification section 4) ----
  // Errors of all: not_found with Missing if there is no such run; for those that need an open run,
  // not_found with AlreadyClosed if it is closed; for changes with `expected_run_id`,
  // failed_precondition with CurrentRunMoved; for complete, fail, report_canceled and
  // continue_as_new, failed_precondition with IsPaused if the run is paused, and with HistoryMoved
  // if their `expected_last_event_id` is not the last event.
  //
  // A start that waits in a queue is a run that has not begun: describe and wait_closed know it,
  // its history is empty; request_cancel, terminate and remove take it out of the queue and return
  // its ids.

  /// Returns what is known of a run, open or closed, as of one instant between call and return.
  /// Reads what is durable, on the calling thread.
  Future<Result<RunDescription>> describe(const RunRef& run) const;

  /// Closes an open run as completed. Returns it.
  Future<Result<RunInfo>> complete(RunRef run, Payloads result = Payloads(),
                                   CloseOptions options = CloseOptions()) const;

  /// Closes an open run as failed. Returns it. If its retry policy says so, the next run of the
  /// chain begins in the same commit; `new_execution_run_id` names it.
  Future<Result<RunInfo>> fail(RunRef run, Failure failure = Failure(),
                               CloseOptions options = CloseOptions()) const;

  /// Gives a signal to an open run. Returns the run. A signal whose request id the run has had is a
  /// success that changes nothing, also once the run is closed.
  /// Errors: resource_exhausted, Exhausted: the run has limits::kSignalsPerRun signals, or its
  /// history is as long as it may be; it stays open. Source: specification section 4.2.
  Future<Result<RunInfo>> signal(RunRef run, Signal signal) const;

  /// Gives a signal to the open run, or starts one and gives it that: `start` with its `signal`.
  Future<Result<StartResult>> signal_with_start(StartRequest request, Signal signal) const;

  /// Returns the events of a run's history from `first_event_id` on, at most `limit`. A page is
  /// empty if there is none yet. Reads what is durable, on the calling thread. Errors:
  /// invalid_argument for a limit of 0 or above limits::kEventsPerPage.
  Future<Result<HistoryPage>> history(const RunRef& run, std::uint64_t first_event_id = 1,
                                      std::size_t limit = limits::kEventsPerPage) const;

  /// As `history`, and if there is no event yet, waits for the next one, or for the end of the run.
  /// Waiting takes no thread, only memory. Errors also: as `wait_closed`.
  Future<Result<HistoryPage>> wait_history(const RunRef& run, std::uint64_t first_event_id = 1,
                                           std::size_t limit = limits::kEventsPerPage) const;

  /// Has the handler called with all events of a run, those that are there and those to come, at
  /// least once and in order. An empty run id means the run that is current now. Errors:
  /// invalid_argument for an empty handler; those of `history`.
  Result<Subscription> subscribe(const RunRef& run, EventHandler handler,
                                 const SubscribeOptions& options = SubscribeOptions()) const;

  /// Closes an open run as continued as new and begins the next one of its chain, in one commit.
  /// Returns the run that closed; its `new_execution_run_id` is the next one.
  /// Source: specification section 3.2.
  Future<Result<RunInfo>> continue_as_new(RunRef run,
                                          ContinueRequest next = ContinueRequest()) const;

  /// Begins a run anew from a point in the history of a run of the workflow id, open or closed,
  /// current or not. The current run, if it is open, is terminated in the same commit. Returns the
  /// run that it began, which is the current one; the same request id gets it again, as long as the
  /// current run is of its chain.
  /// Errors: invalid_argument for an event that the history does not have, or that is its close;
  /// resource_exhausted with Exhausted if the new run would have more signals or a longer history
  /// than one may have, or more would have to be looked through than limits::kResetRuns and
  /// kResetBytes; resource_exhausted with TooSoon. A repeat whose run is gone gets what is
  /// remembered of it: ids, status and close time. Source: specification section 3.6.
  Future<Result<RunInfo>> reset(RunRef base, ResetRequest request) const;

  /// Pauses an open run: it takes signals, cancel requests, terminations and timeouts, and can't be
  /// completed, failed, canceled or continued until `unpause`. Returns it. A pause by the same
  /// request id is a success that changes nothing.
  /// Errors: failed_precondition with IsPaused if another request has paused it; resource_exhausted
  /// with Exhausted if its history is as long as it may be.
  Future<Result<RunInfo>> pause(RunRef run, PauseOptions options = PauseOptions()) const;

  /// Ends a pause. Returns the run. A success that changes nothing if it is not paused.
  Future<Result<RunInfo>> unpause(RunRef run, PauseOptions options = PauseOptions()) const;

  /// Asks the application to cancel an open run; the run stays open until `report_canceled`.
  /// Returns the run. Asking twice, or asking a closed run, is a success that changes nothing.
  Future<Result<RunInfo>> request_cancel(RunRef run, CancelOptions options = CancelOptions()) const;

  /// Closes an open run as canceled. Returns it.
  Future<Result<RunInfo>> report_canceled(RunRef run, Payloads details = Payloads(),
                                          CloseOptions options = CloseOptions()) const;

  /// Closes an open run as terminated, without asking it. Returns it.
  Future<Result<RunInfo>> terminate(RunRef run,
                                    TerminateOptions options = TerminateOptions()) const;

  /// Removes a run before its retention ends; an open one is terminated with it, in one commit.
  /// Returns the run as it was last. If it was the current run, the workflow id has none then, even
  /// if older runs are still retained (`runs` gives them); or the next one of its queue.
  Future<Result<RunInfo>> remove(RunRef run) const;

  /// Returns the runs of the chain that the run belongs to, oldest first: those that its links lead
  /// to and that are retained, at most `limit` before it and as many after it. Reads what is
  /// durable. Errors: invalid_argument for a limit of 0 or above limits::kRunsPerPage.
  Future<Result<std::vector<RunInfo>>> chain(const RunRef& run, std::size_t limit = 100) const;

  /// Returns the retained runs of a workflow id, newest first, at most `limit`: from the current
  /// one on, or from the one before `before`. Starts that wait in a queue are not among them. Reads
  /// what is durable. Empty if there is none. Errors: not_found for a `before` that is not there;
  /// resource_exhausted with Exhausted above limits::kRemovedRuns;
  /// invalid_argument for a limit of 0 or above limits::kRunsPerPage.
  Future<Result<std::vector<RunInfo>>> runs(const WorkflowId& workflow_id, std::size_t limit = 100,
                                            const RunId& before = RunId()) const;

  /// Returns the description of a run once it is closed, at once if it is. An empty run id means
  /// the run that is current now. Waiting takes no thread and no actor, only memory.
  /// Errors: not_found if the run is removed meanwhile; resource_exhausted for too many waiters;
  /// failed_precondition with ShutDown when the runtime shuts down first.
  /// With WaitFor::kChain: of the last run of the chain, from that run on; not_found if one on the
  /// way is gone.
  Future<Result<RunDescription>> wait_closed(const RunRef& run, WaitFor what = WaitFor::kRun) const;

  // ---- finding runs (specification section 9; docs/filter.md) ----
  // Both read what is durable, on the calling thread: a run whose start was answered is found, and
  // what its retention has ended by now is not. Errors of both: invalid_argument with
  // InvalidFilter.

  /// Returns a page of the runs that a filter matches, the one that started last first. Of open
  /// runs, of closed ones of a status, of a range of start times, of a workflow id and of run ids
  /// it is quick however many others there are; any other condition is tried on one run after the
  /// other, and a page ends early, even empty, once limits::kRunsLookedAtPerPage were looked at:
  /// ask on while there is a token. Errors: invalid_argument for a page size of 0 or above
  /// limits::kRunsPerPage, and for a token of another filter or namespace.
  Future<Result<ListPage>> list(const ListRequest& request = ListRequest()) const;

  /// Returns how many runs a filter matches. Takes time in proportion to the runs that the quick
  /// conditions above leave, and nobody else's: under 1 us each if the filter asks for statuses,
  /// times of start and close and run ids only, else 5 to 10 us. A run that starts or closes
  /// meanwhile counts or not. Errors: failed_precondition with ShutDown when the runtime shuts down
  /// first.
  Future<Result<std::uint64_t>> count(const std::string& filter = std::string()) const;

 private:
  friend class Runtime;
  Namespace(std::shared_ptr<runtime::Engine> engine, NamespaceName name);

  std::shared_ptr<runtime::Engine> engine_;
  NamespaceName name_;
};

}  // namespace onerun
