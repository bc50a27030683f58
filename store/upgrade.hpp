// What a store of an older format gets when it is opened.
#pragma once

#include <functional>

#include "core/write_set.hpp"
#include "onerun/status.hpp"
#include "store/store.hpp"

namespace onerun::store {

/// Gives `write` the entries of the index that runs of the store lack. May be done again, also if
/// it has come to an end in the middle. Errors: those of `write` and of the store; data_loss with
/// family and key.
Status index_runs(const Store& store, const std::function<Status(const core::WriteSet&)>& write);

}  // namespace onerun::store
