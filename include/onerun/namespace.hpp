// Namespace: the handle through which a program starts runs and steers them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "onerun/export.hpp"
#include "onerun/future.hpp"
#include "onerun/ids.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/run.hpp"
#include "onerun/start.hpp"

namespace onerun {

namespace runtime {
class Engine;
}  // namespace runtime

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
///  failure
///    of a part of the runtime; the message says which
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
  /// RunIdInUse; failed_precondition with CurrentRunMoved.
  Future<Result<StartResult>> start(StartRequest request) const;

  /// Many starts at once, cheaper than one by one. Each is decided alone; for one workflow id they
  /// are decided in order. Returns an answer for each, in order.
  /// Errors: invalid_argument above limits::kStartsPerBatch; resource_exhausted if they don't all
  /// fit under the bound of requests under way (then none was started).
  Future<Result<std::vector<Result<StartResult>>>> start_batch(
      std::vector<StartRequest> requests) const;

  // ---- the life of a run (specification section 4) ----
  // Errors of all: not_found with Missing if there is no such run; for those that need an open run,
  // not_found with AlreadyClosed if it is closed.

  /// Returns what is known of a run, open or closed. Reads what is durable, on the calling thread.
  Future<Result<RunDescription>> describe(const RunRef& run) const;

  /// Closes an open run as completed. Returns it.
  Future<Result<RunInfo>> complete(RunRef run, Payload result = Payload(),
                                   std::string identity = std::string()) const;

  /// Closes an open run as failed. Returns it.
  Future<Result<RunInfo>> fail(RunRef run, Failure failure = Failure(),
                               std::string identity = std::string()) const;

  /// Asks the application to cancel an open run; the run stays open until `report_canceled`.
  /// Returns the run. Asking twice, or asking a closed run, is a success that changes nothing.
  Future<Result<RunInfo>> request_cancel(RunRef run, CancelOptions options = CancelOptions()) const;

  /// Closes an open run as canceled. Returns it.
  Future<Result<RunInfo>> report_canceled(RunRef run, Payload details = Payload(),
                                          std::string identity = std::string()) const;

  /// Closes an open run as terminated, without asking it. Returns it.
  Future<Result<RunInfo>> terminate(RunRef run,
                                    TerminateOptions options = TerminateOptions()) const;

  /// Removes a run before its retention ends; an open one is terminated with it, in one commit.
  /// Returns the run as it was last. If it was the current run, the workflow id has none then, even
  /// if older runs are still retained.
  Future<Result<RunInfo>> remove(RunRef run) const;

  /// Returns the description of a run once it is closed, at once if it is. An empty run id means
  /// the run that is current now. Waiting takes no thread and no actor, only memory.
  /// Errors: not_found if the run is removed meanwhile; resource_exhausted for too many waiters;
  /// failed_precondition with ShutDown when the runtime shuts down first.
  Future<Result<RunDescription>> wait_closed(const RunRef& run) const;

 private:
  friend class Runtime;
  Namespace(std::shared_ptr<runtime::Engine> engine, NamespaceName name);

  std::shared_ptr<runtime::Engine> engine_;
  NamespaceName name_;
};

}  // namespace onerun
