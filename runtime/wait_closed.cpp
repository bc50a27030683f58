// Waiting for the end of a run, or of its chain.
#include <new>
#include <utility>

#include "core/addressing.hpp"
#include "core/fault.hpp"
#include "core/validate.hpp"
#include "onerun/detail/promise.hpp"
#include "runtime/engine.hpp"
#include "runtime/without_exceptions.hpp"

namespace onerun::runtime {

using core::NamespaceUse;
using metrics::Operation;

namespace {

/// Goes from run to run as each closes. Keeps itself alive by the waiter of the run that it has
/// come to; that is answered at the latest when the runtime shuts down.
class ChainWait : public std::enable_shared_from_this<ChainWait> {
 public:
  using Answer = Result<RunDescription>;
  using WaitForRun = std::function<Future<Answer>(const RunRef&)>;

  ChainWait(WaitForRun wait, WorkflowId workflow_id)
      : wait_(std::move(wait)), workflow_id_(std::move(workflow_id)) {}

  Future<Answer> future() { return promise_.future(); }

  /// Runs that have closed already are gone through here and not one inside the other.
  void wait_from(RunId run_id) {
    while (true) {
      Future<Answer> closed = wait_({workflow_id_, run_id});
      if (!closed.ready()) {
        return std::move(closed).then(
            [self = shared_from_this()](const Answer& answer) { self->hear(answer); });
      }
      const Answer answer = closed.get();
      if (is_end(answer)) return promise_.set(answer);
      run_id = answer->run.new_execution_run_id;
    }
  }

 private:
  static bool is_end(const Answer& answer) {
    return !answer.ok() || answer->run.new_execution_run_id.empty();
  }

  void hear(const Answer& answer) {
    if (is_end(answer)) return promise_.set(answer);
    try {
      wait_from(answer->run.new_execution_run_id);
    } catch (const std::bad_alloc&) {
      promise_.set(Status(StatusCode::kResourceExhausted, "out of memory"));
    }
  }

  const WaitForRun wait_;
  const WorkflowId workflow_id_;
  Promise<Answer> promise_;
};

}  // namespace

Future<Result<RunDescription>> Engine::wait_closed(const NamespaceName& name, const RunRef& ref,
                                                   WaitFor what) {
  using Answer = Result<RunDescription>;
  if (what == WaitFor::kRun) return wait_run_closed(name, ref);
  return without_exceptions<Future<Answer>>([&] {
    const auto wait = std::make_shared<ChainWait>(
        [this, name](const RunRef& run) { return wait_run_closed(name, run); }, ref.workflow_id);
    auto future = wait->future();
    wait->wait_from(ref.run_id);
    return future;
  });
}

Future<Result<RunDescription>> Engine::wait_run_closed(const NamespaceName& name,
                                                       const RunRef& ref) {
  using Answer = Result<RunDescription>;
  return without_exceptions<Future<Answer>>([&] {
    const auto received = Steady::now();
    Status valid = core::validate(name);
    if (valid.ok()) valid = core::validate(ref);
    if (!valid.ok()) return refuse<Answer>(Operation::kWaitClosed, valid);
    auto admitted = admit(name, NamespaceUse::kOther);
    if (!admitted.ok()) return refuse<Answer>(Operation::kWaitClosed, admitted.status());
    return wait_for(*admitted->name_space, ref, received);
  });
}

Future<Result<RunDescription>> Engine::wait_for(const actors::NamespaceEntry& entry,
                                                const RunRef& ref, Steady::time_point received) {
  using Answer = Result<RunDescription>;
  Answer found = describe_now(entry, ref);
  if (ONERUN_FAULT(kRefuseQueuedWait) && found.ok() && found->queue_position > 0) {
    return refuse<Answer>(Operation::kWaitClosed, core::no_such_run(ref));
  }
  if (!found.ok() || is_closed(found->run.status)) {
    metrics_.answered(Operation::kWaitClosed, found.code(), Steady::now() - received);
    return Future<Answer>(std::move(found));
  }

  const RunRef pinned{ref.workflow_id, ONERUN_FAULT(kForgetPin) ? ref.run_id : found->run.run_id};
  Promise<Answer> promise;
  Future<Answer> future = promise.future();
  Status added = waiters_.add(entry.number(), pinned.run_id, {std::move(promise), received});
  if (!added.ok()) return refuse<Answer>(Operation::kWaitClosed, added);

  // It may have closed, or its namespace may have been deleted, before the waiter was there.
  Status state = core::check_state(*entry.record(), NamespaceUse::kOther);
  if (!state.ok()) waiters_.release_namespace(entry.number(), state);
  Answer again = describe_now(entry, pinned);
  if (!again.ok() || is_closed(again->run.status)) {
    waiters_.release(entry.number(), pinned.run_id, [&] { return again; });
  }
  return future;
}

}  // namespace onerun::runtime
