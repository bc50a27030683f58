// A namespace supervisor owns a slice of a namespace's workflow ids: it keeps the directory of live
// workflow actors, makes one when its id is first asked for, and drops those that are idle.
//
// Dropping needs no message: only the supervisor sends to a workflow actor, so one that has handled
// all it was sent, durably, holds nothing that the store does not. The next request makes a new
// one; or, when there are as many as may be, takes over the one that was idle longest, which costs
// less than to drop it and make another.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/caf.hpp"
#include "actors/messages.hpp"
#include "actors/services.hpp"

namespace onerun::actors {

/// When workflow actors are dropped.
struct PassivationPolicy {
  std::size_t max_idle_actors;
  std::chrono::milliseconds idle_time;
  std::chrono::milliseconds tick;  ///< how often supervisors get a Tick

  /// A policy that looks several times in an idle time, but not more often than needed.
  static PassivationPolicy of(std::size_t max_idle_actors, std::chrono::milliseconds idle_time);
};

class NamespaceSupervisor final : public caf_facade::ActorBase {
 public:
  /// `live_actors` counts those of all supervisors of the runtime.
  NamespaceSupervisor(caf_facade::ActorConfig& config, Services& services, PassivationPolicy policy,
                      std::atomic<std::size_t>& live_actors);
  ~NamespaceSupervisor() override;

  caf_facade::Behavior make_behavior() override;

 private:
  /// A live workflow actor; also a node of the list in the order of use.
  struct Entry {
    caf_facade::Actor actor;
    std::uint64_t delivered = 0;
    std::uint64_t seen = 0;      ///< of what the supervisor has delivered, up to the last of these
    bool is_taken_over = false;  ///< and the actor has not heard of it
    std::uint64_t used_at = 0;   ///< tick of the last request
    std::string_view workflow_id;  ///< the key of this entry
    Entry* older = nullptr;
    Entry* newer = nullptr;
  };

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Directory = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

  void deliver(Deliver& message);
  bool is_full() const;
  Entry& find_or_make(const std::string& workflow_id);
  Entry* take_over_oldest(const std::string& workflow_id);
  void use(Entry& entry);
  void unlink(Entry& entry);
  void tick();
  static bool is_idle(const Entry& entry);
  bool drop_if_idle(Entry& entry);
  std::size_t drop_idle_until(std::uint64_t used_at);
  void drop_surplus();

  Services& services_;
  const PassivationPolicy policy_;
  std::atomic<std::size_t>& live_actors_;
  Directory directory_;
  Entry* oldest_ = nullptr;
  Entry* newest_ = nullptr;
  std::uint64_t now_ = 0;        ///< in ticks
  std::uint64_t delivered_ = 0;  ///< requests, to all actors
};

}  // namespace onerun::actors
