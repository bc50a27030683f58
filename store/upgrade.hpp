// A store of an older format becomes one of today's: its records are read, and written anew.
#pragma once

#include <functional>

#include "core/write_set.hpp"
#include "onerun/status.hpp"
#include "store/store.hpp"

namespace onerun::store {

/// Gives `write` all records that a store of today's format has in place of those of `old`, which
/// is of format 1 or 2. Nothing is written twice. Memory does not grow with the store. Errors:
/// those of `write` and of the store; data_loss with family and key.
Status upgrade(const StoreReader& old, const std::function<Status(const core::WriteSet&)>& write);

}  // namespace onerun::store
