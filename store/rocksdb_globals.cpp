#include "store/rocksdb_globals.hpp"

#include <rocksdb/env.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>

#include <memory>
#include <mutex>
#include <string>

#include "store/rocksdb_options.hpp"

namespace onerun::store {
namespace {

/// Writes a table in memory and reads it, without a thread. Nothing depends on what comes of it.
void use_table() {
  const std::unique_ptr<rocksdb::Env> memory(rocksdb::NewMemEnv(rocksdb::Env::Default()));
  rocksdb::Options options(
      rocksdb::DBOptions(),
      family_options(core::Family::kRun, {}, rocksdb::NewLRUCache(std::size_t{1} << 20)));
  options.env = memory.get();
  const std::string name = "/table";
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options);
  if (!writer.Open(name).ok()) return;
  static_cast<void>(writer.Put("key", std::string(std::size_t{8} << 10, 'x')));
  static_cast<void>(writer.Finish());
  rocksdb::SstFileReader reader(options);
  if (!reader.Open(name).ok()) return;
  const std::unique_ptr<rocksdb::Iterator> at(reader.NewIterator({}));
  at->SeekToFirst();
}

}  // namespace

void make_rocksdb_globals() {
  static std::once_flag once;
  std::call_once(once, use_table);
}

}  // namespace onerun::store
