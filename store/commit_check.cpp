#include "store/commit_check.hpp"

#include <string>

#include "core/fault.hpp"

namespace onerun::store {

Status check_commit(const Commit& commit, Epoch current_epoch, CommitNumber last_commit) {
  if (commit.epoch != current_epoch && !ONERUN_FAULT(kForgetEpoch)) {
    return Status(StatusCode::kFailedPrecondition, "epoch " + std::to_string(commit.epoch) +
                                                       " is fenced off by epoch " +
                                                       std::to_string(current_epoch));
  }
  if (commit.number != last_commit + 1) {
    return Status(StatusCode::kInternal, "commit " + std::to_string(commit.number) +
                                             " does not follow commit " +
                                             std::to_string(last_commit));
  }
  return {};
}

}  // namespace onerun::store
