// The engines of this process that are open. They end with it, if nobody has ended them before.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "onerun/options.hpp"
#include "store/process.hpp"

namespace onerun::runtime {

class Engine;

/// An object may be destroyed after others that it needs: a runtime in a global outlives RocksDB's
/// own globals, which are made when the first store is opened. So everything that is open is shut
/// down by a handler of `exit` that is registered behind that first opening, and runs before them.
///
/// Threads: any.
class OpenEngines {
 public:
  /// The ones of this process; never destroyed. A child that was forked has none: its copy of those
  /// of its parent stays, and is not touched, as its lock may have been held at the fork.
  static OpenEngines& of_process();

  /// The exit of the process waits as long as it lives, unless it was made on the thread that
  /// exits.
  class Opening {
   public:
    explicit Opening(OpenEngines& all);
    ~Opening();
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;

    /// False once the process is exiting.
    bool is_allowed() const { return is_allowed_; }

   private:
    OpenEngines& all_;
    bool is_allowed_;
  };

  /// Makes the globals that an engine with such a store needs to the end. Requires an Opening.
  void make_globals(StoreKind store);

  /// From now on it ends with the process. Requires an Opening. Returns false once the process is
  /// exiting: the engine is not known then.
  bool add(const std::shared_ptr<Engine>& engine, StoreKind store);

  /// Shuts it down on a thread of its own, which the exit of the process waits for. Without a
  /// thread it is done when the next one is opened or closed so, at the latest when the process
  /// exits. Requires that it was added.
  void close_in_background(const std::shared_ptr<Engine>& engine) noexcept;

  /// Waits for those that are being closed so and have that directory, and closes those itself that
  /// have no thread. Gives up when the process exits. Does not wait on a thread that they may wait
  /// for: one of a runtime, or one that closes.
  void wait_for_closing(const std::filesystem::path& data_dir);

 private:
  /// Made when the engine is added: later there may be no memory for it.
  struct Entry {
    std::weak_ptr<Engine> engine;
    std::filesystem::path data_dir;
    std::shared_ptr<Engine> to_close = nullptr;  ///< until somebody closes it
    std::thread thread = {};
    bool is_closed = false;
  };
  using Entries = std::list<Entry>;

  /// Behind each of them there are more globals that must outlive all engines.
  enum Point { kBegun, kGlobalsOfRocksDb, kMemoryStore, kRocksDbStore, kPoints };

  OpenEngines();
  static void at_exit();
  void register_handler(Point point);
  void start_closing() noexcept;
  void close(Entry& entry, std::unique_lock<std::mutex>& lock) noexcept;
  template <class Matches>
  void close_waiting(std::unique_lock<std::mutex>& lock, const Matches& matches);
  Entries take_closed();
  static void join(Entries closed);
  std::vector<std::shared_ptr<Engine>> all();
  void close_all();

  const store::ProcessMark process_;
  OpenEngines* of_parent_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  Entries open_;
  Entries closing_;
  std::vector<std::shared_ptr<Engine>> abandoned_;  ///< their threads are still there
  bool is_registered_[kPoints] = {};                ///< the handler
  int openings_ = 0;
  bool is_exiting_ = false;
};

}  // namespace onerun::runtime
