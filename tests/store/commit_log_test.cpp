// The commit log: batches, order, guards, fencing, durability. Stepped by hand, without a thread,
// except where the thread is the subject.
#include "store/commit_log.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "core/keys.hpp"
#include "store/commit_thread.hpp"
#include "tests/support/stores.hpp"

namespace onerun::store {
namespace {

using core::Family;
using core::WriteSet;
using test::FaultyStore;
using test::get;

struct Observed final : CommitObserver {
  void committed(std::size_t n, std::size_t, std::chrono::nanoseconds) override {
    groups.push_back(n);
  }
  void fenced(const Status& reason) override { fences.push_back(reason.to_string()); }
  std::vector<std::size_t> groups;
  std::vector<std::string> fences;
};

class Callback final : public Completion {
 public:
  explicit Callback(std::function<void(const Status&)> done) : done_(std::move(done)) {}
  void complete(const Status& status) noexcept override { done_(status); }

 private:
  std::function<void(const Status&)> done_;
};

class CommitLogTest : public ::testing::Test {
 protected:
  CommitLogTest() : epoch_(*store_.acquire_epoch()) {}

  CommitLog make(CommitLogOptions options = {}, CommitLog::Counts counts = {}) {
    return CommitLog(store_, epoch_, options, std::move(counts), observed_);
  }

  /// A group that puts a key and notes its answer.
  Group put(std::string_view key, std::string_view value = "v") {
    Group group = answer(key);
    group.writes.put(Family::kRun, key, value);
    return group;
  }

  /// A group without changes that notes its answer.
  Group answer(std::string_view name) {
    Group group;
    group.completion =
        std::make_unique<Callback>([this, name = std::string(name)](const Status& status) {
          answers_.push_back(name + " " + std::string(to_string(status.code())));
          last_status_ = status;
        });
    return group;
  }

