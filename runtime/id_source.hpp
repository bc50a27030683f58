// The default source of ids.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "onerun/ids.hpp"
#include "onerun/log.hpp"

namespace onerun::runtime {

/// UUIDv7 that grow within this source, whatever the clock does, with 62 random bits each.
class SystemIdSource final : public IdSource {
 public:
  RunId next_run_id(Timestamp now) override;
  Uuid next_namespace_id() override;

 private:
  std::atomic<std::uint64_t> last_{0};
};

/// The source of a runtime: the host's, or its own.
///
/// Throws HostFailure if the source throws.
class HostIdSource final : public IdSource {
 public:
  HostIdSource(std::shared_ptr<IdSource> ids, std::shared_ptr<LogSink> log);

  RunId next_run_id(Timestamp now) override;
  Uuid next_namespace_id() override;

 private:
  const std::shared_ptr<IdSource> ids_;
  const std::shared_ptr<LogSink> log_;
};

/// The position behind `last` that a source gives out next: that of `now`, or the one after `last`
/// if that is later. Threads: any.
std::uint64_t next_order(std::atomic<std::uint64_t>& last, Timestamp now);

}  // namespace onerun::runtime
