// Merges the small tables that many short lives of a store leave behind.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "onerun/log.hpp"
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

/// Takes the first tables of one place that lie side by side, are too many and are all whole.
/// Empty: there are none. Asks about each table at most once, and about none behind those taken.
/// Example: with at most 2 side by side, a place with a, b, DAMAGED, d, e, f gives d, e, f.
std::vector<std::string> first_whole(const std::vector<std::vector<std::string>>& places,
                                     const std::function<bool(const std::string&)>& is_whole);

/// Each opening leaves a table for each family that the log of the life before has changed. RocksDB
/// moves tables down without merging them if their keys don't overlap, as those of new runs don't,
/// and never merges what is below its sizes; so their number would grow with each opening. Here
/// one place of each level is merged within its level, at most `kMostMergedBytes`.
///
/// Leaves out tables that RocksDB merges at the moment. Leaves out tables that can't be read whole,
/// too, since a merge that meets damage ends all writing; `log`, which may be null, gets a line
/// with the file's name. Reads each table that it merges twice. Errors: RocksDB's own. After one,
/// RocksDB refuses to write until the database is opened again.
Status merge_small_tables(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, LogSink* log);

}  // namespace onerun::store
