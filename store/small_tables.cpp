#include "store/small_tables.hpp"

#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>

#include <utility>

#include "store/rocksdb_errors.hpp"

namespace onerun::store {
namespace {

rocksdb::CompactionOptions into_one_table() {
  rocksdb::CompactionOptions options;
  options.compression = rocksdb::kDisableCompressionOption;  // as the family says
  options.max_subcompactions = 1;
  return options;
}

/// Reads all of a table. The environment of the database refuses a table that would end the
/// process. A table that is not there any more was merged by RocksDB meanwhile: no line about it.
bool is_whole(const rocksdb::DB& db, const std::string& table, LogSink* log) {
  rocksdb::Options options;
  options.env = db.GetEnv();
  rocksdb::SstFileReader reader(options);
  rocksdb::Status read = reader.Open(db.GetName() + "/" + table);
  if (read.ok()) read = reader.VerifyChecksum();
  const bool is_damaged = !read.ok() && !read.IsPathNotFound();
  if (is_damaged && log != nullptr && log->enabled(LogLevel::kError)) {
    const std::string message = table + " is left out of a merge: " + read.ToString();
    log->write({.level = LogLevel::kError, .message = message});
  }
  return read.ok();
}

}  // namespace

std::vector<std::vector<std::string>> small_neighbours(const rocksdb::LevelMetaData& level) {
  std::vector<std::vector<std::string>> places;
  std::vector<std::string> side_by_side;
  std::uint64_t bytes = 0;
  const auto end_of_place = [&] {
    if (side_by_side.size() > kSmallTablesSideBySide) places.push_back(std::move(side_by_side));
    side_by_side.clear();
    bytes = 0;
  };
  for (const rocksdb::SstFileMetaData& table : level.files) {
    const bool is_taken = table.size < kSmallTableBytes && !table.being_compacted;
    if (!is_taken || bytes + table.size > kMostMergedBytes) end_of_place();
    if (!is_taken) continue;
    side_by_side.push_back(table.relative_filename);
    bytes += table.size;
  }
  end_of_place();
  return places;
}

std::vector<std::string> first_whole(const std::vector<std::vector<std::string>>& places,
                                     const std::function<bool(const std::string&)>& is_whole) {
  for (const std::vector<std::string>& place : places) {
    std::vector<std::string> side_by_side;
    for (const std::string& table : place) {
      if (is_whole(table)) {
        side_by_side.push_back(table);
      } else if (side_by_side.size() > kSmallTablesSideBySide) {
        break;
      } else {
        side_by_side.clear();
      }
    }
    if (side_by_side.size() > kSmallTablesSideBySide) return side_by_side;
  }
  return {};
}

Status merge_small_tables(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, LogSink* log) {
  rocksdb::ColumnFamilyMetaData tables;
  db.GetColumnFamilyMetaData(family, &tables);
  for (const rocksdb::LevelMetaData& level : tables.levels) {
    const auto whole = first_whole(small_neighbours(level), [&](const std::string& table) {
      return is_whole(db, table, log);
    });
    if (whole.empty()) continue;
    const auto merged = db.CompactFiles(into_one_table(), family, whole, level.level);
    // RocksDB took one of them meanwhile.
    if (merged.IsAborted() || merged.IsInvalidArgument()) continue;
    if (!merged.ok()) return from_rocksdb(merged, "merge small tables");
  }
  return {};
}

}  // namespace onerun::store