  FaultyStore store_;
  const Epoch epoch_;
  Observed observed_;
  std::vector<std::string> answers_;
  Status last_status_;
};

using Strings = std::vector<std::string>;

TEST_F(CommitLogTest, WritesWhatIsReadyInOneCommitAndAnswersInOrder) {
  CommitLog log = make();
  EXPECT_EQ(log.append(put("a")), 1u);
  EXPECT_EQ(log.append(put("b")), 2u);
  EXPECT_EQ(log.append(put("c")), 3u);
  EXPECT_EQ(log.durable(), 0u);
  EXPECT_TRUE(answers_.empty()) << "nothing is answered before it is durable";
  EXPECT_TRUE(log.commit_ready());
  EXPECT_EQ(log.durable(), 3u);
  EXPECT_EQ(answers_, (Strings{"a ok", "b ok", "c ok"}));
  EXPECT_EQ(store_.commits, 1);
  EXPECT_EQ(store_.synced_commits, 1);
  EXPECT_EQ(observed_.groups, std::vector<std::size_t>{3});
  EXPECT_FALSE(log.commit_ready());
}

TEST_F(CommitLogTest, HasTheChangeOnTheStoreBeforeItAnswers) {
  CommitLog log = make();
  Group group;
  group.writes.put(Family::kRun, "k", "v");
  std::string seen;
  group.completion =
      std::make_unique<Callback>([&](const Status&) { seen = get(store_, Family::kRun, "k"); });
  log.append(std::move(group));
  log.commit_ready();
  EXPECT_EQ(seen, "v");
}

TEST_F(CommitLogTest, AnswersARefusalBehindTheChangeThatItRestsOn) {
  CommitLog log = make();
  log.append(put("a"));
  log.append(answer("refusal"));
  log.commit_ready();
  EXPECT_EQ(answers_, (Strings{"a ok", "refusal ok"}));
}

TEST_F(CommitLogTest, MakesNoCommitForAnswersAlone) {
  CommitLog log = make();
  log.append(answer("refusal"));
  EXPECT_TRUE(log.commit_ready());
  EXPECT_EQ(store_.commits, 0);
  EXPECT_EQ(answers_, Strings{"refusal ok"});
  EXPECT_EQ(log.durable(), 1u);
}

TEST_F(CommitLogTest, TellsTheLastGroupThatHasSomethingToWriteForACaller) {
  CommitLog log = make();
  EXPECT_EQ(log.last_write(), 0u);
  log.append(answer("refusal"));
  const Ticket write = log.append(put("a"));
  log.append(answer("another"));
  Group background = put("b");
  background.is_background = true;
  log.append(std::move(background));
  EXPECT_EQ(log.last_write(), write) << "an answer is no write, and nobody waits for the last one";
}

TEST_F(CommitLogTest, BoundsTheGroupsOfABatch) {
  CommitLog log = make();
  for (std::size_t i = 0; i <= CommitLog::kMaxBatchGroups; ++i) log.append(put("k"));
  EXPECT_TRUE(log.commit_ready());
  EXPECT_EQ(log.durable(), CommitLog::kMaxBatchGroups);
  EXPECT_TRUE(log.commit_ready());
  EXPECT_EQ(log.durable(), CommitLog::kMaxBatchGroups + 1);
  EXPECT_EQ(store_.commits, 2);
}

TEST_F(CommitLogTest, BoundsTheBytesOfABatch) {
  CommitLog log = make();
  const std::string large(CommitLog::kMaxBatchBytes, 'x');
  log.append(put("a", large));
  log.append(put("b", large));
  log.commit_ready();
  EXPECT_EQ(log.durable(), 1u);
  log.commit_ready();
  EXPECT_EQ(log.durable(), 2u);
}

TEST_F(CommitLogTest, TakesGroupsThatAnAnswerAppends) {
  CommitLog log = make();
  Group group;
  group.completion = std::make_unique<Callback>([&](const Status&) { log.append(put("next")); });
  log.append(std::move(group));
  log.commit_ready();
  EXPECT_TRUE(log.commit_ready());
  EXPECT_EQ(answers_, Strings{"next ok"});
}

// ---- counts ----

TEST_F(CommitLogTest, CountsRunsInTheCommitThatChangesThem) {
  CommitLog log = make({}, {{7, {.open = 5, .closed = 1}}});
  Group one = put("a");
  one.name_space = 7;
  one.counts = {.open = 1, .closed = 0};
  Group two = put("b");
  two.name_space = 7;
  two.counts = {.open = -1, .closed = 1};
  log.append(std::move(one));
  log.append(std::move(two));
  log.commit_ready();
  EXPECT_EQ(log.counts(7), (core::RunCounts{5, 2}));
  EXPECT_EQ(log.counts(8), core::RunCounts{});
  const auto stored =
      core::decode_counts(get(store_, Family::kMeta, core::keys::namespace_counts(7)));
  EXPECT_EQ(*stored, (core::RunCounts{5, 2}));
  log.forget_counts(7);
  EXPECT_EQ(log.counts(7), core::RunCounts{});
}

TEST_F(CommitLogTest, WritesNothingThatWouldLeaveFewerRunsThanNone) {
  for (const core::CountsDelta& delta :
       {core::CountsDelta{.open = -2, .closed = 2}, core::CountsDelta{.open = 1, .closed = -2}}) {
    answers_.clear();
    observed_.fences.clear();
    CommitLog log = make({}, {{7, {.open = 1, .closed = 1}}});
    log.append(put("of the same batch"));
    Group wrong = put("wrong");
    wrong.name_space = 7;
    wrong.counts = delta;
    log.append(std::move(wrong));
    log.commit_ready();
    log.append(put("later"));
    log.commit_ready();
    EXPECT_EQ(answers_,
              (Strings{"of the same batch unavailable", "wrong unavailable", "later unavailable"}));
    EXPECT_NE(last_status_.detail<Fenced>(), nullptr) << last_status_;
    ASSERT_EQ(observed_.fences.size(), 1u);
    EXPECT_NE(observed_.fences.front().find("namespace 7 would have"), std::string::npos);
    EXPECT_EQ(log.durable(), 0u);
    EXPECT_EQ(log.counts(7), (core::RunCounts{1, 1}));
  }
  EXPECT_EQ(store_.commits, 0);
}

TEST_F(CommitLogTest, AllowsThatTheLastRunOfItsKindGoes) {
  CommitLog log = make({}, {{7, {.open = 1, .closed = 1}}});
  Group last = put("last");
  last.name_space = 7;
  last.counts = {.open = -1, .closed = -1};
  log.append(std::move(last));
  log.commit_ready();
  EXPECT_EQ(answers_, Strings{"last ok"});
  EXPECT_EQ(log.counts(7), core::RunCounts{});
}

// ---- guards ----

TEST_F(CommitLogTest, LetsAGuardedGroupThroughWhenNothingWasWritten) {
  CommitLog log = make();
  log.append(put("head"));
  log.commit_ready();
  Group removal = put("removal");
  removal.guard = Guard(log.durable());
  removal.guard.watch(Family::kRun, "head");
  log.append(std::move(removal));
  log.commit_ready();
  EXPECT_EQ(answers_.back(), "removal ok");
}

TEST_F(CommitLogTest, AbortsAGuardedGroupWhenAKeyWasWrittenMeanwhile) {
  for (const bool in_same_batch : {false, true}) {
    CommitLog log = make();
    const Ticket read_at = log.durable();
    log.append(put("head"));
    if (!in_same_batch) log.commit_ready();
    Group removal = put("removed-key");
    removal.name_space = 7;
    removal.counts = {.open = 0, .closed = -1};
    removal.guard = Guard(read_at);
    removal.guard.watch(Family::kRun, "other");
    removal.guard.watch(Family::kRun, "head");
    log.append(std::move(removal));
    log.commit_ready();
    EXPECT_EQ(answers_.back(), "removed-key aborted");
    EXPECT_EQ(get(store_, Family::kRun, "removed-key"), "<none>");
    EXPECT_EQ(log.counts(7), core::RunCounts{}) << "an aborted group counts nothing";
  }
}

TEST_F(CommitLogTest, GuardsOnlyAgainstTheFamilyThatItWatches) {
  CommitLog log = make();
  const Ticket read_at = log.durable();
  log.append(put("key"));
  Group removal = put("removal");
  removal.guard = Guard(read_at);
  removal.guard.watch(Family::kHead, "key");
  log.append(std::move(removal));
  log.commit_ready();
  EXPECT_EQ(answers_.back(), "removal ok");
}

// ---- faults ----

TEST_F(CommitLogTest, FencesWhenACommitFails) {
  CommitLog log = make();
  log.append(put("before"));
  log.commit_ready();
  store_.before_commit = [](const Commit&) {
    return Status(StatusCode::kUnavailable, "disk on fire");
  };
  log.append(put("during"));
  log.append(answer("resting on it"));
  log.commit_ready();
  EXPECT_EQ(answers_, (Strings{"before ok", "during unavailable", "resting on it unavailable"}));
  EXPECT_NE(last_status_.detail<OutcomeUnknown>(), nullptr);
  EXPECT_NE(last_status_.message().find("disk on fire"), std::string_view::npos);
  EXPECT_EQ(log.durable(), 1u) << "what failed never counts as durable";
  ASSERT_EQ(observed_.fences.size(), 1u);
  EXPECT_FALSE(log.fenced().ok());
}

TEST_F(CommitLogTest, WritesNothingMoreOnceFenced) {
  CommitLog log = make();
  store_.before_commit = [](const Commit&) {
    return Status(StatusCode::kUnavailable, "disk on fire");
  };
  log.append(put("a"));
  log.commit_ready();
  store_.before_commit = [](const Commit&) { return Status(); };
  log.append(put("b"));
  log.commit_ready();
  EXPECT_EQ(store_.commits, 0) << "a failed sync is never retried";
  EXPECT_EQ(answers_.back(), "b unavailable");
  ASSERT_NE(last_status_.detail<Fenced>(), nullptr);
  EXPECT_NE(last_status_.detail<Fenced>()->reason.find("disk on fire"), std::string::npos);
  EXPECT_EQ(observed_.fences.size(), 1u);
}

TEST_F(CommitLogTest, DoesNotWriteTheRestOfWhatItTookWhenTheFirstBatchFails) {
  CommitLog log = make();
  store_.before_commit = [](const Commit&) {
    return Status(StatusCode::kUnavailable, "disk on fire");
  };
  const std::string large(CommitLog::kMaxBatchBytes, 'x');
  log.append(put("a", large));
  log.append(put("b"));
  log.commit_ready();
  log.commit_ready();
  EXPECT_EQ(last_status_.detail<OutcomeUnknown>(), nullptr);
  EXPECT_NE(last_status_.detail<Fenced>(), nullptr) << "b was certainly not written";
}

TEST_F(CommitLogTest, IsFencedOffByAnotherOwner) {
  CommitLog log = make();
  ASSERT_TRUE(store_.acquire_epoch().ok());
  log.append(put("stale"));
  log.commit_ready();
  EXPECT_EQ(answers_, Strings{"stale unavailable"});
  EXPECT_EQ(get(store_, Family::kRun, "stale"), "<none>");
  EXPECT_FALSE(log.fenced().ok());
}

TEST_F(CommitLogTest, CanBeFencedFromOutside) {
  CommitLog log = make();
  log.append(put("a"));
  log.fence(Status(StatusCode::kInternal, "a rule was broken"));
  log.fence(Status(StatusCode::kInternal, "another one"));
  log.commit_ready();
  EXPECT_EQ(store_.commits, 0);
  EXPECT_EQ(answers_, Strings{"a unavailable"});
  EXPECT_EQ(observed_.fences, Strings{"internal: a rule was broken"});
}

// ---- durability ----

TEST_F(CommitLogTest, NeverSyncsInMemory) {
  CommitLog log = make({.durability = Durability::kMemory});
  log.append(put("a"));
  log.commit_ready();
  log.sync_if_due();
  log.sync_rest();
  EXPECT_EQ(store_.commits, 1);
  EXPECT_EQ(store_.synced_commits, 0);
  EXPECT_EQ(store_.syncs, 0);
}

TEST_F(CommitLogTest, SyncsOnceForManyCommitsWithinTheLossWindow) {
  CommitLog log =
      make({.durability = Durability::kAsync, .async_loss_window = std::chrono::hours(1)});
  for (int i = 0; i < 3; ++i) {
    log.append(put("k"));
    log.commit_ready();
  }
  log.sync_if_due();
  EXPECT_EQ(store_.synced_commits + store_.syncs, 0) << "the window has not passed";
  log.sync_rest();
  EXPECT_EQ(store_.syncs, 1);
  log.sync_rest();
  EXPECT_EQ(store_.syncs, 1) << "nothing is left to sync";
}

TEST_F(CommitLogTest, SyncsWhenTheLossWindowHasPassed) {
  CommitLog log = make({.durability = Durability::kAsync, .async_loss_window = Duration::zero()});
  log.append(put("a"));
  log.commit_ready();
  log.sync_if_due();
  EXPECT_EQ(store_.syncs, 1);
}

TEST_F(CommitLogTest, FencesWhenALateSyncFails) {
  CommitLog log = make({.durability = Durability::kAsync, .async_loss_window = Duration::zero()});
  store_.before_sync = [] { return Status(StatusCode::kUnavailable, "no sync"); };
  log.append(put("a"));
  log.commit_ready();
  log.sync_if_due();
  EXPECT_FALSE(log.fenced().ok());
  log.sync_rest();
  EXPECT_EQ(store_.syncs, 1) << "a failed sync is never retried";
}

// ---- the thread ----

TEST_F(CommitLogTest, AnswersManyThreads) {
  CommitLog log = make();
  std::atomic<int> answered{0};
  {
    const CommitThread thread(log);
    std::vector<std::thread> callers;
    for (int t = 0; t < 4; ++t) {
      callers.emplace_back([&, t] {
        for (int i = 0; i < 1'000; ++i) {
          Group group;
          group.writes.put(Family::kRun, std::to_string(t) + "-" + std::to_string(i), "v");
          group.completion = std::make_unique<Callback>([&](const Status& status) {
            if (status.ok()) ++answered;
          });
          log.append(std::move(group));
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
  }
  EXPECT_EQ(answered, 4'000) << "the thread ends only when everything is answered";
  EXPECT_EQ(log.durable(), 4'000u);
  EXPECT_EQ(test::scan(store_, Family::kRun, "", "z").size(), 4'000u);
}

TEST_F(CommitLogTest, SyncsTheRestWhenTheThreadEnds) {
  CommitLog log =
      make({.durability = Durability::kAsync, .async_loss_window = std::chrono::hours(1)});
  {
    const CommitThread thread(log);
    log.append(put("a"));
  }
  EXPECT_EQ(store_.commits, 1);
  EXPECT_EQ(store_.syncs, 1);
}

TEST_F(CommitLogTest, SyncsByItselfWhenNothingMoreComes) {
  CommitLog log =
      make({.durability = Durability::kAsync, .async_loss_window = std::chrono::milliseconds(1)});
  std::atomic<bool> synced{false};
  store_.before_sync = [&] {
    synced = true;
    synced.notify_all();
    return Status();
  };
  const CommitThread thread(log);
  log.append(put("a"));
  synced.wait(false);
  EXPECT_TRUE(synced);
}

TEST_F(CommitLogTest, EndsInAnAnswerThatItGives) {
  CommitLog log = make();
  Group group = put("a");
  group.completion = std::make_unique<Callback>([&](const Status& status) {
    EXPECT_TRUE(status.ok());
    EXPECT_TRUE(log.end(Status(StatusCode::kUnavailable, "the process exits")).ok());
    EXPECT_EQ(store_.closes, 1);
  });
  log.append(std::move(group));
  EXPECT_TRUE(log.commit_ready());
  log.append(put("b"));
  EXPECT_TRUE(log.commit_ready());
  EXPECT_EQ(answers_, Strings{"b unavailable"});
  EXPECT_EQ(get(store_, Family::kRun, "b"), "<none>");
  EXPECT_EQ(store_.commits, 1);
}

}  // namespace
}  // namespace onerun::store
