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
#include <vector>

#include "onerun/testing.hpp"
#include "runtime/engine.hpp"
#include "tests/sim/checker.hpp"
#include "tests/sim/sim_store.hpp"

namespace onerun::sim {

struct WorldOptions {
  std::uint64_t seed = 1;
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
  struct Waiting {
    RunRef run;
    std::uint64_t life;
  };

  std::uint64_t draw(std::uint64_t bound) { return random_() % bound; }
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
  bool is_down() const { return fault_ || store_ == nullptr; }
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
  void submit_change();
  void describe();
  void wait_closed();
  void move_clock();
  void change_retention();
  void break_something();

  WorkflowId some_id();
  RunId some_run(const WorkflowId& id);
  Retention some_retention();
  std::vector<Duration> interesting_durations() const;

  void submit(Operation operation);
  bool is_unknown(const Status& status);

  // ---- the end ----
  void settle();
  void check_the_end();
  void audit(bool everything_expired);

  const WorldOptions options_;
  std::mt19937_64 random_;
  const Durability durability_;
  std::shared_ptr<Disk> disk_ = std::make_shared<Disk>();
  std::shared_ptr<testing::ManualClock> clock_ = std::make_shared<testing::ManualClock>();
  std::shared_ptr<testing::SeededIdSource> ids_;
  Retention retention_;
  Checker checker_;

  std::uint64_t life_ = 0;
  SimStore* store_ = nullptr;  ///< of the engine
  std::shared_ptr<runtime::Engine> engine_;
  bool fault_ = false;  ///< the engine has said that it is fenced
  bool fault_is_expected_ = false;
  bool takes_over_ = false;

  unsigned requests_ = 0;
  std::vector<StartRequest> made_;  ///< to be repeated
  unsigned under_way_ = 0;
  bool retention_changes_ = false;
  std::map<std::uint64_t, Waiting> waiting_;
  std::uint64_t last_wait_ = 0;
  std::uint64_t syncs_seen_ = 0;
};

}  // namespace onerun::sim
