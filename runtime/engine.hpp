// The engine: everything of an open runtime, wired together. Handles (Runtime, Namespace) share it;
// after shutdown it only says that it was shut down.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actors/actor_runtime.hpp"
#include "actors/admission.hpp"
#include "actors/close_waiters.hpp"
#include "actors/event_watchers.hpp"
#include "actors/request.hpp"
#include "actors/run_id_claims.hpp"
#include "actors/run_reader.hpp"
#include "actors/services.hpp"
#include "actors/timers.hpp"
#include "core/command.hpp"
#include "core/namespace_rules.hpp"
#include "metrics/metrics.hpp"
#include "onerun/future.hpp"
#include "onerun/namespace.hpp"
#include "onerun/options.hpp"
#include "onerun/runtime.hpp"
#include "runtime/clock.hpp"
#include "runtime/deliveries.hpp"
#include "runtime/event_stream.hpp"
#include "runtime/log_queue.hpp"
#include "runtime/namespace_catalog.hpp"
#include "runtime/time_zones.hpp"
#include "store/commit_log.hpp"
#include "store/commit_thread.hpp"
#include "store/process.hpp"
#include "store/store.hpp"

namespace onerun::runtime {

/// Who does the work of an engine.
enum class Threads {
  kOwn,   ///< threads that it starts
  kNone,  ///< whoever opened it, step by step: for tests and simulations
};

/// Threads: any, except `open`.
class Engine final : public EventSource {
 public:
  static Result<std::shared_ptr<Engine>> open(Options options);

  /// Opens over a store that the caller made; `options.store` is ignored.
  static Result<std::shared_ptr<Engine>> open(Options options, std::unique_ptr<store::Store> store,
                                              Threads threads = Threads::kOwn);

  ~Engine() override;

  using DescriptionAnswer = Result<NamespaceDescription>;

  Future<DescriptionAnswer> register_namespace(const NamespaceName& name, NamespaceConfig config);
  Future<DescriptionAnswer> update_namespace(const NamespaceName& name, NamespaceUpdate update);
  Future<DescriptionAnswer> describe_namespace(const NamespaceName& name);
  Future<DescriptionAnswer> deprecate_namespace(const NamespaceName& name);
  Future<DescriptionAnswer> delete_namespace(const NamespaceName& name);
  Result<std::vector<NamespaceDescription>> list_namespaces();

  Future<Result<StartResult>> start(const NamespaceName& name, core::StartCommand&& command);
  Future<Result<HistoryPage>> history(const NamespaceName& name, const RunRef& ref,
                                      std::uint64_t first_event_id, std::size_t limit);
  Future<Result<HistoryPage>> wait_history(const NamespaceName& name, const RunRef& ref,
                                           std::uint64_t first_event_id, std::size_t limit);
  Result<Subscription> subscribe(const NamespaceName& name, const RunRef& ref, EventHandler handler,
                                 const SubscribeOptions& options);
  Future<Result<std::vector<Result<StartResult>>>> start_batch(
      const NamespaceName& name, std::vector<core::StartCommand> commands);

  /// Any command but a start.
  Future<Result<RunInfo>> change_run(const NamespaceName& name, metrics::Operation operation,
                                     core::Command command);

  Future<Result<std::vector<RunInfo>>> runs(const NamespaceName& name,
                                            const WorkflowId& workflow_id, std::size_t limit,
                                            const RunId& before);
  Future<Result<std::vector<RunInfo>>> chain(const NamespaceName& name, const RunRef& ref,
                                             std::size_t limit);

  Future<Result<ListPage>> list(const NamespaceName& name, const ListRequest& request);
  Future<Result<std::uint64_t>> count(const NamespaceName& name, const std::string& filter);

  Future<Result<RunDescription>> describe(const NamespaceName& name, const RunRef& ref);
  Future<Result<RunDescription>> wait_closed(const NamespaceName& name, const RunRef& ref,
                                             WaitFor what = WaitFor::kRun);

  Status shutdown(Duration deadline);
  void refuse_new_requests() { admission_.close(); }

  /// True on a thread that a shutdown may wait for: any thread of any runtime while it runs code of
  /// the host's.
  static bool is_on_own_thread();

  /// The process exits. As `shutdown`; but on a thread that a shutdown would wait for, what was
  /// answered is made as durable as a shutdown would make it, and the rest stays as it is: it must
  /// not be destroyed then.
  void end_with_process() noexcept;

  const std::filesystem::path& data_dir() const { return options_.data_dir; }

  bool serving() const;

  /// False in a child that was forked from the process that opened it. The child has none of the
  /// threads and must not write: it can only forget the engine.
  bool is_of_this_process() const { return process_.is_of_this_process(); }

