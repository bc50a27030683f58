// Namespace: from the public calls to commands for the engine.
#include "onerun/namespace.hpp"

#include <utility>

#include "runtime/engine.hpp"
#include "runtime/without_exceptions.hpp"

namespace onerun {
namespace {

using core::CloseCommand;
using metrics::Operation;

/// What Temporal's frontend fills in when a termination brings none (specification section 4.2).
constexpr std::string_view kDefaultReason = "terminated by the application";
constexpr std::string_view kDefaultIdentity = "onerun";

}  // namespace

Namespace::Namespace(std::shared_ptr<runtime::Engine> engine, NamespaceName name)
    : engine_(std::move(engine)), name_(std::move(name)) {}

Future<Result<NamespaceDescription>> Namespace::register_namespace(NamespaceConfig config) const {
  return engine_->register_namespace(name_, std::move(config));
}

Future<Result<NamespaceDescription>> Namespace::update_namespace(NamespaceUpdate update) const {
  return engine_->update_namespace(name_, std::move(update));
}

Future<Result<NamespaceDescription>> Namespace::describe_namespace() const {
  return engine_->describe_namespace(name_);
}

Future<Result<NamespaceDescription>> Namespace::deprecate_namespace() const {
  return engine_->deprecate_namespace(name_);
}

Future<Result<NamespaceDescription>> Namespace::delete_namespace() const {
  return engine_->delete_namespace(name_);
}

Future<Result<StartResult>> Namespace::start(StartRequest request) const {
  return engine_->start(name_, std::move(request));
}

Future<Result<std::vector<Result<StartResult>>>> Namespace::start_batch(
    std::vector<StartRequest> requests) const {
  return engine_->start_batch(name_, std::move(requests));
}

Future<Result<RunDescription>> Namespace::describe(const RunRef& run) const {
  return engine_->describe(name_, run);
}

Future<Result<RunInfo>> Namespace::complete(RunRef run, Payloads result,
                                            CloseOptions options) const {
  return engine_->change_run(
      name_, Operation::kComplete,
      CloseCommand{.run = std::move(run),
                   .status = RunStatus::kCompleted,
                   .close = {.result = std::move(result), .identity = std::move(options.identity)},
                   .expected_last_event_id = options.expected_last_event_id});
}

Future<Result<RunInfo>> Namespace::fail(RunRef run, Failure failure, CloseOptions options) const {
  return engine_->change_run(
      name_, Operation::kFail,
      CloseCommand{
          .run = std::move(run),
          .status = RunStatus::kFailed,
          .close = {.failure = std::move(failure), .identity = std::move(options.identity)},
          .expected_last_event_id = options.expected_last_event_id});
}

Future<Result<RunInfo>> Namespace::signal(RunRef run, Signal signal) const {
  return engine_->change_run(
      name_, Operation::kSignal,
      core::SignalCommand{.run = std::move(run), .signal = std::move(signal)});
}

Future<Result<StartResult>> Namespace::signal_with_start(StartRequest request,
                                                         Signal signal) const {
  request.signal = std::move(signal);
  return start(std::move(request));
}

Future<Result<HistoryPage>> Namespace::history(const RunRef& run, std::uint64_t first_event_id,
                                               std::size_t limit) const {
  return engine_->history(name_, run, first_event_id, limit);
}

Future<Result<HistoryPage>> Namespace::wait_history(const RunRef& run, std::uint64_t first_event_id,
                                                    std::size_t limit) const {
  return engine_->wait_history(name_, run, first_event_id, limit);
}

Result<Subscription> Namespace::subscribe(const RunRef& run, EventHandler handler,
                                          const SubscribeOptions& options) const {
  return engine_->subscribe(name_, run, std::move(handler), options);
}

Future<Result<RunInfo>> Namespace::continue_as_new(RunRef run, ContinueRequest next) const {
  return engine_->change_run(name_, Operation::kContinueAsNew,
                             core::ContinueCommand{.run = std::move(run), .next = std::move(next)});
}

Future<Result<RunInfo>> Namespace::reset(RunRef base, ResetRequest request) const {
  return engine_->change_run(
      name_, Operation::kReset,
      core::ResetCommand{.run = std::move(base), .request = std::move(request)});
}

Future<Result<RunInfo>> Namespace::pause(RunRef run, PauseOptions options) const {
  return engine_->change_run(
      name_, Operation::kPause,
      core::PauseCommand{.run = std::move(run), .pauses = true, .options = std::move(options)});
}

Future<Result<RunInfo>> Namespace::unpause(RunRef run, PauseOptions options) const {
  return engine_->change_run(
      name_, Operation::kUnpause,
      core::PauseCommand{.run = std::move(run), .pauses = false, .options = std::move(options)});
}

Future<Result<std::vector<RunInfo>>> Namespace::runs(const WorkflowId& workflow_id,
                                                     std::size_t limit, const RunId& before) const {
  return engine_->runs(name_, workflow_id, limit, before);
}

Future<Result<std::vector<RunInfo>>> Namespace::chain(const RunRef& run, std::size_t limit) const {
  return engine_->chain(name_, run, limit);
}

Future<Result<RunInfo>> Namespace::request_cancel(RunRef run, CancelOptions options) const {
  return engine_->change_run(
      name_, Operation::kRequestCancel,
      core::RequestCancelCommand{.run = std::move(run), .options = std::move(options)});
}

Future<Result<RunInfo>> Namespace::report_canceled(RunRef run, Payloads details,
                                                   CloseOptions options) const {
  return engine_->change_run(
      name_, Operation::kReportCanceled,
      CloseCommand{.run = std::move(run),
                   .status = RunStatus::kCanceled,
                   .close = {.result = std::move(details), .identity = std::move(options.identity)},
                   .expected_last_event_id = options.expected_last_event_id});
}

Future<Result<RunInfo>> Namespace::terminate(RunRef run, TerminateOptions options) const {
  return runtime::without_exceptions<Future<Result<RunInfo>>>([&] {
    if (options.reason.empty()) options.reason = kDefaultReason;
    if (options.identity.empty()) options.identity = kDefaultIdentity;
    return engine_->change_run(
        name_, Operation::kTerminate,
        CloseCommand{.run = std::move(run),
                     .status = RunStatus::kTerminated,
                     .close = {.result = std::move(options.details),
                               .reason = std::move(options.reason),
                               .identity = std::move(options.identity)},
                     .first_execution_run_id = std::move(options.first_execution_run_id)});
  });
}

Future<Result<RunInfo>> Namespace::remove(RunRef run) const {
  return engine_->change_run(name_, Operation::kRemove, core::RemoveCommand{.run = std::move(run)});
}

Future<Result<ListPage>> Namespace::list(const ListRequest& request) const {
  return engine_->list(name_, request);
}

Future<Result<std::uint64_t>> Namespace::count(const std::string& filter) const {
  return engine_->count(name_, filter);
}

Future<Result<RunDescription>> Namespace::wait_closed(const RunRef& run, WaitFor what) const {
  return engine_->wait_closed(name_, run, what);
}

}  // namespace onerun
