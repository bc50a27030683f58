// Threads against real runtimes: for every workflow id there is an order of its operations that
// explains all answers.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <random>
#include <thread>

#include "tests/linear/linearizable.hpp"
#include "tests/support/events.hpp"
#include "tests/support/runtimes.hpp"
#include "tests/support/seed.hpp"

namespace onerun::linear {
namespace {

using sim::Operation;

constexpr std::uint64_t kUsualSeed = 0;  // of the first thread; the others follow
constexpr int kThreads = 8;
constexpr int kIdsOfARound = 10;  // that all threads work on, the first one hot
constexpr int kOperationsOfARound = 25 * kIdsOfARound;  // of each thread
#ifdef __SANITIZE_ADDRESS__
constexpr int kRoundsOnDisk = 5;
constexpr int kRoundsInMemory = 20;
#else
constexpr int kRoundsOnDisk = 50;
constexpr int kRoundsInMemory = 450;
#endif

using Histories = std::array<History, kIdsOfARound>;

WorkflowId id_of(int round, std::size_t number) {
  return WorkflowId("id-" + std::to_string(round) + "-" + std::to_string(number));
}

std::int64_t ticks() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

/// One client: asks for anything, of the workflow ids of a round in any order, every fourth time of
/// the hot one.
class Client {
 public:
  Client(Namespace name_space, Timestamp now, std::uint64_t seed, unsigned number)
      : name_space_(std::move(name_space)), now_(now), number_(number), random_(seed + number) {}

  Histories work_on(int round) {
    Histories histories;
    known_ = {};
    for (int i = 0; i < kOperationsOfARound; ++i) {
      const std::size_t number = draws(4) == 0 ? 0 : draws(kIdsOfARound);
      histories[number].push_back(ask(id_of(round, number), known_[number], i));
    }
    return histories;
  }

 private:
  /// What this client has asked of a workflow id, and been told.
  struct Known {
    std::vector<RunId> runs;
    std::vector<StartRequest> requests;
  };

  Entry ask(const WorkflowId& id, Known& known, int i) {
    const unsigned dice = draws(100);
    const RunRef run{id, some_run(known)};
    if (dice < 10) return timed([&] { return describe(run); });
    if (dice < 15) return timed([&] { return history(run); });
    const Operation operation = dice < 65 ? some_start(id, known, i) : some_change(run, i);
    return timed([&] { return change(operation, known); });
  }

  template <class Ask>
  static Entry timed(const Ask& ask) {
    const std::int64_t asked = ticks();
    auto answered = ask();
    return {std::move(answered), asked, ticks()};
  }

  Described describe(const RunRef& run) const { return {run, name_space_.describe(run).get()}; }

  HistoryRead history(const RunRef& run) const {
    return {run, name_space_.history(run, 1, limits::kEventsPerPage).get()};
  }

  Changed change(const Operation& operation, Known& known) const {
    return {operation, answer_to(operation, known)};
  }

  /// The current run, or one that this client knows.
  RunId some_run(const Known& known) {
    const std::vector<RunId>& runs = known.runs;
    return runs.empty() || draws(2) == 0 ? RunId() : runs[draws(unsigned(runs.size()))];
  }

  unsigned draws(unsigned bound) { return static_cast<unsigned>(random_() % bound); }

  Operation some_start(const WorkflowId& id, Known& known, int i) {
    constexpr std::array kConflicts = {ConflictPolicy::kFail, ConflictPolicy::kUseExisting,
                                       ConflictPolicy::kTerminateExisting};
    constexpr std::array kReuse = {ReusePolicy::kAllowDuplicate,
                                   ReusePolicy::kAllowDuplicateFailedOnly};
    if (!known.requests.empty() && draws(5) == 0) {
      return {.kind = Operation::Kind::kStart,
              .now = now_,
              .start = known.requests[draws(static_cast<unsigned>(known.requests.size()))]};
    }
    StartRequest start{.workflow_id = id};
    start.request_id = request_id(i);
    if (draws(16) == 0) {
      start.conflict_policy = ConflictPolicy::kEnqueue;  // for as long as it takes
    } else if (draws(16) == 0) {
      start.conflict_policy = ConflictPolicy::kCancelExisting;
      start.queue_timeout = std::chrono::hours(1);
    } else {
      start.conflict_policy = kConflicts[draws(3)];
      start.reuse_policy = kReuse[draws(2)];
      start.attach_request_id = draws(4) == 0;
    }
    if (draws(4) == 0) start.retry_policy = sim::kModelRetryPolicy;
    known.requests.push_back(start);
    return {.kind = Operation::Kind::kStart, .now = now_, .start = std::move(start)};
  }

