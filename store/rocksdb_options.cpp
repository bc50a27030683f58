#include "store/rocksdb_options.hpp"

#include <sys/resource.h>

#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <utility>

#include "core/keys.hpp"
#include "store/append_operator.hpp"
#include "store/background_pace.hpp"

namespace onerun::store {
namespace {

using core::Family;

constexpr std::size_t kOpenMemtableBytes = std::size_t{2} << 20;

/// Bytes that are written to a file at once. Of a table they are less than a millisecond of work,
/// after which it is asked whether the thread should rest. The log has the same buffer.
constexpr std::size_t kFileBufferBytes = std::size_t{32} << 10;

/// Bytes a second that are written while RocksDB holds writes back. Its default, which it would
/// otherwise replace by the rate of the limiter, and here that is no limit.
constexpr std::uint64_t kDelayedWriteRate = std::uint64_t{16} << 20;

/// Hands RocksDB's own log to the host's. Never to a file beside the data: Debian builds RocksDB
/// with assertions, and its file logger ends the process with one when the disk is full.
class LogToSink final : public rocksdb::Logger {
 public:
  LogToSink(std::shared_ptr<LogSink> sink, LogDamage& damage)
      : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL),
        sink_(std::move(sink)),
        damage_(damage) {}

  using rocksdb::Logger::Logv;
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < GetInfoLogLevel()) return;
    std::array<char, 1024> text;
    std::vsnprintf(text.data(), text.size(), format, arguments);
    std::string message = text.data();
    while (message.ends_with('\n')) message.pop_back();
    damage_.note(message);
    const LogLevel ours =
        level >= rocksdb::InfoLogLevel::ERROR_LEVEL ? LogLevel::kError : LogLevel::kWarning;
    if (sink_ == nullptr || !sink_->enabled(ours)) return;
    sink_->write({.level = ours, .message = "rocksdb: " + message});
  }
  void Logv(const char*, va_list) override {}

 private:
  const std::shared_ptr<LogSink> sink_;
  LogDamage& damage_;
};

/// After an error RocksDB would by itself try again what failed. A failed write is never followed
/// by another here: the store is opened again instead.
class NoRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

/// How many bytes of a key name the range in which the next key of a commit lies near the one
/// before: a commit is written in order, and runs start and close one after the other. 0: none do.
constexpr std::size_t range_bytes_of(Family family) {
  constexpr std::size_t kNamespace = core::keys::kNamespaceBytes;
  switch (family) {
    case Family::kHead:
    case Family::kOpen: return kNamespace;
    case Family::kRun:
    case Family::kClosed: return kNamespace + 1;
    case Family::kDue: return kNamespace + 2;
    case Family::kEvent:
    case Family::kBlob:
    case Family::kTimer:
    case Family::kMeta: return 0;
  }
  return 0;
}

/// A run that has closed leaves an entry of the family open and its erasure in the memtable;
/// whoever looks for the newest open runs goes over them, at some 0.4 us each. Both are gone once
/// they are flushed, so that memtable is kept small, and may wait for its turn without a stall.
void keep_dead_entries_few(rocksdb::ColumnFamilyOptions& options) {
  options.write_buffer_size = std::min<std::size_t>(options.write_buffer_size, kOpenMemtableBytes);
  options.max_write_buffer_number = 16;
  // A start and its end may be in two files.
  options.level0_file_num_compaction_trigger = 2;
  options.bottommost_compression = rocksdb::kLZ4Compression;  // it does not stay for long
}

/// Half of the descriptors that the process may have, unless the host has chosen.
int max_open_files(const RocksDbOptions& tuning) {
  constexpr std::size_t kLeast = 32;
  constexpr std::size_t kMost = std::size_t{1} << 20;
  std::size_t files = tuning.max_open_files;
  rlimit limit{};
  if (files == 0 && ::getrlimit(RLIMIT_NOFILE, &limit) == 0) files = limit.rlim_cur / 2;
  return static_cast<int>(std::clamp(files, kLeast, kMost));
}

}  // namespace

/// RocksDB says `<path>: dropping <n> bytes; <reason>`, and nowhere else.
void LogDamage::note(std::string_view message) {
  constexpr std::string_view kDropping = ".log: dropping ";
  const std::size_t at = message.find(kDropping);
  if (at == message.npos || !file_.empty()) return;
  const std::size_t name = message.rfind('/', at) + 1;  // 0 without a folder
  const std::size_t end = at + std::string_view(".log").size();
  file_ = message.substr(name, end - name);
  reason_ = message.substr(end + 2);
}

