// The store on disk: RocksDB in a directory of its own, beside a format file, a lock and a
// high-water mark. docs/format.md is the contract.
#pragma once

#include <filesystem>
#include <memory>

#include "onerun/log.hpp"
#include "onerun/options.hpp"
#include "store/store.hpp"

namespace rocksdb {
class FileSystem;
}  // namespace rocksdb

namespace onerun::store {

/// What a RocksDB store needs to know.
struct RocksDbStoreOptions {
  std::filesystem::path data_dir;
  Durability durability = Durability::kSync;
  bool accept_lost_commits = false;
  RocksDbOptions tuning = {};
  std::shared_ptr<LogSink> log = nullptr;  ///< what RocksDB has to say; null: nobody wants to know
  std::shared_ptr<rocksdb::FileSystem> file_system = nullptr;  ///< null: the machine's
};

/// Opens the store of a directory to be read, and writes nothing there. Its commits, syncs and
/// epochs are refused with failed_precondition.
///
/// Errors: as for `open_rocksdb_store`, and not_found if there is no store.
Result<std::unique_ptr<Store>> open_rocksdb_store_to_read(const RocksDbStoreOptions& options);

/// What opening found.
struct OpenedStore {
  std::unique_ptr<Store> store;
  /// Acknowledged commits that are gone; above 0 only with `accept_lost_commits`.
  std::uint64_t lost_commits = 0;
};

/// Opens the store of a directory, or makes one in an empty or missing directory.
///
/// Errors:
///  - failed_precondition: the directory is in use, or of a newer format
///  - permission_denied, resource_exhausted, unavailable: what the system said
///  - data_loss: the store is damaged, or its log ends before the high-water mark
Result<OpenedStore> open_rocksdb_store(const RocksDbStoreOptions& options);

}  // namespace onerun::store
