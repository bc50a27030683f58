#include "runtime/id_source.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "actors/host_failure.hpp"
#include "core/uuid.hpp"
#include "onerun/detail/meeting.hpp"

namespace onerun::runtime {
namespace {

std::uint64_t system_random() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

/// A generator for each thread, seeded once: asking the system for every id would cost more than
/// the rest of a start.
std::uint64_t fast_random() {
  thread_local std::mt19937_64 generator{system_random()};
  return generator();
}

}  // namespace

std::uint64_t next_order(std::atomic<std::uint64_t>& last, Timestamp now) {
  const std::uint64_t earliest = core::UuidV7Order::first_of(now);
  std::uint64_t before = last.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    next = std::max(before + 1, earliest);
  } while (!last.compare_exchange_weak(before, next, std::memory_order_relaxed));
  return next;
}

RunId SystemIdSource::next_run_id(Timestamp now) {
  return RunId(core::make_uuid_v7(next_order(last_, now), fast_random()));
}

Uuid SystemIdSource::next_namespace_id() {
  return core::make_uuid_v4(system_random(), system_random());
}

HostIdSource::HostIdSource(std::shared_ptr<IdSource> ids, std::shared_ptr<LogSink> log)
    : ids_(std::move(ids)), log_(std::move(log)) {}

RunId HostIdSource::next_run_id(Timestamp now) {
  const detail::RuntimeThreadScope can_not_wait(*log_);
  return actors::call_host("the id source", [&] { return ids_->next_run_id(now); });
}

Uuid HostIdSource::next_namespace_id() {
  const detail::RuntimeThreadScope can_not_wait(*log_);
  return actors::call_host("the id source", [&] { return ids_->next_namespace_id(); });
}

}  // namespace onerun::runtime
