// What RocksDB says went wrong, as a status that names the file, or family and key.
#pragma once

#include <rocksdb/status.h>

#include <filesystem>
#include <string_view>

#include "onerun/status.hpp"
#include "store/store.hpp"

namespace onerun::store {

/// Of a call that changes the store. `what`: the call, in words.
Status from_rocksdb(const rocksdb::Status& error, std::string_view what);

/// Of opening the database in that directory. What can't be right names its file where RocksDB
/// tells: a table, the log, the manifest or CURRENT.
Status open_error(const rocksdb::Status& error, const std::filesystem::path& database);

/// Of reading a key; of reading a range, `key` is its first.
enum class Read { kKey, kRange };
Status read_error(const rocksdb::Status& error, Family family, std::string_view key, Read read);

}  // namespace onerun::store
