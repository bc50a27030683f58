// Run ids that callers bring: each may name one run of a namespace, also when several starts bring
// the same one at once.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/workflow_state.hpp"
#include "onerun/ids.hpp"
#include "store/commit_log.hpp"

namespace onerun::actors {

/// Threads: any. Nothing here waits.
class RunIdClaims {
 public:
  explicit RunIdClaims(const store::CommitLog& log) : log_(log) {}

  /// A run id that a start is being decided for. Given back with its end, unless it is kept.
  class Claim {
   public:
    Claim(Claim&& other) noexcept
        : claims_(std::exchange(other.claims_, nullptr)), key_(std::move(other.key_)) {}
    Claim& operator=(Claim&& other) = delete;
    ~Claim() {
      if (claims_ != nullptr) claims_->give_back(key_);
    }

    /// A group in the log uses the run id.
    void keep_until(store::Ticket position) {
      std::exchange(claims_, nullptr)->keep_until(key_, position);
    }

   private:
    friend RunIdClaims;
    Claim(RunIdClaims& claims, std::string key) : claims_(&claims), key_(std::move(key)) {}

    RunIdClaims* claims_;
    std::string key_;
  };

  enum class Use {
    kNone,       ///< no start brings the run id: it is claimed now. The store may know it
    kOnItsWay,   ///< a group that is not durable yet uses it
    kIsDecided,  ///< another start that brings it is being decided: ask again (`when_decided`)
  };

  /// Claims a run id; the claim is there with Use::kNone only.
  std::pair<Use, std::optional<Claim>> claim(core::NamespaceNumber name_space, const RunId& run_id);

  /// Calls `go_on` once the start that has the claim is decided; at once if none has.
  void when_decided(core::NamespaceNumber name_space, const RunId& run_id,
                    std::function<void()> go_on);

 private:
  static constexpr std::size_t kLeastSweep = 1024;

  struct Entry {
    std::optional<store::Ticket> position = {};  ///< in the log; none: it is being decided
    std::vector<std::function<void()>> waiting = {};
  };

  void give_back(const std::string& key);
  void keep_until(const std::string& key, store::Ticket position);
  void sweep();

  const store::CommitLog& log_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::size_t sweep_at_ = kLeastSweep;
};

}  // namespace onerun::actors
