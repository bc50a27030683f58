#include "store/rocksdb_threads.hpp"

#include <string>
#include <system_error>

namespace onerun::store {
namespace {

Status no_thread(const std::system_error& error) {
  return Status(StatusCode::kResourceExhausted,
                "can't start a thread of RocksDB: " + error.code().message());
}

Status start_threads(rocksdb::Env& env) {
  try {
    for (const auto priority : {rocksdb::Env::Priority::HIGH, rocksdb::Env::Priority::LOW}) {
      env.IncBackgroundThreadsIfNeeded(1, priority);
      // Starts the threads that an earlier attempt could not start.
      env.Schedule([](void*) {}, nullptr, priority);
    }
    return {};
  } catch (const std::system_error& error) {
    return no_thread(error);
  }
}

}  // namespace

Status with_rocksdb_threads(rocksdb::Env& env, const std::function<Status()>& open) {
  Status started = start_threads(env);
  if (!started.ok()) return started;
  try {
    return open();
  } catch (const std::system_error& error) {
    return no_thread(error);
  }
}

}  // namespace onerun::store