  Duration shutdown_deadline() const { return options_.shutdown_deadline; }
  const std::shared_ptr<prometheus::Registry>& registry() const { return metrics_.registry(); }
  Result<std::uint64_t> reclaim_now();
  Result<std::uint64_t> passivate_now();
  Result<std::uint64_t> fire_timers_now();

  /// What works, for whoever lets it work. Requires Threads::kNone, and that it is not shut down.
  actors::ActorRuntime& actors();
  store::CommitLog& log();

  /// Waits until the host has all lines of its log.
  void wait_for_log() { log_->wait_empty(); }

  /// Does on this thread what the threads would have done, until nothing is left to do.
  void work_until_idle();

 private:
  class Observer;
  struct Parts;
  using EntryPtr = NamespaceCatalog::EntryPtr;
  using Steady = std::chrono::steady_clock;

  /// A namespace in use, in a state that allows it, and a place under way.
  struct Admitted {
    actors::NamespaceEntry::Use name_space;
    actors::Admission::Slot slot;
  };

  Engine(Options options, Threads threads);
  Result<std::shared_ptr<Engine>> open_over(std::unique_ptr<store::Store> store,
                                            std::shared_ptr<Engine> self);
  static Result<std::shared_ptr<Engine>> make(Options options, Threads threads);
  void start_parts(std::unique_ptr<store::Store> store, store::Epoch epoch,
                   StoredNamespaces stored);

  template <class R>
  Future<R> refuse(metrics::Operation operation, Status status) {
    metrics_.answered(operation, status.code(), std::chrono::nanoseconds(0));
    return Future<R>(R(std::move(status)));
  }
  Result<Admitted> admit(const NamespaceName& name, core::NamespaceUse use);
  template <class Answer, class Read>
  Future<Answer> read(const NamespaceName& name, metrics::Operation operation, const Status& valid,
                      const Read& read);
  template <class Answer, class C>
  Future<Answer> ask(const NamespaceName& name, core::NamespaceUse use,
                     metrics::Operation operation, C&& command);
  Result<actors::NamespaceEntry::Use> enter(const NamespaceName& name, core::NamespaceUse use);

  template <class Change>
  Future<DescriptionAnswer> change_namespace(metrics::Operation operation,
                                             const NamespaceName& name, const Change& change);

  Future<Result<std::vector<Result<StartResult>>>> start_all(
      const NamespaceName& name, std::vector<core::StartCommand> commands);
  Result<RunDescription> describe_now(const actors::NamespaceEntry& entry, const RunRef& ref) const;
  Result<HistoryPage> history_now(const actors::NamespaceEntry& entry, const RunRef& ref,
                                  std::uint64_t first_event_id, std::size_t limit) const;
  Future<Result<RunDescription>> wait_run_closed(const NamespaceName& name, const RunRef& ref);
  Future<Result<RunDescription>> wait_for(const actors::NamespaceEntry& entry, const RunRef& ref,
                                          Steady::time_point received);

  const store::Store& stored() const;
  Result<HistoryPage> read_events(const NamespaceName& name, const RunRef& run,
                                  std::uint64_t first_event_id, std::size_t limit) override;
  Status watch_events(const NamespaceName& name, RunRef run, std::uint64_t first_event_id,
                      std::shared_ptr<actors::EventWatcher> watcher) override;
  Deliveries& deliveries() override { return deliveries_; }
  LogSink& sink() override { return *log_; }
  void handler_has_thrown(const std::string& reason) noexcept override;
  void events_waited(StatusCode code, Steady::time_point since) override;

  void keep_house();
  void do_chore(const std::function<void()>& chore) noexcept;
  void wake_house();
  Steady::time_point next_timer(Steady::time_point last) const;
  void flush_metrics();
  Status end(Duration deadline);
  Status shut_down_parts(Duration deadline);
  void drain(Duration deadline, Status& result);
  Status stop_parts();
  void stop_house(bool joins);
  void abandon();

  const store::ProcessMark process_;
  Options options_;
  const std::shared_ptr<LogQueue> log_;  ///< as in the options
  const LastGoodClock own_clock_;        ///< that of the options, for the runtime's own threads
  const SystemTimeZones zones_;
  const Threads threads_;
  metrics::Metrics metrics_;
  actors::Admission admission_;
  actors::CloseWaiters waiters_;
  actors::EventWatchers watchers_;
  Deliveries deliveries_;
  actors::Timers timers_;
  std::atomic<bool> fenced_{false};
  std::atomic<bool> is_ending_{false};  ///< a shutdown does not wait for what is still under way
  std::unique_ptr<Parts> parts_;

  std::mutex shutdown_mutex_;
  std::optional<Status> shutdown_result_;

  std::mutex house_mutex_;
  std::condition_variable house_wakes_;
  bool house_stopping_ = false;
  bool house_is_woken_ = false;
  std::thread house_;
};

}  // namespace onerun::runtime
