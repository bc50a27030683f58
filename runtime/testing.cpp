#include "onerun/testing.hpp"

#include "core/uuid.hpp"
#include "runtime/engine.hpp"
#include "runtime/id_source.hpp"
#include "runtime/runtime_access.hpp"

namespace onerun::testing {
namespace {

/// Spreads the bits of a counter (the finaliser of SplitMix64).
std::uint64_t spread(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

}  // namespace

ManualClock::ManualClock(Timestamp start) : now_ms_(start.time_since_epoch().count()) {}

Timestamp ManualClock::now() const {
  return Timestamp(Duration(now_ms_.load(std::memory_order_acquire)));
}

void ManualClock::set(Timestamp instant) {
  now_ms_.store(instant.time_since_epoch().count(), std::memory_order_release);
}

void ManualClock::advance(Duration by) { now_ms_.fetch_add(by.count()); }

SeededIdSource::SeededIdSource(std::uint64_t seed) : seed_(seed) {}

std::uint64_t SeededIdSource::next_random() {
  constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;
  return spread(spread(seed_) + kStep * (drawn_.fetch_add(1) + 1));
}

RunId SeededIdSource::next_run_id(Timestamp now) {
  return RunId(core::make_uuid_v7(runtime::next_order(last_, now), next_random()));
}

Uuid SeededIdSource::next_namespace_id() {
  return core::make_uuid_v4(next_random(), next_random());
}

Result<std::uint64_t> reclaim_now(Runtime& runtime) {
  return RuntimeAccess::engine(runtime)->reclaim_now();
}

Result<std::uint64_t> fire_timers_now(Runtime& runtime) {
  return RuntimeAccess::engine(runtime)->fire_timers_now();
}

Result<std::uint64_t> passivate_now(Runtime& runtime) {
  return RuntimeAccess::engine(runtime)->passivate_now();
}

}  // namespace onerun::testing