  Operation some_change(const RunRef& run, int i) {
    constexpr std::array kCloses = {RunStatus::kCompleted, RunStatus::kFailed,
                                    RunStatus::kTerminated};
    Operation operation{.kind = Operation::Kind::kClose, .now = now_, .run = run};
    operation.close_as = kCloses[draws(3)];
    switch (draws(12)) {
      case 0: operation.kind = Operation::Kind::kRemove; break;
      case 1: operation.kind = Operation::Kind::kCancel; break;
      case 2: operation.kind = Operation::Kind::kContinue; break;
      case 3:
        operation.kind = Operation::Kind::kSignal;
        operation.signal = {.name = "s", .request_id = RequestId(std::to_string(draws(20)))};
        break;
      case 4:
        operation.kind = Operation::Kind::kReset;
        operation.reset = {.event_id = 1 + draws(3), .request_id = request_id(i)};
        break;
      case 5:
        operation.kind = draws(3) == 0 ? Operation::Kind::kPause : Operation::Kind::kUnpause;
        operation.pause.request_id = request_id(i);
        break;
      default: break;
    }
    return operation;
  }

  RequestId request_id(int i) const {
    return RequestId(std::to_string(number_) + "-" + std::to_string(i));
  }

  sim::ModelAnswer answer_to(const Operation& operation, Known& known) const {
    switch (operation.kind) {
      case Operation::Kind::kStart: {
        auto answer = name_space_.start(operation.start).get();
        if (answer.ok()) known.runs.push_back(answer->run_id);
        return answer;
      }
      case Operation::Kind::kReset: {
        auto answer = name_space_.reset(operation.run, operation.reset).get();
        if (answer.ok()) known.runs.push_back(answer->run_id);
        return answer;
      }
      case Operation::Kind::kContinue: {
        auto answer = name_space_.continue_as_new(operation.run, operation.next).get();
        if (answer.ok()) known.runs.push_back(answer->new_execution_run_id);
        return answer;
      }
      case Operation::Kind::kRemove: return name_space_.remove(operation.run).get();
      case Operation::Kind::kCancel: return name_space_.request_cancel(operation.run).get();
      case Operation::Kind::kSignal:
        return name_space_.signal(operation.run, operation.signal).get();
      case Operation::Kind::kPause: return name_space_.pause(operation.run, operation.pause).get();
      case Operation::Kind::kUnpause:
        return name_space_.unpause(operation.run, operation.pause).get();
      case Operation::Kind::kClose: break;
    }
    if (operation.close_as == RunStatus::kCompleted) {
      return name_space_.complete(operation.run).get();
    }
    if (operation.close_as == RunStatus::kFailed) return name_space_.fail(operation.run).get();
    return name_space_.terminate(operation.run).get();
  }

