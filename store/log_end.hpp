// Whether the log of a store has all that was acknowledged.
#pragma once

#include <filesystem>

#include "onerun/status.hpp"
#include "store/rocksdb_options.hpp"

namespace onerun::store {

/// The log must not end before the commit that was noted as durable. `damage`: where it could not
/// be read on. Errors: data_loss, with the commits and the file.
Status check_log_end(const std::filesystem::path& data_dir, CommitNumber noted, CommitNumber last,
                     const LogDamage& damage);

}  // namespace onerun::store
