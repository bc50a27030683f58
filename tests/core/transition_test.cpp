// From decisions to bytes: what a transition writes, and that head, history and counts always
// agree.
#include "core/transition.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "core/begin_run.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/retention.hpp"
#include "core/run_index.hpp"
#include "tests/support/core.hpp"
#include "tests/support/history.hpp"

namespace onerun::core {
namespace {

using test::at;
using test::kId;
using test::Life;
using test::run_id;

/// A store of a few lines.
class Bytes {
 public:
  void apply(const WriteSet& writes) {
    writes.for_each([this](const Write& write) {
      std::string& value = table_[{write.family, std::string(write.key)}];
      switch (write.kind) {
        case WriteKind::kPut: value = write.value; break;
        case WriteKind::kAppend: value += write.value; break;
        case WriteKind::kErase:
        case WriteKind::kEraseOnce: table_.erase({write.family, std::string(write.key)}); break;
        case WriteKind::kEraseRange:
          table_.erase(table_.lower_bound({write.family, std::string(write.key)}),
                       table_.lower_bound({write.family, std::string(write.value)}));
          break;
      }
    });
  }

  const std::string* find(Family family, const std::string& key) const {
    const auto found = table_.find({family, key});
    return found == table_.end() ? nullptr : &found->second;
  }

  std::vector<std::string> keys(Family family) const {
    std::vector<std::string> keys;
    for (const auto& [key, value] : table_) {
      if (key.first == family) keys.push_back(key.second);
    }
    return keys;
  }

 private:
  std::map<std::pair<Family, std::string>, std::string> table_;
};

int writes_in(const WriteSet& writes) {
  int number = 0;
  writes.for_each([&](const Write&) { ++number; });
  return number;
}

TEST(Transition, WritesThreeKeysForAStart) {
  Life life;
  ASSERT_TRUE(life.start().ok());
  EXPECT_EQ(writes_in(life.last.writes), 3) << "head, run and index (design section 5)";
  EXPECT_EQ(life.last.counts.open, 1);
  EXPECT_EQ(life.last.counts.closed, 0);
}

TEST(Transition, MakesTerminateAndStartOneWriteSet) {
  Life life = Life::with_current(RunStatus::kRunning);
  ASSERT_TRUE(
      life.start({.workflow_id = kId, .conflict_policy = ConflictPolicy::kTerminateExisting}).ok());
  EXPECT_EQ(writes_in(life.last.writes), 7)
      << "end, due entry and move in the index of the old; run, head and index of the new";
  EXPECT_EQ(life.last.counts.open, 0);
  EXPECT_EQ(life.last.counts.closed, 1);
}

TEST(Transition, NeverRewritesAnInputToCloseARun) {
  Life life;
  ASSERT_TRUE(
      life.start({.workflow_id = kId, .input = {Payload::bytes(std::string(1'000'000, 'x'))}})
          .ok());
  ASSERT_TRUE(life.close(RunStatus::kCompleted).ok());
  EXPECT_LT(life.last.writes.size_bytes(), 400u);
}

TEST(Transition, RefusesASecondOpenRun) {
  Life life = Life::with_current(RunStatus::kRunning);
  const StartRequest request{.workflow_id = kId};
  const auto result = apply(1, kId, life.state, {test::started(run_id(9), at(5), {}, request)});
  EXPECT_EQ(result.code(), StatusCode::kInternal);
  EXPECT_NE(result.status().message().find("a second open run"), std::string_view::npos);
}

TEST(Transition, RefusesEventsThatDoNotFitTheState) {
  const auto refuses = [](WorkflowState state, const IdEvent& event) {
    return apply(1, kId, state, {event}).code() == StatusCode::kInternal;
  };
  const WorkflowState open = Life::with_current(RunStatus::kRunning).state;
  const WorkflowState closed = Life::with_current(RunStatus::kCompleted).state;
  const StartRequest request{.workflow_id = kId};
  EXPECT_TRUE(refuses({}, test::started(RunId(), at(5), {}, request)));
  EXPECT_TRUE(refuses(closed, test::closed(run_id(1), at(5), RunStatus::kFailed, {})));
  EXPECT_TRUE(refuses(open, test::closed(run_id(2), at(5), RunStatus::kFailed, {})));
  EXPECT_TRUE(refuses(open, test::closed(run_id(1), at(5), RunStatus::kRunning, {})));
  EXPECT_TRUE(refuses(open, RunEvent{run_id(1), {at(5), event::WorkflowTaskFailed{}}}));
  event::RunStarted wrong_clock = started_by(request);
  wrong_clock.clock_at_start = at(5);
  EXPECT_TRUE(refuses({}, RunEvent{run_id(9), {at(5), wrong_clock}}));
  EXPECT_TRUE(refuses(closed, test::cancel_requested(run_id(1), at(5), "", "")));
  EXPECT_TRUE(refuses(closed, test::attached(run_id(1), at(5), RequestId("r"))));
  EXPECT_TRUE(refuses(closed, RunRemoved{run_id(2), RunStatus::kRunning, {}, {}, {}}));
}

// ---- random lives ----

/// Lives a random life and checks after every step that the bytes tell the same story as the state.
class RandomLife {
 public:
  explicit RandomLife(std::uint64_t seed) : random_(seed) {}

