// Lists over stores that change while they are read, that have very many runs, or are damaged.
#include "store/find.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/run_index.hpp"
#include "core/transition.hpp"
#include "core/uuid.hpp"
#include "onerun/limits.hpp"
#include "tests/support/history.hpp"
#include "tests/support/stores.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;

constexpr core::NamespaceNumber kNumber = 1;

Timestamp at(std::int64_t ms) { return Timestamp(Duration(ms)); }

/// Run number n started at millisecond n.
RunId run_id(std::uint64_t number) { return RunId(core::make_uuid_v7(number << 12, 1)); }
WorkflowId id_of(std::uint64_t number) { return WorkflowId("id-" + std::to_string(number)); }

class FindInStore : public ::testing::Test {
 protected:
  FindInStore() : epoch_(*store_.acquire_epoch()) {}

  void start(std::uint64_t number) { happen(number, false, true); }
  void close(std::uint64_t number) { happen(number, true, false); }
  void start_and_close(std::uint64_t number) { happen(number, true, true); }

  void happen(std::uint64_t number, bool closes, bool starts) {
    const StartRequest request{.workflow_id = id_of(number)};
    const auto time = at(static_cast<std::int64_t>(number));
    core::WorkflowState state;
    const auto started = core::test::started(run_id(number), time, {}, request);
    auto before = core::apply(kNumber, request.workflow_id, state, {started});
    ASSERT_TRUE(before.ok());
    std::vector<const core::WriteSet*> writes;
    if (starts) writes.push_back(&before->writes);
    Result<core::Transition> after(core::Transition{});
    if (closes) {
      after =
          core::apply(kNumber, request.workflow_id, state,
                      {core::test::closed(run_id(number), at(1'000'000), RunStatus::kFailed, {})});
      ASSERT_TRUE(after.ok());
      writes.push_back(&after->writes);
    }
    ASSERT_TRUE(
        store_.commit({.epoch = epoch_, .number = store_.last_commit() + 1, .writes = writes})
            .ok());
  }

  Result<ListPage> list(const std::string& filter, std::size_t page_size,
                        const std::string& token = "") {
    const auto query = core::FindQuery::parse(filter);
    if (token.empty()) return list_runs(store_, scope_, *query, nullptr, page_size);
    const auto end = core::decode_page_token(kNumber, filter, token);
    EXPECT_TRUE(end.ok()) << end.status();
    return list_runs(store_, scope_, *query, &*end, page_size);
  }

  Result<std::uint64_t> count(const std::string& filter) {
    return count_runs(store_, scope_, *core::FindQuery::parse(filter), [] { return Status(); });
  }

  test::FaultyStore store_;
  Epoch epoch_;
  const Retention retention_;
  const FindScope scope_{kNumber, retention_, at(2'000'000)};
};

TEST_F(FindInStore, ARunThatClosesMeanwhileIsListedOnce) {
  for (int scan = 1; scan <= 8; ++scan) {
    SCOPED_TRACE("closed before scan " + std::to_string(scan));
    const auto number = static_cast<std::uint64_t>(scan);
    start(number);
    int scans = 0;
    store_.before_scan = [&] {
      if (++scans == scan) close(number);
      return Status();
    };
    const auto page = list("", 100);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->runs.size(), number) << "none of them is lost, none is there twice";
    store_.before_scan = [] { return Status(); };
    if (scans < scan) close(number);
  }
}

TEST_F(FindInStore, RunsThatCloseFromWindowToWindowAreAllListed) {
  constexpr std::uint64_t kRuns = 2'000;
  for (std::uint64_t i = 1; i <= kRuns; ++i) start(i);
  std::uint64_t next = 1;
  store_.before_scan = [&] {
    for (int i = 0; i < 100 && next <= kRuns; ++i) close((next++ * 7) % kRuns + 1);
    return Status();
  };
  std::uint64_t found = 0;
  std::string token;
  do {
    const auto page = list("", 300, token);
    ASSERT_TRUE(page.ok()) << page.status();
    found += page->runs.size();
    token = page->next_page_token;
  } while (!token.empty());
  EXPECT_EQ(found, kRuns);
}

TEST_F(FindInStore, APageEndsWhenVeryManyRunsWereLookedAt) {
  constexpr std::uint64_t kRuns = limits::kRunsLookedAtPerPage * 5 / 2;
  for (std::uint64_t i = 1; i <= kRuns; ++i) i == 1 ? start(i) : start_and_close(i);
  std::string token;
  std::size_t found = 0;
  int pages = 0;
  do {
    const auto page = list("WorkflowId STARTS_WITH 'id-1' AND WorkflowId < 'id-10'", 10, token);
    ASSERT_TRUE(page.ok()) << page.status();
    found += page->runs.size();
    token = page->next_page_token;
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(found, 1u);
  EXPECT_EQ(pages, 3);
  const auto open = list("ExecutionStatus = 'Running'", 10);
  ASSERT_TRUE(open.ok());
  EXPECT_EQ(open->runs.size(), 1u) << "those that are closed are not in the way";
  EXPECT_EQ(*count(""), kRuns);
}

TEST_F(FindInStore, ACountEndsWhenItIsTold) {
  for (std::uint64_t i = 1; i <= 600; ++i) start(i);
  int asked = 0;
  const auto counted = count_runs(store_, scope_, *core::FindQuery::parse("customer IS NULL"), [&] {
    return ++asked == 2 ? Status(StatusCode::kFailedPrecondition, "enough") : Status();
  });
  EXPECT_EQ(counted.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(asked, 2);
}

TEST_F(FindInStore, NamesWhatIsDamaged) {
  start(1);
  ASSERT_TRUE(test::commit(store_, epoch_, [](core::WriteSet& writes) {
                writes.put(Family::kRun, keys::run(kNumber, run_id(1)), "?");
              }).ok());
  for (const char* filter : {"", "WorkflowId = 'id-1'", "CloseTime IS NULL"}) {
    const Status status = list(filter, 10).status();
    ASSERT_NE(status.detail<Corruption>(), nullptr) << status;
    EXPECT_EQ(status.detail<Corruption>()->family, "run");
  }
  ASSERT_TRUE(test::commit(store_, epoch_, [](core::WriteSet& writes) {
                writes.put(Family::kOpen,
                           core::run_index::behind(kNumber, RunStatus::kRunning, at(1)), "");
              }).ok());
  const Status status = list("", 10).status();
  ASSERT_NE(status.detail<Corruption>(), nullptr) << status;
  EXPECT_EQ(status.detail<Corruption>()->family, "open");
}

TEST_F(FindInStore, LinksThatGoRoundHaveAnEnd) {
  // Two runs of one millisecond, each said to be before the other.
  for (const int one : {0, 1}) {
    const StartRequest request{.workflow_id = id_of(1)};
    const RunId run = run_id(static_cast<std::uint64_t>(one) + 1);
    const RunId other = run_id(2 - static_cast<std::uint64_t>(one));
    core::WorkflowState state;
    const auto started = core::apply(kNumber, request.workflow_id, state,
                                     {core::test::started(run, at(1), other, request)});
    ASSERT_TRUE(started.ok());
    const core::WriteSet* writes = &started->writes;
    ASSERT_TRUE(
        store_.commit({.epoch = epoch_, .number = store_.last_commit() + 1, .writes = {&writes, 1}})
            .ok());
  }
  const auto page = list("WorkflowId = 'id-1'", 10);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->runs.size(), 2u);
}

}  // namespace
}  // namespace onerun::store
