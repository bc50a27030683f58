// How much of the commit log, and of the threads, one workflow id may take while others want to
// get in.
#pragma once

#include <algorithm>
#include <cstdint>

#include "onerun/time.hpp"
#include "store/commit_log.hpp"

namespace onerun::actors {

/// Counts what one id puts into the log, in turns: a turn lasts until its first group is durable,
/// or until all that the id has put in is settled if it had to wait. If groups of others are under
/// way when a turn begins, the id may put in a quarter as many in that turn, but always a few. If
/// there were none since the last turn began, it may put in twice as many as then: others that come
/// now wait for little.
///
/// Threads: one at a time.
class FairShare {
 public:
  /// What an id may put in in a turn whatever the others do: little beside the time of a sync.
  static constexpr std::uint64_t kAlways = 4;
  /// For how many groups of others it may put in one.
  static constexpr std::uint64_t kOthersForOne = 4;
  /// What it may put in in a turn at most: who comes meanwhile waits for that.
  static constexpr std::uint64_t kMost = 256;

  /// The id has put a group into the log at `ticket`, when all up to `durable` was durable.
  void took(store::Ticket ticket, store::Ticket durable) {
    if (is_over(durable)) begin_turn(ticket, durable);
    last_ = ticket;
    ++taken_;
  }

  /// The turn is over: what the id has put in is durable, or never will be.
  void end_turn() {
    is_ended_ = true;
    last_ = 0;
  }

  /// True if the id has to wait until its turn is over.
  bool is_used_up(store::Ticket durable) const { return taken_ >= share_ && !is_over(durable); }

 private:
  bool is_over(store::Ticket durable) const { return is_ended_ || first_ <= durable; }

  void begin_turn(store::Ticket ticket, store::Ticket durable) {
    const std::uint64_t under_way = ticket - 1 - std::min(ticket - 1, durable);
    const std::uint64_t own = last_ > durable ? std::min(taken_, last_ - durable) : 0;
    const std::uint64_t others = under_way - std::min(under_way, own);
    const bool was_alone = ticket - first_ == taken_;
    share_ = std::clamp(was_alone ? 2 * share_ : others / kOthersForOne, kAlways, kMost);
    first_ = ticket;
    is_ended_ = false;
    taken_ = 0;
  }

  store::Ticket first_ = 0;  ///< of the turn, or of the last one; 0: there was none
  bool is_ended_ = false;    ///< before its first group was seen to be durable
  store::Ticket last_ = 0;   ///< that the id has put in and that may not be settled
  std::uint64_t taken_ = 0;  ///< in this turn
  std::uint64_t share_ = 0;  ///< of this turn
};

/// How often one id may answer at once, with nothing to wait for in the log, while others write. An
/// id that is asked as fast as it answers keeps a thread of the actors and one of its caller's
/// busy: where cores are few, those that serve others then wait for one. An id does not wait that
/// is asked half as often as all others of its supervisor, in between, nor one that stays below a
/// low rate, however long a commit takes: what the id has not used is saved.
///
/// Threads: one at a time.
class AnswerShare {
 public:
  /// For each thread of the actors: little beside what they can do.
  static constexpr std::uint64_t kPerMillisecond = 1;
  /// Of how many milliseconds what is not used is saved: longer than most commits take.
  static constexpr std::uint64_t kMostSaved = 50;
  /// For how many requests of others the id gets one answer more.
  static constexpr std::uint64_t kOthersForOne = 2;
  /// What it gets for others at most, at a time: as often may it be asked in a long commit.
  static constexpr std::uint64_t kMostForOthers = 1024;
  /// What there is after a wait in any case, should the clock stand still.
  static constexpr std::uint64_t kAfterWaiting = 1;

  explicit AnswerShare(std::uint64_t threads)
      : per_millisecond_(threads * kPerMillisecond), saved_(per_millisecond_) {}

  void answered() { saved_ -= std::min<std::uint64_t>(saved_, 1); }
  bool is_used_up() const { return saved_ == 0; }

  /// So many requests were for others.
  void others_asked(std::uint64_t requests) { others_ += requests; }

  /// Adds what has come since the last time. A clock that has stepped back counts as a millisecond.
  void add_until(Timestamp now) {
    if (now != seen_) {
      const std::uint64_t passed =
          now > seen_ ? static_cast<std::uint64_t>((now - seen_).count()) : 1;
      saved_ = std::min(saved_ + std::min(passed, kMostSaved) * per_millisecond_,
                        kMostSaved * per_millisecond_);
      seen_ = now;
    }
    saved_ += std::min(others_ / kOthersForOne, kMostForOthers);
    others_ %= kOthersForOne;
  }

  void has_waited() { saved_ = std::max(saved_, kAfterWaiting); }

 private:
  std::uint64_t per_millisecond_;
  std::uint64_t saved_;
  std::uint64_t others_ = 0;  ///< requests that nothing was added for
  Timestamp seen_{};
};

}  // namespace onerun::actors
