// The default source of ids.
#pragma once

#include <atomic>
#include <cstdint>

#include "onerun/ids.hpp"

namespace onerun::runtime {

/// UUIDv7 that grow within this source, whatever the clock does, with 62 random bits each.
class SystemIdSource final : public IdSource {
 public:
  RunId next_run_id(Timestamp now) override;
  Uuid next_namespace_id() override;

 private:
  std::atomic<std::uint64_t> last_{0};
};

/// The position behind `last` that a source gives out next: that of `now`, or the one after `last`
/// if that is later. Threads: any.
std::uint64_t next_order(std::atomic<std::uint64_t>& last, Timestamp now);

}  // namespace onerun::runtime
