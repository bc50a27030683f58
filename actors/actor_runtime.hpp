// The actors of a runtime, as the rest of onerun sees them: no type of CAF is in here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "actors/namespace_entry.hpp"
#include "actors/request.hpp"
#include "actors/services.hpp"
#include "onerun/future.hpp"
#include "onerun/status.hpp"

namespace onerun::actors {

struct ActorOptions {
  unsigned supervisors_per_namespace = 4;
  std::size_t threads = 2;
  std::size_t max_idle_actors = 100'000;
  std::chrono::milliseconds actor_idle_time = std::chrono::minutes(1);
  /// No threads: actors run when `run_one` is called.
  bool deterministic = false;
  /// Called when everything of a deleted namespace is removed.
  std::function<void(const NamespaceEntry&)> namespace_gone = [](const NamespaceEntry&) {};
};

/// Threads: any, except the constructor, `stop` and the destructor.
class ActorRuntime {
 public:
  /// `services` must outlive it.
  ActorRuntime(Services& services, ActorOptions options);

  /// Requires that what its actors put into the log is completed. Stops, if that was not done.
  ~ActorRuntime();

  /// Makes the supervisors of a namespace. Before the first request to it.
  void add(const std::shared_ptr<NamespaceEntry>& entry);

  /// Ends the supervisors of a namespace that is gone. Requires as `stop`, for that namespace.
  void remove(core::NamespaceNumber number);

  /// Sends a request to the supervisor of its workflow id.
  static void route(RequestPtr request) {
    Mailboxes& mailboxes = request->name_space->mailboxes();
    mailboxes.deliver(std::move(request));
  }

  /// How often `tick_supervisors` should be called.
  std::chrono::milliseconds supervisor_tick() const;

  /// Lets the supervisors drop actors that have been idle for long.
  void tick_supervisors();

  /// Lets the retention actor look for what has expired.
  void tick_retention();

  /// Lets the timer actor fire what is due.
  void tick_timers();

  /// Fires all timers that are due, and waits for what comes of them. Gives the number of runs that
  /// timed out.
  Future<Result<std::uint64_t>> fire_timers_now();

  /// Runs the retention actor until nothing that has expired by now is left. Gives the number of
  /// runs that went.
  Future<Result<std::uint64_t>> reclaim_now();

  /// Drops all workflow actors that are idle. Gives their number.
  Future<Result<std::uint64_t>> passivate_now();

  std::size_t live_actors() const;

  /// Ends all actors and waits for that; afterwards none of them adds to the log. Requires that no
  /// request is under way and none will come.
  void stop();

  // ---- deterministic only ----

  /// Number of actors that have something to do.
  std::size_t runnable() const;

  /// Lets one of them handle one message: the one at that position. Requires position < runnable().
  void run_one(std::size_t position = 0);

  /// Runs until no actor has anything to do.
  void run_all();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onerun::actors
