// RocksDB's own globals.
#pragma once

namespace onerun::store {

/// Makes the globals that RocksDB makes when it first writes a table and reads one; opening a store
/// makes the others. A handler of `exit` that is registered behind both runs while all are there.
/// Done once in a process, in memory, without a thread. Threads: any.
void make_rocksdb_globals();

}  // namespace onerun::store
