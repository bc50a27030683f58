// Keys: they sort as what they name, and are read back.
#include "core/keys.hpp"

#include <gtest/gtest.h>

#include "tests/support/core.hpp"

namespace onerun::core::keys {
namespace {

using test::at;
using test::run_id;

TEST(Keys, KeepNamespacesApart) {
  const auto [first, last] = range_of(5);
  const std::string inside = head(5, WorkflowId("\xFF\xFF"));
  EXPECT_LE(first, head(5, WorkflowId("")));
  EXPECT_LT(inside, last);
  EXPECT_LE(last, head(6, WorkflowId("")));
  EXPECT_LT(run(5, RunId(std::string_view("\xFF\xFF"))), last);
}

TEST(Keys, SortRunsByTheirStart) {
  EXPECT_LT(run(1, run_id(1)), run(1, run_id(2)));
  EXPECT_NE(run(1, RunId(std::string_view("0123456789abcdef"))), run(1, run_id(1)));
}

TEST(Keys, SortDueEntriesByCloseTimeWithinStageAndStatus) {
  const Due early{DueStage::kRun, RunStatus::kCompleted, at(-5), run_id(9)};
  const Due late{DueStage::kRun, RunStatus::kCompleted, at(5), run_id(1)};
  EXPECT_LT(due(1, early), due(1, late));
  const auto [first, last] = range_of(1, DueStage::kRun, RunStatus::kCompleted);
  EXPECT_LE(first, due(1, early));
  EXPECT_LT(due(1, late), last);
  Due failed = early;
  failed.status = RunStatus::kFailed;
  EXPECT_LE(last, due(1, failed));
}

TEST(Keys, PutAllDueEntriesOfAnInstantBehindItsFirstKey) {
  const Due entry{DueStage::kId, RunStatus::kFailed, at(1000), run_id(1)};
  EXPECT_LT(due_from_time(1, DueStage::kId, RunStatus::kFailed, at(1000)), due(1, entry));
  EXPECT_GT(due_from_time(1, DueStage::kId, RunStatus::kFailed, at(1001)), due(1, entry));
}

TEST(Keys, ReadDueEntriesBack) {
  for (const RunId& id : {run_id(3), RunId(std::string_view("my run"))}) {
    const Due own{DueStage::kRun, RunStatus::kTimedOut, at(-123'456), id};
    EXPECT_EQ(due_from(due(77, own)), own);
    for (const DueStage stage : {DueStage::kId, DueStage::kLink}) {
      const Due later{stage, RunStatus::kTimedOut, at(-123'456), id, WorkflowId("W")};
      EXPECT_EQ(due_from(due(77, later)), later);
      Due of_another = later;
      of_another.workflow_id = WorkflowId("V");
      EXPECT_NE(due(77, later), due(77, of_another)) << "a run id may be brought again";
    }
  }
}

TEST(Keys, RefuseWhatIsNoDueEntry) {
  const std::string good =
      due(1, {DueStage::kRun, RunStatus::kCompleted, at(0), RunId(std::string_view("r"))});
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(due_from(std::string_view(good).substr(0, length))) << length;
  }
  std::string open = good;
  open[kNamespaceBytes + 1] = static_cast<char>(RunStatus::kRunning);
  EXPECT_FALSE(due_from(open)) << "an open run is never due";
  std::string stage = good;
  stage[kNamespaceBytes] = 3;
  EXPECT_FALSE(due_from(stage));
}

TEST(Keys, SortTimersOfARunByTimeAndThenByEvent) {
  const auto key = [](std::int64_t due, std::uint64_t event_id) {
    return timer(1, {at(due), run_id(1), event_id});
  };
  std::string before = key(5, 0);
  for (const std::uint64_t event_id : {1u, 5u, 255u, 256u, 300u, 70'000u}) {
    const std::string next = key(5, event_id);
    EXPECT_LT(before, next) << event_id;
    EXPECT_EQ(timer_from(next), (Timer{at(5), run_id(1), event_id}));
    before = next;
  }
  EXPECT_LT(before, key(6, 0));
  EXPECT_EQ(key(5, 0).size() + 2, key(5, 300).size()) << "a deadline costs one byte";
}

TEST(Keys, ReadTimersBackInOneFormOnly) {
  std::string padded = timer_from_time(1, at(5));
  padded.append("\x02\x00\x07", 3).append(encode_run_id(run_id(1)));
  EXPECT_FALSE(timer_from(padded)) << "the event is 7, in two bytes";
  const std::string good = timer(1, {at(5), run_id(1), 7});
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(timer_from(std::string_view(good).substr(0, length))) << length;
  }
}

TEST(Keys, AreOfTheOnePartitionThereIs) {
  std::string key = timer(1, {at(5), run_id(1)});
  key[1] = 1;
  EXPECT_FALSE(timer_from(key));
}

TEST(Keys, ReadRunIdsBackInOneFormOnly) {
  for (const RunId& id : {run_id(3), RunId(std::string_view("my run"))}) {
    EXPECT_EQ(run_id_from(encode_run_id(id)), id);
  }
  EXPECT_FALSE(run_id_from(""));
  EXPECT_FALSE(run_id_from(std::string_view("\0", 1)));
  EXPECT_FALSE(run_id_from("\x01"));
  EXPECT_FALSE(run_id_from("\x02text"));
  EXPECT_FALSE(run_id_from("\x01" + run_id(1).text())) << "a UUID is never kept as a text";
  EXPECT_FALSE(run_id_from(std::string(17, '\0'))) << "not a UUID of the standard's variant";
}

TEST(Keys, ReadNamespaceNumbersBack) {
  EXPECT_EQ(namespace_from_record_key(namespace_record(0xABCDEF01)), 0xABCDEF01u);
  EXPECT_FALSE(namespace_from_record_key("namespace/"));
  EXPECT_FALSE(namespace_from_record_key(kNextNamespace));
  EXPECT_EQ(namespace_from_counts_key(namespace_counts(0xABCDEF01)), 0xABCDEF01u);
  EXPECT_FALSE(namespace_from_counts_key(namespace_record(1)));
  const auto [first, last] = range_of_namespaces();
  EXPECT_LE(first, namespace_record(0));
  EXPECT_LT(namespace_record(0xFFFFFFFF), last);
}

TEST(Keys, FollowEachOther) { EXPECT_EQ(after("key"), std::string("key\0", 4)); }

}  // namespace
}  // namespace onerun::core::keys
