// The two checks that every store makes before it applies a commit.
#pragma once

#include "store/store.hpp"

namespace onerun::store {

Status check_commit(const Commit& commit, Epoch current_epoch, CommitNumber last_commit);

}  // namespace onerun::store
