// A data directory of an older format becomes one of today's.
#pragma once

#include "onerun/status.hpp"
#include "store/rocksdb_store.hpp"

namespace onerun::store {

/// Where the database is, within a data directory.
inline constexpr const char* kStoreDirectory = "store";

/// Makes a data directory of that format one of today's. The caller owns the directory. The old
/// database is only read until a whole new one is on the disk, beside it. A process that ends
/// anywhere leaves a directory that the next call goes on with. Does nothing for today's format.
///
/// Errors: those of `open_rocksdb_store`; data_loss with family and key. The old database is as it
/// was then.
Status upgrade_directory(const RocksDbStoreOptions& options, unsigned format);

}  // namespace onerun::store
