// A store of format 2 is written anew in today's format, record by record.
#include "store/upgrade.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/big_endian.hpp"
#include "core/format2.hpp"
#include "core/history/codec.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/run_index.hpp"
#include "onerun/version.hpp"
#include "store/audit.hpp"
#include "store/memory_store.hpp"
#include "store/run_history.hpp"
#include "store/stored.hpp"
#include "tests/support/core.hpp"
#include "tests/support/history.hpp"
#include "tests/support/stores.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;
namespace format2 = core::format2;
using core::Event;
using core::test::at;
using core::test::run_id;

constexpr core::NamespaceNumber kNumber = 1;

/// Every history lies beside its run, heads name no events, and keys begin with the namespace.
class UpgradeTest : public ::testing::Test {
 protected:
  UpgradeTest() : old_epoch_(*old_.acquire_epoch()), epoch_(*store_.acquire_epoch()) {
    const core::NamespaceRecord record{.name = NamespaceName("orders")};
    put(Family::kMeta, "format", core::big_endian(std::uint64_t{2}));
    put(Family::kMeta, "epoch", core::big_endian(std::uint64_t{7}));
    put(Family::kMeta, "commit", core::big_endian(std::uint64_t{1'000}));
    put(Family::kMeta, "next_namespace", core::big_endian(kNumber + 1));
    put(Family::kMeta, keys::namespace_record(kNumber), core::encode_namespace(record));
  }

  void put(Family family, const std::string& key, const std::string& value) {
    ASSERT_TRUE(test::commit(old_, old_epoch_, [&](core::WriteSet& writes) {
                  writes.put(family, key, value);
                }).ok());
  }

  static std::string in_namespace(std::string_view rest) {
    return core::big_endian(kNumber).append(rest);
  }
  static WorkflowId id_of(unsigned number) { return WorkflowId("W-" + std::to_string(number)); }

  /// An open run with that many signals, a request to cancel it and, if the number is even, a
  /// pause.
  void open_run(unsigned number, int signals) {
    const RunId run = run_id(number);
    const StartRequest request{.workflow_id = id_of(number), .run_timeout = std::chrono::hours(1)};
    std::string history = core::test::bytes_of(core::test::started(run, at(1), {}, request));
    const auto more = [&](EventAttributes attributes) {
      history += core::encode(Event{at(2), std::move(attributes)});
    };
    for (int i = 0; i < signals; ++i) {
      more(event::RunSignaled{.name = std::string(800, 's'),
                              .request_id = RequestId("s-" + std::to_string(i))});
    }
    more(event::RunCancelRequested{.reason = "why"});
    if (number % 2 == 0) more(event::RunPaused{.reason = "lunch"});
    core::RunHead head = core::decode_run(run, history)->head;
    histories_[number] = history;
    heads_[number] = head;
    head.cancel_event_id = 1;
    head.pause_event_id = 0;
    put(Family::kRun, format2::run_key(kNumber, run), history);
    put(Family::kHead, in_namespace(id_of(number).text()), core::encode_head({.current = head}));
    std::string timer = core::big_endian(kNumber);
    keys::append_time(timer, *head.run_deadline);
    keys::append_run_id(timer, run);
    put(Family::kTimer, timer, id_of(number).text());
    put(Family::kMeta, "counts/" + core::big_endian(kNumber),
        core::encode_counts({.open = histories_.size()}));
  }

  Status upgrade_all() {
    return upgrade(old_, [&](const core::WriteSet& set) {
      ++writes_;
      const core::WriteSet* pointer = &set;
      return store_.commit(
          {.epoch = epoch_, .number = store_.last_commit() + 1, .writes = {&pointer, 1}});
    });
  }

  void expect_upgraded() {
    for (const auto& [number, history] : histories_) {
      const auto stored = read_run(store_, kNumber, run_id(number));
      ASSERT_TRUE(stored.ok() && *stored) << stored.status();
      EXPECT_EQ((*stored)->run.head, heads_[number]);
      EXPECT_EQ((*stored)->run.cancel_reason, "why");
      EXPECT_EQ((*stored)->run.pause.has_value(), number % 2 == 0);
      EXPECT_EQ(*whole_history(store_, kNumber, **stored).value(), history);
      EXPECT_EQ(read_state(store_, kNumber, id_of(number))->current, heads_[number]);
    }
    std::vector<std::string> problems;
    const auto report = audit(store_, at(3), [&](const AuditProblem& problem) {
      problems.push_back(std::string(name_of(problem.family)) + ": " + problem.what);
    });
    EXPECT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(problems, std::vector<std::string>());
  }

  void expect_number(std::string_view key, std::uint64_t number) {
    EXPECT_EQ(test::get(store_, Family::kMeta, key), core::big_endian(number)) << key;
  }

  MemoryStore old_;
  MemoryStore store_;
  const Epoch old_epoch_;
  const Epoch epoch_;
  int writes_ = 0;
  std::map<unsigned, std::string> histories_;
  std::map<unsigned, core::RunHead> heads_;
};

TEST_F(UpgradeTest, KeepsEveryRunAndNamesTheEventsThatHeadsNowHave) {
  for (unsigned number = 1; number <= 5; ++number) open_run(number, 3);
  ASSERT_TRUE(upgrade_all().ok());
  expect_upgraded();
}

TEST_F(UpgradeTest, MovesLongHistoriesIntoBatches) {
  for (unsigned number = 1; number <= 2; ++number) open_run(number, 30);
  ASSERT_TRUE(upgrade_all().ok());
  EXPECT_TRUE((*read_run(store_, kNumber, run_id(1)))->run.has_batches);
  expect_upgraded();
}

TEST_F(UpgradeTest, WritesManyRunsInParts) {
  for (unsigned number = 1; number <= 1'500; ++number) open_run(number, 1);
  ASSERT_TRUE(upgrade_all().ok());
  EXPECT_GE(writes_, 8) << "meta, heads in two, runs in two, timers in two, and the format";
  expect_upgraded();
}

/// Format 1 had runs and no index of them.
TEST_F(UpgradeTest, ListsOpenAndClosedRuns) {
  open_run(1, 0);
  const core::run_index::Place place{at(1), run_id(2)};
  const StartRequest request{.workflow_id = id_of(2)};
  put(Family::kRun, format2::run_key(kNumber, run_id(2)),
      core::test::bytes_of(core::test::started(run_id(2), at(1), {}, request)) +
          core::test::bytes_of(core::test::closed(run_id(2), at(2), RunStatus::kFailed, {})));
  ASSERT_TRUE(upgrade_all().ok());
  const auto [first, last] = keys::range_of(kNumber);
  EXPECT_EQ(test::scan(store_, Family::kOpen, first, last).size(), 1u);
  EXPECT_EQ(
      test::get(store_, Family::kClosed, core::run_index::key(kNumber, RunStatus::kFailed, place)),
      core::run_index::encode_close_time(at(2)));
}

TEST_F(UpgradeTest, KeepsNumbersOfTheStore) {
  ASSERT_TRUE(upgrade_all().ok());
  expect_number(keys::kFormat, kFormatVersion);
  expect_number(keys::kEpoch, 7);
  expect_number(keys::kCommit, 1'000);
  expect_number(keys::kUpgradedAtCommit, 1'000);
}

/// The run id of a run that is gone may have been brought again, for another workflow id.
TEST_F(UpgradeTest, DoesNotAskARunOfAnotherWorkflowId) {
  open_run(1, 0);
  core::RunHead gone = heads_[1];
  gone.status = RunStatus::kTerminated;
  gone.close_time = at(2);
  gone.cancel_event_id = 1;
  const std::string value = core::encode_head({.current = gone});
  put(Family::kHead, in_namespace("another"), value);
  ASSERT_TRUE(upgrade_all().ok());
  EXPECT_EQ(read_state(store_, kNumber, WorkflowId("another"))->current, gone);
}

TEST_F(UpgradeTest, NamesFamilyAndKeyOfWhatItCanNotRead) {
  open_run(1, 0);
  put(Family::kRun, format2::run_key(kNumber, run_id(2)), "?");
  const Status status = upgrade_all();
  ASSERT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_EQ(status.detail<Corruption>()->family, "run");
  EXPECT_TRUE(status.detail<Corruption>()->key.starts_with("00000001"));
}

TEST_F(UpgradeTest, RefusesKeysThatItDoesNotKnow) {
  put(Family::kMeta, "something", "");
  EXPECT_EQ(upgrade_all().detail<Corruption>()->family, "meta");
}

TEST_F(UpgradeTest, EndsWithTheFirstWriteThatFails) {
  open_run(1, 0);
  const auto refuse = [](const core::WriteSet&) { return Status(StatusCode::kUnavailable, "no"); };
  EXPECT_EQ(upgrade(old_, refuse).code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace onerun::store
