// Run ids that callers bring: each may name one run of a namespace, also when several starts bring
// the same one at once.
#pragma once

#include <limits>
#include <mutex>
#include <string>
#include <unordered_map>

#include "actors/run_reader.hpp"
#include "core/keys.hpp"
#include "store/commit_log.hpp"

namespace onerun::actors {

/// Threads: any, one at a time between `lock` and the end of the lock.
class RunIdClaims {
 public:
  RunIdClaims(const RunReader& reader, const store::CommitLog& log) : reader_(reader), log_(log) {}

  /// Held by a start that brings a run id from the question whether it is used until its group is
  /// in the log. Starts that let onerun mint one never wait here.
  std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }

  /// Whether the run id is used, durably or by a group on its way. Requires the lock.
  Result<bool> in_use(core::NamespaceNumber name_space, const RunId& run_id);

  /// A run id that is about to be used. Given back, unless it is kept.
  class Claim {
   public:
    Claim(RunIdClaims& claims, std::string key) : claims_(claims), key_(std::move(key)) {}
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim() {
      if (!kept_) claims_.claims_.erase(key_);
    }

    /// It is used by the group at that position.
    void keep_until(store::Ticket position) {
      claims_.claims_.at(key_) = position;
      kept_ = true;
    }

   private:
    RunIdClaims& claims_;
    const std::string key_;
    bool kept_ = false;
  };

  /// Claims a run id that is not in use. Requires the lock, as long as the claim lives.
  Claim claim(core::NamespaceNumber name_space, const RunId& run_id) {
    std::string key = core::keys::run(name_space, run_id);
    claims_[key] = kNotInTheLogYet;
    return Claim(*this, std::move(key));
  }

 private:
  static constexpr store::Ticket kNotInTheLogYet = std::numeric_limits<store::Ticket>::max();
  static constexpr std::size_t kLeastSweep = 1024;

  /// Forgets what is durable: it is on the store for all to see. The next sweep comes when the rest
  /// has doubled, so that a start pays a constant share.
  void sweep();

  const RunReader& reader_;
  const store::CommitLog& log_;
  std::mutex mutex_;
  std::unordered_map<std::string, store::Ticket> claims_;
  std::size_t sweep_at_ = kLeastSweep;
};

}  // namespace onerun::actors
