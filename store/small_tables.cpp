#include "store/small_tables.hpp"

#include "store/rocksdb_errors.hpp"

namespace onerun::store {
namespace {

rocksdb::CompactionOptions into_one_table() {
  rocksdb::CompactionOptions options;
  options.compression = rocksdb::kDisableCompressionOption;  // as the family says
  options.max_subcompactions = 1;
  return options;
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

Status merge_small_tables(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
  rocksdb::ColumnFamilyMetaData tables;
  db.GetColumnFamilyMetaData(family, &tables);
  for (const rocksdb::LevelMetaData& level : tables.levels) {
    const auto places = small_neighbours(level);
    if (places.empty()) continue;
    const auto merged = db.CompactFiles(into_one_table(), family, places.front(), level.level);
    // RocksDB took one of them meanwhile.
    if (merged.IsAborted() || merged.IsInvalidArgument()) continue;
    if (!merged.ok()) return from_rocksdb(merged, "merge small tables");
  }
  return {};
}

}  // namespace onerun::store
