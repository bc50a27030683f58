// Clients of an engine without threads: they ask, let it work, and have every answer checked
// against the simulator's model, through all lives of the process on a disk that fails.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "onerun/testing.hpp"
#include "runtime/engine.hpp"
#include "tests/faults/failing_disk.hpp"
#include "tests/faults/other_namespace.hpp"
#include "tests/sim/checker.hpp"
#include "tests/sim/dice.hpp"
#include "tests/sim/requests.hpp"

namespace onerun::test {

struct ClientsOptions {
  std::filesystem::path directory;
  std::uint64_t seed;
  Durability durability = Durability::kSync;
  std::size_t most_padding = 2'000;  ///< bytes, of inputs, results and signals
};

class Clients {
 public:
  explicit Clients(const ClientsOptions& options);
  ~Clients() { close_engine(); }

  sim::Checker& checker() { return checker_; }
  sim::Dice& dice() { return dice_; }

  // ---- lives of the process ----

  /// Opens the directory on that disk; the namespace too, if it is not there.
  Status open(const std::shared_ptr<FailingDisk>& disk) {
    return open_at(options_.directory, disk);
  }

  /// Opens a copy.
  Status open_at(const std::filesystem::path& directory, const std::shared_ptr<FailingDisk>& disk);

  /// The process ends as it should.
  void shut_down();

  /// The process is killed: it says and writes nothing any more, what it wrote is there.
  void kill() { end_process(false); }

  /// The power is cut, or was.
  PowerLoss lose_power();

  // ---- steps ----

  /// Does something random.
  void step();

  /// Asks for something random.
  void ask();

  void work();

  /// Lets RocksDB's threads do what they have been asked for.
  static void let_tables_be_written();

  void move_clock(Duration by);
  void fire_timers();
  void reclaim();
  void passivate();
  OtherNamespace& other() { return other_; }
  void change_other(bool deletes) { other_.change(*engine_, deletes); }
  void start_in_other() { other_.start(*engine_, requests_.some_id()); }

  /// False once it is not known what the engine has done of itself, and it must end.
  bool may_go_on() const { return !is_unsure_; }

  // ---- looks, on a disk that is well ----

  /// Looks at everything that was ever heard of.
  void look();

  /// Everything closed expires, and is reclaimed.
  void expire_everything();

  /// Reads the whole store. `everything_expired`: nothing closed may be left.
  void audit(bool everything_expired) { audit(*store_, everything_expired); }

  /// The same of a directory that is closed, as an operator does it.
  void audit_closed(const std::filesystem::path& directory, bool everything_expired);

 private:
  void submit(sim::Operation operation);
  template <class Answer>
  void hear(sim::Checker::Ticket ticket, Answer answer);
  bool is_fault(const Status& status);
  bool is_disk_well() const { return disk_->failed() == failed_before_; }
  void look_at_something();
  void sync();
  void audit(const store::Store& store, bool everything_expired);
  void end_process(bool loses_unsynced);
  void close_engine();

  const ClientsOptions options_;
  sim::Dice dice_;
  std::shared_ptr<testing::ManualClock> clock_ = std::make_shared<testing::ManualClock>();
  std::shared_ptr<testing::SeededIdSource> ids_;
  sim::Checker checker_;
  sim::Requests requests_;
  OtherNamespace other_{checker_};

  std::shared_ptr<FailingDisk> disk_;
  std::uint64_t failed_before_ = 0;  ///< calls of the disk, in lives before
  std::shared_ptr<runtime::Engine> engine_;
  const store::Store* store_ = nullptr;  ///< of the engine
  std::uint64_t life_ = 0;
  unsigned under_way_ = 0;
  bool has_failed_ = false;  ///< a commit
  bool is_unsure_ = false;   ///< which timers have fired
};

}  // namespace onerun::test