  void live(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFatalFailure(); ++i) {
      life_.now += Duration(static_cast<std::int64_t>(random_() % 2'000));
      step();
      check();
    }
  }

 private:
  void step() {
    const WorkflowState before = life_.state;
    life_.last = {};
    command_ = any_command();
    static_cast<void>(life_.does(command_, {.queued_start = queued()}));
    if (life_.last_events == 0) {
      ASSERT_EQ(life_.state, before) << "an answer without events changes nothing";
      return;
    }
    bytes_.apply(life_.last.writes);
    open_ += life_.last.counts.open;
    closed_ += life_.last.counts.closed;
  }

  Command any_command() {
    const RunId run = random_() % 3 == 0 ? some_run() : RunId();
    switch (random_() % 10) {
      case 0: return CloseCommand{.run = {kId, run}, .status = RunStatus::kCompleted};
      case 1: return CloseCommand{.run = {kId, run}, .status = RunStatus::kFailed};
      case 2: return RequestCancelCommand{.run = {kId, run}};
      case 3: return RemoveCommand{{kId, run}};
      case 4: return PauseCommand{{kId, run}, random_() % 2 == 0};
      default: return any_start();
    }
  }

  StartCommand any_start() {
    StartCommand start{.workflow_id = kId};
    start.reuse_policy = static_cast<ReusePolicy>(random_() % 5);
    const auto policy = random_() % 6;  // what Temporal does not have is numbered from 100
    start.conflict_policy = static_cast<ConflictPolicy>(policy < 4 ? policy : 96 + policy);
    start.request_id = RequestId("r" + std::to_string(random_() % 20));
    start.attach_request_id = random_() % 4 == 0;
    start.dry_run = random_() % 8 == 0;
    return start;
  }

  /// The record of the start whose turn is next.
  std::optional<RunRecord> queued() {
    const QueuedStart* next = next_in_queue(life_.state, life_.now);
    if (next == nullptr) return std::nullopt;
    return *decode_run(next->run_id, *bytes_.find(Family::kRun, keys::run(1, next->run_id)));
  }

  RunId some_run() { return run_id(1 + static_cast<unsigned>(random_() % life_.next_run)); }

  void check() {
    const std::string* head = bytes_.find(Family::kHead, keys::head(1, kId));
    const WorkflowState& state = life_.state;
    ASSERT_EQ(head != nullptr, state.current.has_value() || state.last.has_value());
    if (head != nullptr) {
      const WorkflowState stored = *decode_head(*head);
      ASSERT_EQ(stored.current, state.current);
      ASSERT_EQ(stored.last, state.last);
      ASSERT_EQ(stored.queue, state.queue);
    }
    if (state.current) {
      const std::string* history =
          bytes_.find(Family::kRun, keys::run(1, life_.state.current->run_id));
      ASSERT_NE(history, nullptr) << "the head names a run that is there";
      const auto run = decode_run(life_.state.current->run_id, *history);
      ASSERT_TRUE(run.ok()) << run.status();
      ASSERT_EQ(run->head, *life_.state.current) << "history and head fold to the same run";
    }
    check_all_runs();
  }

  void check_all_runs() {
    std::int64_t open = 0;
    std::int64_t closed = 0;
    std::size_t links = 0;
    std::size_t queued = 0;
    for (const std::string& key : bytes_.keys(Family::kRun)) {
      if (keys::is_link(key)) {
        ++links;
        continue;
      }
      const RunId id = *keys::run_id_from(std::string_view(key).substr(keys::kNamespaceBytes));
      const auto run = decode_run(id, *bytes_.find(Family::kRun, key));
      ASSERT_TRUE(run.ok());
      if (run->head.status == RunStatus::kUnspecified) {
        ASSERT_TRUE(find_queued(life_.state, id)) << "what waits is in the queue";
        ++queued;
        continue;
      }
      is_open(run->head.status) ? ++open : ++closed;
      const std::string due =
          keys::due(1, {keys::DueStage::kRun, run->head.status, run->head.close_time, id});
      ASSERT_EQ(bytes_.find(Family::kDue, due) != nullptr, is_closed(run->head.status))
          << "closed runs, and only they, wait for the end of their retention";
      const RunStatus status = run->head.status;
      ASSERT_NE(bytes_.find(run_index::family_of(status),
                            run_index::key(1, status, {run->head.start_time, id})),
                nullptr)
          << "every run is listed by its status";
    }
    ASSERT_LE(open, 1) << "at most one open run";
    ASSERT_EQ(open, open_);
    ASSERT_EQ(closed, closed_);
    ASSERT_EQ(queued, life_.state.queue.size());
    ASSERT_EQ(bytes_.keys(Family::kDue).size(), static_cast<std::size_t>(closed) + links);
    ASSERT_EQ(bytes_.keys(Family::kOpen).size(), static_cast<std::size_t>(open));
    ASSERT_EQ(bytes_.keys(Family::kClosed).size(), static_cast<std::size_t>(closed));
  }

  std::mt19937_64 random_;
  Command command_;
  Life life_;
  Bytes bytes_;
  std::int64_t open_ = 0;
  std::int64_t closed_ = 0;
};

TEST(Transition, KeepsHeadHistoryAndCountsInStepThroughRandomLives) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomLife(seed).live(60);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace onerun::core
