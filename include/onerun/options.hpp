// How a runtime is opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "onerun/export.hpp"
#include "onerun/ids.hpp"
#include "onerun/log.hpp"
#include "onerun/time.hpp"

namespace onerun {

/// Where runs are kept.
enum class StoreKind : std::uint8_t {
  kRocksDb,  ///< in `data_dir`, on disk
  kMemory,   ///< in this process alone; everything is gone when the runtime is
};

/// What has happened to a change before its answer is given.
enum class Durability : std::uint8_t {
  /// It is on disk (fdatasync). Survives a crash of the process, of the system, and a power cut.
  kSync,
  /// It is with the operating system. Survives a crash of the process. A crash of the system may
  /// lose the changes of the last `async_loss_window`, never a part in the middle.
  kAsync,
  /// It is in memory. A crash may lose everything since the last clean shutdown.
  kMemory,
};

ONERUN_EXPORT std::string_view to_string(StoreKind store);
ONERUN_EXPORT std::string_view to_string(Durability durability);
ONERUN_EXPORT std::optional<StoreKind> store_kind_from(std::string_view name);
ONERUN_EXPORT std::optional<Durability> durability_from(std::string_view name);

/// A Prometheus registry to record into; made by `use_registry` (onerun/prometheus.hpp).
class MetricsRegistry;

/// Sizes of the RocksDB store.
struct RocksDbOptions {
  /// Memory for changes that are not yet in a table file.
  std::size_t memtable_bytes = std::size_t{64} << 20;
  /// Memory for blocks, indexes and filters of table files.
  std::size_t block_cache_bytes = std::size_t{128} << 20;
  /// The log is cut when it grows past this; bounds the time of recovery.
  std::size_t max_log_bytes = std::size_t{256} << 20;
  /// Table files that are kept open; some 20 other descriptors come on top. More tables are opened
  /// when they are read. 0: half of what the process may open (RLIMIT_NOFILE) at that time. Else at
  /// least 32.
  std::size_t max_open_files = 0;
};

/// Everything that a runtime can be told. `Runtime::open` checks all of it.
struct Options {
  StoreKind store = StoreKind::kRocksDb;

  /// Directory of the RocksDB store; made if it does not exist. One runtime at a time.
  std::filesystem::path data_dir = {};

  Durability durability = Durability::kSync;

  /// With Durability::kAsync: the longest time that an acknowledged change may stay unsynced, plus
  /// the time that one sync takes. 1 ms to 1 h.
  Duration async_loss_window = std::chrono::milliseconds(100);

  /// Requests that may be under way at once, and their bytes. More are refused with
  /// resource_exhausted, at once. At least 1.
  std::size_t max_in_flight = 65'536;
  std::size_t max_in_flight_bytes = std::size_t{256} << 20;

  /// Callers that may wait for a close at once; and as many for the next event of a run, with
  /// subscriptions. At least 1.
  std::size_t max_close_waiters = 1'000'000;

  /// Workflow actors kept in memory while idle, for all namespaces together, and for how long.
  /// Those with work in flight come on top. At least 1, and at least 1 ms.
  std::size_t max_idle_actors = 100'000;
  Duration actor_idle_time = std::chrono::minutes(1);

  /// Supervisors a namespace: each owns a slice of the workflow ids. 1 to 64.
  unsigned supervisors_per_namespace = 4;

  /// Threads that run actors; 0: as many as the process may use cores. At most 256.
  unsigned actor_threads = 0;

  /// Threads that call the handlers of subscriptions, begun with the first one. 1 to 64.
  unsigned delivery_threads = 1;

  /// How often the retention actor looks for expired runs. 1 ms to 1 h.
  Duration reclaim_interval = std::chrono::seconds(1);

  /// How long the destructor of a runtime drains when `shutdown` was not called.
  Duration shutdown_deadline = std::chrono::seconds(30);

  /// Namespaces that can't be deleted.
  std::vector<NamespaceName> protected_namespaces = {};

  /// Open a store whose log has lost acknowledged changes, instead of refusing it. The loss is
  /// logged; the high-water mark starts again at what is there.
  bool accept_lost_commits = false;

  RocksDbOptions rocksdb = {};

  /// Null: the machine's clock.
  std::shared_ptr<const Clock> clock = nullptr;

  /// Null: UUIDv7 that grow within this source, from the system's random numbers.
  std::shared_ptr<IdSource> ids = nullptr;

  /// Null: warnings and errors to standard error.
  std::shared_ptr<LogSink> log = nullptr;

  /// Null: a registry of the runtime's own (`registry_of`, onerun/prometheus.hpp).
  std::shared_ptr<MetricsRegistry> metrics = nullptr;
};

}  // namespace onerun
