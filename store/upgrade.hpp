// What a store of an older format gets when it is opened.
#pragma once

#include <functional>

#include "core/write_set.hpp"
#include "onerun/status.hpp"
#include "store/store.hpp"

namespace onerun::store {

/// Gives `write` what makes a store of format 1 or 2 one of today's format: event ids in heads, the
/// entries of the index that runs lack, and histories that are too long to lie beside their runs.
/// Each set is to be applied as a whole, before the next one is made. May be done again, also if it
/// has come to an end in the middle. Memory does not grow with the store. Errors: those of `write`
/// and of the store; data_loss with family and key.
Status upgrade(const Store& store, const std::function<Status(const core::WriteSet&)>& write);

}  // namespace onerun::store
