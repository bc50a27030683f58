#include "actors/run_id_claims.hpp"

#include <algorithm>

#include "core/fault.hpp"
#include "core/keys.hpp"

namespace onerun::actors {

std::pair<RunIdClaims::Use, std::optional<RunIdClaims::Claim>> RunIdClaims::claim(
    core::NamespaceNumber name_space, const RunId& run_id) {
  std::string key = core::keys::run(name_space, run_id);
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= sweep_at_) sweep();
  Entry& entry = entries_.try_emplace(key, Entry{.position = store::Ticket{0}}).first->second;
  const bool is_skipped = ONERUN_FAULT(kSkipRunIdClaim);
  if (!entry.position && !is_skipped) return {Use::kIsDecided, std::nullopt};
  if (entry.position > log_.durable() && !is_skipped) return {Use::kOnItsWay, std::nullopt};
  entry.position.reset();
  return {Use::kNone, Claim(*this, std::move(key))};
}

void RunIdClaims::when_decided(core::NamespaceNumber name_space, const RunId& run_id,
                               std::function<void()> go_on) {
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(core::keys::run(name_space, run_id));
    if (entry != entries_.end() && !entry->second.position) {
      entry->second.waiting.push_back(std::move(go_on));
      return;
    }
  }
  go_on();
}

void RunIdClaims::give_back(const std::string& key) {
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) return;
    waiting = std::move(entry->second.waiting);
    entries_.erase(entry);
  }
  for (const auto& go_on : waiting) go_on();
}

void RunIdClaims::keep_until(const std::string& key, store::Ticket position) {
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) return;
    entry->second.position = position;
    waiting = std::move(entry->second.waiting);
  }
  for (const auto& go_on : waiting) go_on();
}

/// Forgets what is durable: it is on the store for all to see. The next sweep comes when the rest
/// has doubled, so that a start pays a constant share.
void RunIdClaims::sweep() {
  const store::Ticket durable = log_.durable();
  std::erase_if(entries_, [&](const auto& entry) {
    return entry.second.position && *entry.second.position <= durable;
  });
  sweep_at_ = std::max(2 * entries_.size(), kLeastSweep);
}

}  // namespace onerun::actors
