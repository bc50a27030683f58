// The engines of this process that are open. They end with it, if nobody has ended them before.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "onerun/options.hpp"

namespace onerun::runtime {

class Engine;

/// An object may be destroyed after others that it needs: a runtime in a global outlives RocksDB's
/// own globals, which are made when the first store is opened. So everything that is open is shut
/// down by a handler of `exit` that is registered behind that first opening, and runs before them.
///
/// Threads: any.
class OpenEngines {
 public:
  /// The ones of this process; never destroyed.
  static OpenEngines& of_process();

  /// From now on it ends with the process. Returns false once the process is exiting.
  bool add(const std::shared_ptr<Engine>& engine, StoreKind store);

  bool is_exiting() const { return is_exiting_.load(); }

  /// Shuts it down on a thread of its own, which the exit of the process waits for. Without a
  /// thread it is done when the next one is opened or closed so, at the latest when the process
  /// exits.
  void close_in_background(std::shared_ptr<Engine> engine) noexcept;

  /// Waits for those that are being closed so and have that directory. Not on their threads.
  void wait_for_closing(const std::filesystem::path& data_dir);

 private:
  struct Closing {
    std::filesystem::path data_dir;
    std::thread thread;
    std::shared_ptr<std::atomic<bool>> is_done;
  };

  static void at_exit();
  void register_handler(StoreKind store);
  void start_closing() noexcept;
  void join_closing(const std::function<bool(const Closing&)>& matches);
  void close_all();

  std::mutex mutex_;
  std::vector<std::weak_ptr<Engine>> open_;
  std::shared_ptr<Engine> to_close_;  ///< the first of those that wait for a thread
  std::vector<Closing> closing_;
  std::vector<std::shared_ptr<Engine>> abandoned_;  ///< their threads are still there
  bool is_registered_[2] = {};                      ///< the handler, by kind of store
  std::atomic<pid_t> process_;
  std::atomic<bool> is_exiting_{false};

  OpenEngines();
};

}  // namespace onerun::runtime
