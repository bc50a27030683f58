// Merges the small tables that many short lives of a store leave behind.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <string>
#include <vector>

#include "onerun/status.hpp"

namespace onerun::store {

/// A table smaller than this is small.
inline constexpr std::uint64_t kSmallTableBytes = std::uint64_t{1} << 20;
/// So many small tables may lie side by side in a level of a family.
inline constexpr std::size_t kSmallTablesSideBySide = 8;
/// Bytes that are merged at once, and with it the time that it takes, are bounded. What is left has
/// its turn when the store is opened again.
inline constexpr std::uint64_t kMostMergedBytes = std::uint64_t{16} << 20;

/// Small tables of one level that lie side by side and are too many, one list for each place.
/// Example: with at most 2 side by side, the sizes small, small, LARGE, small, small, small give
/// one list, of the last three.
std::vector<std::vector<std::string>> small_neighbours(const rocksdb::LevelMetaData& level);

/// Each opening leaves a table for each family that the log of the life before has changed. RocksDB
/// moves tables down without merging them if their keys don't overlap, as those of new runs don't,
/// and never merges what is below its sizes; so their number would grow with each opening. Here
/// one place of each level is merged within its level, at most `kMostMergedBytes`.
///
/// What RocksDB merges at the moment is left out. Errors: what RocksDB said.
Status merge_small_tables(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family);

}  // namespace onerun::store
