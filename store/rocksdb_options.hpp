// How onerun sets RocksDB up, and why.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include <atomic>
#include <memory>

#include "core/write_set.hpp"
#include "store/rocksdb_store.hpp"

namespace onerun::store {

rocksdb::ColumnFamilyOptions family_options(core::Family family, const RocksDbStoreOptions& store,
                                            const std::shared_ptr<rocksdb::Cache>& cache);

/// `create`: make the database if it is not there. `last_commit` must outlive the database.
rocksdb::DBOptions db_options(const RocksDbStoreOptions& options, bool create,
                              const std::atomic<CommitNumber>& last_commit);

}  // namespace onerun::store
