// One simulated schedule: a runtime without threads on a simulated disk, clients that ask for
// anything, and a seed that chooses what happens next.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "onerun/testing.hpp"
#include "runtime/engine.hpp"
#include "tests/sim/checker.hpp"
#include "tests/sim/sim_store.hpp"

namespace onerun::sim {

/// What happens by chance: numbers from a seed, or bytes that somebody else has thought of.
class Dice {
 public:
  Dice(std::uint64_t seed, std::string_view bytes)
      : random_(seed), bytes_(bytes), has_bytes_(!bytes.empty()) {}

  std::uint64_t draw(std::uint64_t bound) {
    if (!has_bytes_) return random_() % bound;
    std::uint64_t number = 0;
    for (std::uint64_t range = 1; range < bound && !bytes_.empty(); range <<= 8) {
      number = number << 8 | static_cast<std::uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
    }
    return number % bound;
  }

  /// True if the bytes are used up.
  bool is_empty() const { return has_bytes_ && bytes_.empty(); }

 private:
  std::mt19937_64 random_;
  std::string_view bytes_;
  const bool has_bytes_;
};

struct WorldOptions {
  std::uint64_t seed = 1;
  std::string_view bytes = {};  ///< instead of the seed
  unsigned steps = 120;
  std::function<void(const std::string&)> trace = {};  ///< told what happens, step by step
};

/// What a schedule did.
struct WorldResult {
  std::optional<std::string> violation = {};
  std::uint64_t answers_checked = 0;
  std::uint64_t lives = 0;
};

class World {
 public:
  explicit World(const WorldOptions& options);
  ~World();

  WorldResult run();

 private:
  class Sink;

  std::uint64_t draw(std::uint64_t bound) { return dice_.draw(bound); }
  bool chance(unsigned percent) { return draw(100) < percent; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[draw(from.size())];
  }
  void say(const std::string& what) {
    if (options_.trace) options_.trace(what);
  }

  // ---- lives ----
  void open();
  void end_process();
  void crash(bool power_cut);
  void take_over();
  void after_step();

  // ---- steps ----
  void step();
  void run_actor();
  void commit();
  void submit();
  void submit_start();
  Signal some_signal();
  void add_deadlines(StartRequest& request);
  void submit_change();
  void submit_reset(Operation& operation);
  void describe();
  void list();
  void read_history();
  void list_runs();
  void wait_closed();
  void move_clock();
  void change_retention();
  void change_other();
  void start_in_other();
  void fire_timers();
  void break_something();

  WorkflowId some_id();
  RunId some_run(const WorkflowId& id);
  Retention some_retention();

  void submit(Operation operation);
  bool is_unknown(const Status& status);

  // ---- the end ----
  void check_the_end();
  void check_other();
  void audit(bool everything_expired);

  const WorldOptions options_;
  Dice dice_;
  const Durability durability_;
  std::shared_ptr<Disk> disk_ = std::make_shared<Disk>();
  std::shared_ptr<testing::ManualClock> clock_ = std::make_shared<testing::ManualClock>();
  Timestamp latest_{};  ///< that the clock has shown
  std::shared_ptr<testing::SeededIdSource> ids_;
  Retention retention_;
  Checker checker_;

  std::uint64_t life_ = 0;
  SimStore* store_ = nullptr;  ///< of the engine
  std::shared_ptr<runtime::Engine> engine_;
  bool fault_is_expected_ = false;

  unsigned requests_ = 0;
  std::vector<StartRequest> made_;  ///< to be repeated
  std::vector<Operation> resets_;   ///< so are these
  unsigned under_way_ = 0;
  bool retention_changes_ = false;

  /// A second namespace, registered and deleted again and again.
  enum class Other { kAbsent, kThere, kUnknown };
  Other other_ = Other::kAbsent;
  bool other_changes_ = false;
  std::uint64_t incarnation_ = 0;  ///< counts the deletions that were acknowledged
  std::map<RunId, std::uint64_t> runs_of_other_;

  std::map<std::uint64_t, RunRef> waiting_;
  std::uint64_t last_wait_ = 0;
  std::uint64_t syncs_seen_ = 0;
};

}  // namespace onerun::sim