  const Namespace name_space_;
  const Timestamp now_;
  const unsigned number_;
  std::mt19937_64 random_;
  std::array<Known, kIdsOfARound> known_;
};

class Linear : public test::OnBothStores {};

TEST_P(Linear, EveryWorkflowIdHasAnOrderThatExplainsItsAnswers) {
  const std::uint64_t seed = test::seed_of_test(kUsualSeed);
  SCOPED_TRACE("ONERUN_TEST_SEED=" + std::to_string(seed));
  options().max_idle_actors = 4;  // actors come and go all the time
  reopen();
  if (store() == StoreKind::kMemory) {
    ASSERT_TRUE(runtime().ensure_namespace(NamespaceName("orders")).ok());
  }
  const int rounds = store() == StoreKind::kRocksDb ? kRoundsOnDisk : kRoundsInMemory;
  std::vector<Histories> histories(static_cast<std::size_t>(rounds));
  std::mutex mutex;
  std::barrier meet(kThreads);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Client client(orders(), clock().now(), seed, t);
      for (int round = 0; round < rounds; ++round) {
        meet.arrive_and_wait();  // all of them on the same ids
        Histories mine = client.work_on(round);
        const std::lock_guard lock(mutex);
        Histories& all = histories[static_cast<std::size_t>(round)];
        for (std::size_t i = 0; i < all.size(); ++i) {
          std::ranges::move(mine[i], std::back_inserter(all[i]));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Retention retention;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < kIdsOfARound; ++i) {
      const std::string wrong =
          contradiction(std::move(histories[std::size_t(round)][i]), retention, clock().now());
      ASSERT_EQ(wrong, "") << "workflow id " << id_of(round, i).text();
    }
  }
}

ONERUN_ON_BOTH_STORES(Linear);

// ---- the checker itself ----

class CheckerTest : public ::testing::Test {
 protected:
  static RunId run(unsigned number) { return RunId("run-" + std::to_string(number)); }

  static Entry started(unsigned number, std::int64_t asked, std::int64_t answered) {
    StartResult result{.rule = StartRule::kStarted, .started = true, .run_id = run(number)};
    result.first_execution_run_id = result.original_execution_run_id = run(number);
    result.status = RunStatus::kRunning;
    return {Changed{start("r" + std::to_string(number)), Result<StartResult>(result)}, asked,
            answered};
  }

  static Entry refused(unsigned by_run, std::int64_t asked, std::int64_t answered) {
    AlreadyStarted detail{.run_id = run(by_run),
                          .first_execution_run_id = run(by_run),
                          .start_request_id = RequestId("r"),
                          .status = RunStatus::kRunning,
                          .rule = StartRule::kRejectedRunning};
    return {Changed{start("x"),
                    Result<StartResult>(Status(StatusCode::kAlreadyExists, "refused", detail))},
            asked, answered};
  }

  static Entry completed(unsigned number, std::int64_t asked, std::int64_t answered) {
    RunInfo info{.run_id = run(number), .first_execution_run_id = run(number)};
    info.original_execution_run_id = info.lineage_run_id = run(number);
    info.status = RunStatus::kCompleted;
    info.close_time = Timestamp();
    return {
        Changed{{.kind = Operation::Kind::kClose, .now = {}, .run = {WorkflowId("a"), run(number)}},
                Result<RunInfo>(info)},
        asked, answered};
  }

  /// The current run was read.
  static Entry read(unsigned number, RunStatus status, std::int64_t asked, std::int64_t answered) {
    RunDescription told;
    told.run = {.run_id = run(number), .first_execution_run_id = run(number)};
    told.run.original_execution_run_id = told.run.lineage_run_id = run(number);
    told.run.status = status;
    told.is_current = true;
    told.history_length = 1;
    if (is_closed(status)) {
      told.run.close_time = Timestamp();
      told.close.emplace();
      ++told.history_length;
    }
    return {Described{{WorkflowId("a")}, told}, asked, answered};
  }

  /// The whole history of the run was read.
  static Entry read_history(unsigned number, const std::vector<EventType>& events,
                            std::int64_t asked, std::int64_t answered) {
    HistoryPage page{.run_id = run(number)};
    for (const EventType type : events) {
      page.events.push_back(test::event_of_type(type, page.events.size() + 1));
    }
    page.next_event_id = events.size() + 1;
    page.is_last = events.back() == EventType::kRunCompleted;
    return {HistoryRead{{WorkflowId("a"), run(number)}, page}, asked, answered};
  }

  static Entry read_nothing(std::int64_t asked, std::int64_t answered) {
    return {Described{{WorkflowId("a")}, Status(StatusCode::kNotFound, "no run")}, asked, answered};
  }

