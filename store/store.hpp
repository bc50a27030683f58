// The store: families of ordered keys, changed by numbered commits under a fencing epoch.
// RocksDB and memory are behind this interface, and later a database that many machines share; the
// same conformance tests run against each.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/write_set.hpp"
#include "onerun/status.hpp"

namespace onerun::store {

using core::Family;

/// Number of an owner of the store. Only the latest may commit.
using Epoch = std::uint64_t;

/// Number of a commit. The first is 1, and no number is left out.
using CommitNumber = std::uint64_t;

/// Changes that become visible and durable together, or not at all.
struct Commit {
  Epoch epoch;
  CommitNumber number;
  std::span<const core::WriteSet* const> writes;  ///< applied in order
  bool sync = true;  ///< return only when it is on disk, and all before it
};

/// Memory that a store holds on purpose, within bounds that its options set. In bytes.
struct MemoryUse {
  std::uint64_t memtables = 0;    ///< changes that are not in a table file yet
  std::uint64_t block_cache = 0;  ///< parts of table files
};

/// What a store has, to be read.
///
/// Threads: may be called from many threads at any time.
class StoreReader {
 public:
  virtual ~StoreReader() = default;

  /// Reads a key into `value`. Returns whether there is one. Sees every commit that has returned.
  /// Errors: data_loss with family and key; unavailable if it can't be read.
  virtual Result<bool> get(Family family, std::string_view key, std::string& value) const = 0;

  /// Called with key and value; returns false to stop.
  using Visitor = std::function<bool(std::string_view key, std::string_view value)>;

  /// Visits the keys from `first` up to but without `last`, in byte order, as of one instant.
  /// The visitor must not call the store. Errors: as for `get`.
  virtual Status scan(Family family, std::string_view first, std::string_view last,
                      const Visitor& visit) const = 0;
};

/// Threads: `get`, `scan`, `last_commit` and `memory_use` may be called from many threads at any
/// time; all others from one thread at a time.
class Store : public StoreReader {
 public:
  /// Makes the caller the owner. Returns an epoch above all before it, durably, and so is all that
  /// was there; from then on a commit with an earlier one is refused.
  virtual Result<Epoch> acquire_epoch() = 0;

  /// Number of the last commit; 0 if there is none.
  virtual CommitNumber last_commit() const = 0;

  /// Applies a commit.
  /// Errors:
  ///  - failed_precondition: the epoch is not the current one; nothing was changed
  ///  - internal: the number is not the one after `last_commit()`; nothing was changed
  ///  - any other: the commit may or may not survive; the store must be opened again
  virtual Status commit(const Commit& commit) = 0;

  /// Makes all commits durable that were made without `sync`.
  /// Errors: as for `commit`, any other.
  virtual Status sync() = 0;

  /// Makes durable what the store's durability leaves to the end. Called once; nothing follows it
  /// but the destructor. Not called after a fault. Errors: as for `commit`, any other.
  virtual Status close() = 0;

  /// Called when there is nothing to commit for a while, at most once after each commit.
  virtual void rest() = 0;

  /// Takes no lock that a commit or a read waits for long.
  virtual MemoryUse memory_use() const = 0;
};

}  // namespace onerun::store
