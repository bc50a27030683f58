#include "bench/rows/compact.hpp"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/utilities/options_util.h>

#include <memory>
#include <vector>

#include "store/append_operator.hpp"

namespace onerun::bench {
namespace {

Status from_rocksdb(const rocksdb::Status& status) {
  return status.ok() ? Status() : Status(StatusCode::kUnavailable, status.ToString());
}

using Handles = std::vector<rocksdb::ColumnFamilyHandle*>;

Status compact_all(rocksdb::DB& db, const Handles& families, TableBytes& bytes) {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  for (rocksdb::ColumnFamilyHandle* family : families) {
    rocksdb::Status status = db.Flush(rocksdb::FlushOptions(), family);
    if (status.ok()) status = db.CompactRange(options, family, nullptr, nullptr);
    if (!status.ok()) return from_rocksdb(status);
    std::uint64_t size = 0;
    db.GetIntProperty(family, rocksdb::DB::Properties::kLiveSstFilesSize, &size);
    bytes[family->GetName()] = size;
  }
  return {};
}

}  // namespace

Result<TableBytes> compact(const std::filesystem::path& data_dir) {
  const std::string directory = (data_dir / "store").string();
  rocksdb::ConfigOptions config;
  config.ignore_unsupported_options = true;  // the merge operator: only its name is written
  config.ignore_unknown_options = true;
  rocksdb::DBOptions options;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  rocksdb::Status status = rocksdb::LoadLatestOptions(config, directory, &options, &families);
  if (!status.ok()) return from_rocksdb(status);
  for (auto& family : families)
    family.options.merge_operator = std::make_shared<store::AppendOperator>();

  rocksdb::DB* opened = nullptr;
  Handles handles;
  status = rocksdb::DB::Open(options, directory, families, &handles, &opened);
  if (!status.ok()) return from_rocksdb(status);
  const std::unique_ptr<rocksdb::DB> db(opened);
  TableBytes bytes;
  const Status compacted = compact_all(*db, handles, bytes);
  for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  if (!compacted.ok()) return compacted;
  return bytes;
}

}  // namespace onerun::bench