rocksdb::ColumnFamilyOptions family_options(Family family, const RocksDbStoreOptions& store,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  const RocksDbOptions& tuning = store.tuning;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  const bool is_index = family == Family::kOpen || family == Family::kClosed;
  // The index is only ever scanned.
  if (!is_index) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  // Indexes and filters count against the cache, so that memory does not grow with the store.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // In parts: the filter of a file in one piece is larger than a shard of the cache when the file
  // has a few million keys, and would be read from the disk for each id that is not there.
  table.partition_filters = !is_index;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.metadata_block_size = std::uint64_t{16} << 10;
  table.format_version = 5;

  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.merge_operator = std::make_shared<AppendOperator>();
  options.write_buffer_size = tuning.memtable_bytes;
  options.max_write_buffer_number = 4;
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kZSTD;
  // Admission bounds what comes in; the store must not stall a commit in the middle.
  options.level0_slowdown_writes_trigger = 40;
  options.level0_stop_writes_trigger = 60;
  options.soft_pending_compaction_bytes_limit = 0;
  options.hard_pending_compaction_bytes_limit = 0;
  if (family == Family::kHead) {
    // Most starts ask for a workflow id that is not there: let the memtables say so quickly.
    options.memtable_prefix_bloom_size_ratio = 0.1;
    options.memtable_whole_key_filtering = true;
  }
  if (is_index) {
    // They wait for the merges of others, seconds long, and many small files cost a scan little.
    options.level0_slowdown_writes_trigger = 400;
    options.level0_stop_writes_trigger = 600;
  }
  // Without a log all families are flushed together, so that none can have small memtables.
  const bool is_flushed_alone = store.durability != Durability::kMemory;
  if (family == Family::kOpen && is_flushed_alone) keep_dead_entries_few(options);
  if (const std::size_t range_bytes = range_bytes_of(family); range_bytes > 0) {
    // Most of what an insertion costs is to find its place: here it begins at the last one.
    options.memtable_insert_with_hint_prefix_extractor.reset(
        rocksdb::NewFixedPrefixTransform(range_bytes));
  }
  if (is_index || family == Family::kDue || family == Family::kRun) {
    // Reclaimed ranges leave tombstones that scans would walk over again and again.
    options.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(4096, 2048));
  }
  return options;
}

rocksdb::DBOptions db_options(const RocksDbStoreOptions& options, bool create,
                              const std::atomic<CommitNumber>& last_commit, LogDamage& damage) {
  rocksdb::DBOptions db;
  db.create_if_missing = create;
  db.create_missing_column_families = true;  // of an older format
  db.paranoid_checks = true;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // A log in the middle that is gone, or was cut at the end of a record, would not be missed.
  db.track_and_verify_wals_in_manifest = true;
  db.max_total_wal_size = options.tuning.max_log_bytes;
  db.db_write_buffer_size = 4 * options.tuning.memtable_bytes;
  db.max_open_files = max_open_files(options.tuning);
  db.max_file_opening_threads = 1;  // one that can't be started would end the process
  db.max_background_jobs = 2;
  db.bytes_per_sync = std::uint64_t{1} << 20;
  db.rate_limiter = std::make_shared<BackgroundPace>(last_commit);
  db.writable_file_max_buffer_size = kFileBufferBytes;
  db.delayed_write_rate = kDelayedWriteRate;
  db.enable_write_thread_adaptive_yield = false;  // there is one writer
  db.allow_concurrent_memtable_write = false;
  // What was only in the log of an earlier process may not be on the disk, and RocksDB does not
  // sync a log that it goes on from; after a sync that failed it could not. So it becomes tables.
  db.avoid_flush_during_recovery = false;
  db.skip_stats_update_on_db_open = true;
  // Without a log the families are only consistent with each other if they are flushed together.
  db.atomic_flush = options.durability == Durability::kMemory;
  db.info_log = std::make_shared<LogToSink>(options.log, damage);
  db.listeners.push_back(std::make_shared<NoRecovery>());
  db.max_bgerror_resume_count = 0;
  return db;
}

}  // namespace onerun::store
