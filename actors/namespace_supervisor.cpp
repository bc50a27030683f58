#include "actors/namespace_supervisor.hpp"

#include <algorithm>
#include <exception>
#include <limits>

#include "actors/workflow_actor.hpp"
#include "core/fault.hpp"

namespace onerun::actors {
namespace {

/// How many idle actors one request may drop to make room: enough to get below the bound, little
/// enough that no request waits for a great clean-up.
constexpr int kDropsPerRequest = 4;

/// In how many steps an idle time is measured.
constexpr int kTicksPerIdleTime = 4;

}  // namespace

PassivationPolicy PassivationPolicy::of(std::size_t max_idle_actors,
                                        std::chrono::milliseconds idle_time) {
  const auto tick = std::clamp<std::chrono::milliseconds>(
      idle_time / kTicksPerIdleTime, std::chrono::milliseconds(1), std::chrono::seconds(15));
  return {max_idle_actors, idle_time, tick};
}

NamespaceSupervisor::NamespaceSupervisor(caf_facade::ActorConfig& config, Services& services,
                                         PassivationPolicy policy,
                                         std::atomic<std::size_t>& live_actors)
    : caf_facade::ActorBase(config),
      services_(services),
      policy_(policy),
      live_actors_(live_actors) {}

NamespaceSupervisor::~NamespaceSupervisor() { live_actors_.fetch_sub(directory_.size()); }

caf_facade::Behavior NamespaceSupervisor::make_behavior() {
  return {
      [this](Deliver& message) { deliver(message); },
      [this](Tick) { tick(); },
      [this](PassivateIdle& message) {
        message.passivated->set(drop_idle_until(std::numeric_limits<std::uint64_t>::max()));
      },
  };
}

void NamespaceSupervisor::deliver(Deliver& message) {
  const RequestPtr request = std::move(message.request);
  try {
    Entry& entry = find_or_make(request->workflow_id().text());
    use(entry);
    const std::uint64_t others = delivered_ - entry.seen;
    caf_facade::send(*this, entry.actor, Deliver{request, entry.is_taken_over, others});
    entry.is_taken_over = false;
    ++entry.delivered;
    entry.seen = ++delivered_;
  } catch (const std::exception& reason) {
    // A supervisor outlives what it can't serve: there is no memory for another actor.
    request->answer(Status(StatusCode::kUnavailable,
                           std::string("the request was not done, ask again: ") + reason.what()),
                    services_);
  }
  drop_surplus();
}

NamespaceSupervisor::Entry& NamespaceSupervisor::find_or_make(const std::string& workflow_id) {
  if (const auto found = directory_.find(workflow_id); found != directory_.end()) {
    return found->second;
  }
  if (Entry* entry = is_full() ? take_over_oldest(workflow_id) : nullptr) return *entry;
  caf_facade::Actor actor = caf_facade::spawn_owned<WorkflowActor>(*this, services_);
  const auto made = directory_.try_emplace(workflow_id).first;
  Entry& entry = made->second;
  entry.workflow_id = made->first;
  entry.actor = std::move(actor);
  entry.seen = delivered_;
  live_actors_.fetch_add(1, std::memory_order_relaxed);
  services_.metrics.actor_spawned();
  return entry;
}

bool NamespaceSupervisor::is_full() const {
  return live_actors_.load(std::memory_order_relaxed) >= policy_.max_idle_actors;
}

/// Gives the actor that was idle longest to another id; nullptr if none is idle.
NamespaceSupervisor::Entry* NamespaceSupervisor::take_over_oldest(const std::string& workflow_id) {
  if (oldest_ == nullptr || !is_idle(*oldest_)) return nullptr;
  std::string key = workflow_id;  // what needs memory comes first
  auto node = directory_.extract(directory_.find(oldest_->workflow_id));
  node.key() = std::move(key);
  const auto at = directory_.insert(std::move(node)).position;
  Entry& entry = at->second;
  entry.workflow_id = at->first;
  entry.is_taken_over = true;
  entry.seen = delivered_;
  services_.metrics.actor_spawned();
  services_.metrics.actors_passivated(1);
  return &entry;
}

/// Makes an entry the most recently used one.
void NamespaceSupervisor::use(Entry& entry) {
  entry.used_at = now_;
  if (newest_ == &entry) return;
  unlink(entry);
  entry.older = newest_;
  entry.newer = nullptr;
  (newest_ == nullptr ? oldest_ : newest_->newer) = &entry;
  newest_ = &entry;
}

void NamespaceSupervisor::unlink(Entry& entry) {
  if (entry.older != nullptr) entry.older->newer = entry.newer;
  if (entry.newer != nullptr) entry.newer->older = entry.older;
  if (oldest_ == &entry) oldest_ = entry.newer;
  if (newest_ == &entry) newest_ = entry.older;
}

bool NamespaceSupervisor::is_idle(const Entry& entry) {
  return caf_facade::object_of<WorkflowActor>(entry.actor).is_idle_after(entry.delivered);
}

bool NamespaceSupervisor::drop_if_idle(Entry& entry) {
  if (!is_idle(entry) && !ONERUN_FAULT(kLoseMessageAtPassivation)) return false;
  unlink(entry);
  directory_.erase(directory_.find(entry.workflow_id));
  live_actors_.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

/// Drops idle actors that were last used at that tick or before. Returns how many.
std::size_t NamespaceSupervisor::drop_idle_until(std::uint64_t used_at) {
  std::size_t dropped = 0;
  for (Entry* entry = oldest_; entry != nullptr && entry->used_at <= used_at;) {
    Entry* const next = entry->newer;
    if (drop_if_idle(*entry)) ++dropped;
    entry = next;
  }
  services_.metrics.actors_passivated(static_cast<double>(dropped));
  return dropped;
}

/// Drops the actors that were idle longest as long as there are too many.
void NamespaceSupervisor::drop_surplus() {
  int dropped = 0;
  while (dropped < kDropsPerRequest && oldest_ != nullptr &&
         live_actors_.load(std::memory_order_relaxed) > policy_.max_idle_actors &&
         drop_if_idle(*oldest_)) {
    ++dropped;
  }
  if (dropped > 0) services_.metrics.actors_passivated(dropped);
}

void NamespaceSupervisor::tick() {
  ++now_;
  const auto idle_ticks = static_cast<std::uint64_t>(policy_.idle_time / policy_.tick);
  if (now_ > idle_ticks) drop_idle_until(now_ - idle_ticks - 1);
  const std::size_t live = live_actors_.load(std::memory_order_relaxed);
  if (live > policy_.max_idle_actors) {
    // Others may have made them: give up the own share that was not used since the last tick.
    drop_idle_until(now_ - 1);
  }
}

}  // namespace onerun::actors
