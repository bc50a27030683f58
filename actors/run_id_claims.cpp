#include "actors/run_id_claims.hpp"

#include <algorithm>

#include "core/fault.hpp"

namespace onerun::actors {

Result<bool> RunIdClaims::in_use(core::NamespaceNumber name_space, const RunId& run_id) {
  if (claims_.size() >= sweep_at_) sweep();
  const auto claim = claims_.find(core::keys::run(name_space, run_id));
  if (claim != claims_.end() && !ONERUN_FAULT(kSkipRunIdClaim) && claim->second > log_.durable())
    return true;
  return reader_.exists(name_space, run_id);
}

void RunIdClaims::sweep() {
  const store::Ticket durable = log_.durable();
  std::erase_if(claims_, [&](const auto& claim) { return claim.second <= durable; });
  sweep_at_ = std::max(2 * claims_.size(), kLeastSweep);
}

}  // namespace onerun::actors
