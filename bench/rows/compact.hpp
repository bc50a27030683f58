// A full compaction of a store that nobody has open, which the library does not offer.
#pragma once

#include <onerun/status.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace onerun::bench {

/// Bytes of table files by family.
using TableBytes = std::map<std::string, std::uint64_t>;

/// Merges all tables of each family into the last level, with the options that the store was
/// written with. Errors: as RocksDB says.
Result<TableBytes> compact(const std::filesystem::path& data_dir);

}  // namespace onerun::bench
