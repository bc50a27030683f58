// How much of the commit log one workflow id may take while others want to get in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "store/commit_log.hpp"

namespace onerun::actors {

/// Counts what one id puts into the log, in turns that last until the first group of the turn is
/// durable. In a turn an id may put in half as much as all the others together did in the last one;
/// without others, as much as it likes. So a hot id fills at most a third of a commit that others
/// wait for.
///
/// Threads: one at a time.
class FairShare {
 public:
  /// What an id may put in whatever the others do: an id that is not hot never waits.
  static constexpr std::uint64_t kAlways = 4;

  /// The id has put a group into the log at `ticket`, when all up to `durable` was durable.
  void took(store::Ticket ticket, store::Ticket durable) {
    if (is_over_ || first_ <= durable) {
      const std::uint64_t others = ticket - first_ - taken_;
      share_ = others == 0 ? kUnlimited : std::max(kAlways, others / 2);
      first_ = ticket;
      taken_ = 0;
      is_over_ = false;
    }
    ++taken_;
  }

  /// The turn is over: what the id has put in is durable, or never will be.
  void end_turn() { is_over_ = true; }

  /// True if the id has to wait until its turn is over.
  bool is_used_up(store::Ticket durable) const {
    return taken_ >= share_ && !is_over_ && first_ > durable;
  }

 private:
  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

  store::Ticket first_ = 0;  ///< of the turn
  std::uint64_t taken_ = 1;  ///< in this turn; no group has ticket 0, so it is nobody else's
  std::uint64_t share_ = kUnlimited;
  bool is_over_ = false;
};

}  // namespace onerun::actors
