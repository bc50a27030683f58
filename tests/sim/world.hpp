// One simulated schedule: a runtime without threads on a simulated disk, clients that ask for
// anything, and a seed that chooses what happens next.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onerun/testing.hpp"
#include "runtime/engine.hpp"
#include "tests/sim/checker.hpp"
#include "tests/sim/dice.hpp"
#include "tests/sim/requests.hpp"
#include "tests/sim/sim_store.hpp"

namespace onerun::sim {

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

  /// In every fourth schedule histories are soon too long to lie beside their runs.
  std::size_t most_padding() const { return options_.seed % 4 == 3 ? 3'000 : 0; }

  std::uint64_t draw(std::uint64_t bound) { return dice_.draw(bound); }
  bool chance(unsigned percent) { return dice_.chance(percent); }
  void say(const std::string& what) {
    if (options_.trace) options_.trace(what);
  }

  // ---- lives ----
  void open();
  void end_process();
  void crash(bool loses_unsynced);
  void take_over();
  void after_step();

  // ---- steps ----
  void step();
  void run_actor();
  void commit();
  void submit();
  void move_clock();
  void change_retention();
  void fire_timers();
  void break_something();
  bool fault_is_to_come() const;

  Retention some_retention();

  void submit(const Operation& operation);
  void submit_batch();
  void submit_invalid(std::uint64_t which);
  void expect_refused(std::string_view field, const std::optional<Status>& answer);
  Checker::Ticket note(const Operation& operation, Checker::Heard heard);
  void hear(Checker::Ticket ticket, ModelAnswer answer);
  bool is_unknown(const Status& status);

  // ---- reads ----
  void describe();
  void list();
  std::vector<ListedRun> list_by(const std::string& filter, std::size_t page_size);
  void list_some(const std::vector<ListedRun>& all, std::size_t page_size);
  void read_history();
  void read_in_pages(const RunRef& run, const HistoryPage& whole);
  void list_runs();
  void list_runs_of(const WorkflowId& id);
  void wait_closed();
  void wait_history(const RunRef& asked, const RunRef& run, std::uint64_t next_event_id);
  void subscribe(const RunRef& asked, const RunRef& run);
  void listen(std::uint64_t number, const Result<HistoryPage>& page);

  // ---- the second namespace ----
  enum class Other { kAbsent, kThere, kDeprecated, kUnknown };
  void change_other();
  void deprecate_other();
  void start_in_other();
  static bool may_answer(Other asked_of, StatusCode code);
  void check_other();

  // ---- the end ----
  void check_the_end();
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
  Requests requests_{dice_, checker_, most_padding()};

  std::uint64_t life_ = 0;
  SimStore* store_ = nullptr;  ///< of the engine
  std::shared_ptr<runtime::Engine> engine_;
  bool fault_is_expected_ = false;
  bool sync_fails_ = false;  ///< it is expected of the next sync

  std::uint64_t looked_ = 0;  ///< counts what is looked at in turns
  unsigned under_way_ = 0;
  unsigned actor_failures_ = 0;  ///< in this life
  bool retention_changes_ = false;
  bool may_lack_links_ = false;  ///< what had expired has not for ever

  Other other_ = Other::kAbsent;
  bool other_changes_ = false;
  std::uint64_t incarnation_ = 0;  ///< counts the deletions that were acknowledged
  std::map<RunId, std::uint64_t> runs_of_other_;
  unsigned in_other_ = 0;  ///< starts under way there

  std::map<std::uint64_t, RunRef> waiting_;  ///< for the ends of runs
  std::uint64_t last_wait_ = 0;

  /// Somebody who waits for the next event of a run.
  struct Listener {
    RunRef run;
    std::uint64_t next_event_id = 1;
    bool has_ended = false;
    Subscription subscription = {};
  };
  std::map<std::uint64_t, Listener> listeners_;
  std::uint64_t last_listener_ = 0;
  std::uint64_t syncs_seen_ = 0;
};

}  // namespace onerun::sim
