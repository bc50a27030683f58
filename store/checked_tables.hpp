// A check of each table before RocksDB reads it, for damage that would end the process.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>

namespace onerun::store {

/// A file system that refuses to open such a table with Corruption, which names the file. All else
/// goes to `files`.
///
/// RocksDB reads a table's properties without a look at their checksum. The last four bytes of a
/// block count its restarts; their highest bit says that the block has an index of hashes, which
/// properties never have. RocksDB, as Debian builds it, then ends the process with an assertion.
/// The check takes a size and three short reads whenever a table is opened.
std::shared_ptr<rocksdb::FileSystem> check_tables(std::shared_ptr<rocksdb::FileSystem> files);

}  // namespace onerun::store