  static Operation start(const std::string& request) {
    return {.kind = Operation::Kind::kStart,
            .now = {},
            .start = {.workflow_id = WorkflowId("a"), .request_id = RequestId(request)}};
  }

  static bool is_explained(History history) {
    return contradiction(std::move(history), Retention(), {}).empty();
  }
};

TEST_F(CheckerTest, FindsTheOrderOfOperationsThatOverlap) {
  EXPECT_TRUE(is_explained({}));
  EXPECT_TRUE(is_explained({started(1, 0, 10), refused(1, 1, 9)}));
  EXPECT_TRUE(is_explained({refused(1, 0, 10), started(1, 1, 9)}));
  EXPECT_TRUE(is_explained({started(1, 0, 10), completed(1, 5, 15), started(2, 6, 16)}));
}

TEST_F(CheckerTest, RejectsTwoOpenRuns) {
  EXPECT_FALSE(is_explained({started(1, 0, 10), started(2, 1, 9)}));
  EXPECT_FALSE(is_explained({started(1, 0, 1), completed(1, 5, 6), started(2, 2, 3)}))
      << "the second began before the first was asked to end";
}

TEST_F(CheckerTest, RejectsARefusalByARunThatCameLater) {
  EXPECT_FALSE(is_explained({refused(1, 0, 1), started(1, 2, 3)}));
}

TEST_F(CheckerTest, RejectsAnEndThatHappenedTwice) {
  EXPECT_FALSE(is_explained({started(1, 0, 1), completed(1, 2, 10), completed(1, 3, 9)}));
}

TEST_F(CheckerTest, FindsWhereReadsWere) {
  constexpr auto kRunning = RunStatus::kRunning;
  constexpr auto kCompleted = RunStatus::kCompleted;
  EXPECT_TRUE(is_explained({started(1, 0, 10), read_nothing(1, 2), read(1, kRunning, 3, 4)}));
  EXPECT_TRUE(is_explained(
      {started(1, 0, 1), completed(1, 2, 10), read(1, kRunning, 3, 4), read(1, kCompleted, 5, 6)}));
  EXPECT_TRUE(is_explained(
      {started(1, 0, 1), completed(1, 2, 10), read(1, kCompleted, 3, 9), read(1, kRunning, 4, 5)}));
}

TEST_F(CheckerTest, RejectsAStaleRead) {
  constexpr auto kRunning = RunStatus::kRunning;
  constexpr auto kCompleted = RunStatus::kCompleted;
  EXPECT_FALSE(is_explained({started(1, 0, 1), read_nothing(2, 3)}));
  EXPECT_FALSE(is_explained({started(1, 0, 1), completed(1, 2, 3), read(1, kRunning, 4, 5)}));
  EXPECT_FALSE(is_explained(
      {started(1, 0, 1), completed(1, 2, 10), read(1, kCompleted, 3, 4), read(1, kRunning, 5, 6)}))
      << "the second read goes back behind the first";
}

TEST_F(CheckerTest, RejectsAStaleHistory) {
  constexpr auto kStarted = EventType::kRunStarted;
  constexpr auto kCompleted = EventType::kRunCompleted;
  EXPECT_TRUE(
      is_explained({started(1, 0, 1), completed(1, 2, 10), read_history(1, {kStarted}, 3, 4),
                    read_history(1, {kStarted, kCompleted}, 5, 6)}));
  EXPECT_FALSE(
      is_explained({started(1, 0, 1), completed(1, 2, 3), read_history(1, {kStarted}, 4, 5)}));
}

TEST_F(CheckerTest, RejectsAReadFromTheFuture) {
  EXPECT_FALSE(is_explained({read(1, RunStatus::kRunning, 0, 1), started(1, 2, 3)}));
}

TEST_F(CheckerTest, SaysWhatDidNotFit) {
  const std::string wrong = contradiction({started(1, 0, 1), started(2, 2, 3)}, Retention(), {});
  EXPECT_NE(wrong.find("after 1 of 2 operations"), std::string::npos) << wrong;
  EXPECT_NE(wrong.find("nothing of this fits"), std::string::npos) << wrong;
}

}  // namespace
}  // namespace onerun::linear
