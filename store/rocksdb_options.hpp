// How onerun sets RocksDB up, and why.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "core/write_set.hpp"
#include "store/rocksdb_store.hpp"

namespace onerun::store {

rocksdb::ColumnFamilyOptions family_options(core::Family family, const RocksDbStoreOptions& store,
                                            const std::shared_ptr<rocksdb::Cache>& cache);

/// Where a log could not be read on while the database was opened. RocksDB takes what comes before,
/// and says so only to its own log.
class LogDamage {
 public:
  void note(std::string_view message);

  /// Empty if all logs were read to their ends.
  const std::string& file() const { return file_; }
  const std::string& reason() const { return reason_; }

 private:
  std::string file_;
  std::string reason_;
};

/// `create`: make the database if it is not there. `last_commit` and `damage` must outlive the
/// database.
rocksdb::DBOptions db_options(const RocksDbStoreOptions& options, bool create,
                              const std::atomic<CommitNumber>& last_commit, LogDamage& damage);

}  // namespace onerun::store
