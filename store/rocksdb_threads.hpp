// The threads that RocksDB starts, and that may not be there to be had.
#pragma once

#include <rocksdb/env.h>

#include <functional>

#include "onerun/status.hpp"

namespace onerun::store {

/// Starts the threads for flushes and merges, which the process keeps, and then opens a database.
/// RocksDB would start them in the middle of opening, which an exception must not leave; later on
/// it needs no more. Only the last step of opening starts a thread, once in a process.
/// Errors: what `open` returns; resource_exhausted if a thread can't be started, and then it may be
/// asked for again.
Status with_rocksdb_threads(rocksdb::Env& env, const std::function<Status()>& open);

}  // namespace onerun::store
