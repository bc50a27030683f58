// Finding runs through the public API, on both stores: what a list has, in which order, page by
// page.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

class Find : public test::OnBothStores {
 protected:
  Result<ListPage> list(ListRequest request) { return orders().list(request).get(); }

  /// All runs that match, page by page.
  std::vector<ListedRun> all(const std::string& filter, std::size_t page_size = 100) {
    std::vector<ListedRun> found;
    ListRequest request{.filter = filter, .page_size = page_size};
    do {
      auto page = list(request);
      if (!page.ok()) {
        ADD_FAILURE() << filter << ": " << page.status();
        return found;
      }
      EXPECT_LE(page->runs.size(), page_size);
      found.insert(found.end(), page->runs.begin(), page->runs.end());
      request.page_token = page->next_page_token;
    } while (!request.page_token.empty());
    return found;
  }

  /// Their workflow ids; the same that a count gives, and that pages of one and of two give.
  Ids ids(const std::string& filter) {
    const auto runs = all(filter);
    EXPECT_EQ(all(filter, 1), runs) << filter;
    EXPECT_EQ(all(filter, 2), runs) << filter;
    EXPECT_EQ(count(filter), runs.size()) << filter;
    Ids found;
    for (const ListedRun& run : runs) found.push_back(run.workflow_id.text());
    return found;
  }

  std::uint64_t count(const std::string& filter) {
    const auto counted = orders().count(filter).get();
    EXPECT_TRUE(counted.ok()) << filter << ": " << counted.status();
    return counted.ok() ? *counted : 0;
  }

  /// Starts it in a millisecond of its own.
  RunId start_later(StartRequest request) {
    clock().advance(1ms);
    const auto started = start(std::move(request));
    EXPECT_TRUE(started.ok()) << started.status();
    return started.ok() ? started->run_id : RunId();
  }
  RunId start_later(const std::string& id) {
    return start_later(StartRequest{.workflow_id = WorkflowId(id)});
  }

  static std::string quoted(const std::string& text) { return "'" + text + "'"; }
  static std::string time(Timestamp instant) {
    return std::to_string(instant.time_since_epoch().count() * 1'000'000);
  }
};

TEST_P(Find, GivesEveryRunTheLatestFirst) {
  EXPECT_EQ(ids(""), Ids());
  start_later("a");
  start_later("b");
  ASSERT_TRUE(complete("a").ok());
  start_later("c");
  EXPECT_EQ(ids(""), (Ids{"c", "b", "a"}));
  EXPECT_EQ(ids("  "), (Ids{"c", "b", "a"}));
}

TEST_P(Find, C245_APausedRunIsListedAsPausedWithoutACloseTime) {
  start_later("a");
  start_later("b");
  ASSERT_TRUE(orders().pause({WorkflowId("a")}, {}).get().ok());
  const auto paused = all("ExecutionStatus = 'Paused'");
  ASSERT_EQ(paused.size(), 1u);
  EXPECT_EQ(paused[0].workflow_id, WorkflowId("a"));
  EXPECT_EQ(paused[0].run.status, RunStatus::kPaused);
  EXPECT_FALSE(paused[0].run.close_time);
  EXPECT_EQ(ids("CloseTime IS NULL"), (Ids{"b", "a"}));
}

TEST_P(Find, SaysWhatDescribeSays) {
  const RunId run_id = start_later({.workflow_id = WorkflowId("a"),
                                    .workflow_type = "order",
                                    .memo = {{"note", Payload::bytes("soon")}},
                                    .search_attributes = {{"customer", "acme"}},
                                    .start_delay = 5s});
  ASSERT_TRUE(orders().request_cancel({WorkflowId("a")}).get().ok());
  for (const bool closes : {false, true}) {
    if (closes) ASSERT_TRUE(complete("a").ok());
    const auto page = list({});
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->runs.size(), 1u);
    const ListedRun& listed = page->runs[0];
    const auto described = describe("a", run_id);
    EXPECT_EQ(listed.run, described->run);
    EXPECT_EQ(listed.workflow_id, described->workflow_id);
    EXPECT_EQ(listed.workflow_type, "order");
    EXPECT_EQ(listed.execution_time, described->execution_time);
    EXPECT_EQ(listed.memo, described->memo);
    EXPECT_EQ(listed.search_attributes, described->search_attributes);
  }
}

TEST_P(Find, HasEveryStartThatWasAnswered) {
  for (int i = 0; i < 50; ++i) {
    const std::string id = "id-" + std::to_string(i);
    const auto started = start(id);
    ASSERT_TRUE(started.ok());
    EXPECT_EQ(all("WorkflowId = " + quoted(id)).size(), 1u);
    EXPECT_EQ(count("ExecutionStatus = 'Running'"), static_cast<std::uint64_t>(i + 1));
    EXPECT_EQ(all("RunId = " + quoted(started->run_id.text())).size(), 1u);
  }
  EXPECT_EQ(all("").size(), 50u) << "started in one millisecond";
}

TEST_P(Find, TakesEachFieldOfTheLanguage) {
  const RunId a = start_later({.workflow_id = WorkflowId("a"), .workflow_type = "order"});
  const Timestamp a_started = clock().now();
  start_later({.workflow_id = WorkflowId("b"), .search_attributes = {{"customer", "acme"}}});
  start_later({.workflow_id = WorkflowId("c"), .start_delay = 10s});
  start_later("d");
  clock().advance(1s);
  ASSERT_TRUE(complete("a").ok());
  ASSERT_TRUE(close_as("d", RunStatus::kFailed).ok());

  EXPECT_EQ(ids("WorkflowId = 'a'"), Ids{"a"});
  EXPECT_EQ(ids("WorkflowId IN ('a', 'c', 'nobody')"), (Ids{"c", "a"}));
  EXPECT_EQ(ids("WorkflowId > 'b'"), (Ids{"d", "c"}));
  EXPECT_EQ(ids("RunId = " + quoted(a.text())), Ids{"a"});
  EXPECT_EQ(ids("RunId IN ('nothing', " + quoted(a.text()) + ")"), Ids{"a"});
  EXPECT_EQ(ids("FirstExecutionRunId = " + quoted(a.text())), Ids{"a"});
  EXPECT_EQ(ids("WorkflowType = 'order'"), Ids{"a"});
  EXPECT_EQ(ids("ExecutionStatus = 'Running'"), (Ids{"c", "b"}));
  EXPECT_EQ(ids("ExecutionStatus != 'Running'"), (Ids{"d", "a"}));
  EXPECT_EQ(ids("ExecutionStatus IN ('Failed', 'Running')"), (Ids{"d", "c", "b"}));
  EXPECT_EQ(ids("StartTime > " + time(a_started)), (Ids{"d", "c", "b"}));
  EXPECT_EQ(ids("StartTime BETWEEN " + time(a_started) + " AND " + time(a_started + 1ms)),
            (Ids{"b", "a"}));
  EXPECT_EQ(ids("StartTime < " + time(a_started)), Ids());
  EXPECT_EQ(ids("ExecutionTime > " + time(clock().now())), Ids{"c"});
  EXPECT_EQ(ids("CloseTime = " + time(clock().now())), (Ids{"d", "a"}));
  EXPECT_EQ(ids("CloseTime IS NULL"), (Ids{"c", "b"}));
  EXPECT_EQ(ids("customer = 'acme' OR WorkflowType = 'order'"), (Ids{"b", "a"}));
  EXPECT_EQ(ids("customer IS NULL AND NOT ExecutionStatus = 'Failed'"), (Ids{"c", "a"}));
  EXPECT_EQ(ids("WorkflowId = 'a' AND WorkflowId = 'b'"), Ids());
  EXPECT_EQ(ids("WorkflowId = 'a' AND ExecutionStatus = 'Running'"), Ids());
}

TEST_P(Find, RefusesAFilterWithItsColumn) {
  for (const char* filter : {"WorkflowId LIKE 'a'", "customer = 'acme' LIMIT 10"}) {
    const Status listed = list({.filter = filter}).status();
    ASSERT_NE(listed.detail<InvalidFilter>(), nullptr) << listed;
    EXPECT_EQ(listed.code(), StatusCode::kInvalidArgument);
    EXPECT_GE(listed.detail<InvalidFilter>()->column, 12u);
    const Status counted = orders().count(filter).get().status();
    ASSERT_NE(counted.detail<InvalidFilter>(), nullptr) << counted;
    EXPECT_EQ(counted.detail<InvalidFilter>()->column, listed.detail<InvalidFilter>()->column);
  }
}

TEST_P(Find, RefusesAPageSizeOutOfItsRange) {
  for (const std::size_t size : {std::size_t{0}, limits::kRunsPerPage + 1}) {
    const Status refused = list({.page_size = size}).status();
    ASSERT_NE(refused.detail<InvalidField>(), nullptr);
    EXPECT_EQ(refused.detail<InvalidField>()->field, "page_size");
  }
  EXPECT_TRUE(list({.page_size = limits::kRunsPerPage}).ok());
}

TEST_P(Find, RefusesATokenThatIsNotOfTheSameQuery) {
  for (const char* id : {"a", "b", "c"}) start_later(id);
  const auto page = list({.page_size = 1});
  ASSERT_TRUE(page.ok());
  const std::string token = page->next_page_token;
  ASSERT_FALSE(token.empty());

  const auto refused = [&](ListRequest request, const Namespace& name_space) {
    const Status status = name_space.list(request).get().status();
    const auto* detail = status.detail<InvalidField>();
    return status.code() == StatusCode::kInvalidArgument && detail != nullptr &&
           detail->field == "page_token";
  };
  EXPECT_TRUE(refused({.filter = "WorkflowId = 'a'", .page_token = token}, orders()));
  EXPECT_TRUE(refused({.page_token = "?"}, orders()));
  EXPECT_TRUE(refused({.page_token = std::string(100'000, 'a')}, orders()));
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string mangled = token;
    mangled[i] = mangled[i] == '0' ? '1' : '0';
    EXPECT_TRUE(refused({.page_token = mangled}, orders())) << mangled;
    EXPECT_TRUE(refused({.page_token = token.substr(0, i)}, orders()) || i == 0);
  }
  const auto other = runtime().ensure_namespace(NamespaceName("others"));
  ASSERT_TRUE(other.ok());
  EXPECT_TRUE(refused({.page_token = token}, *other));
  EXPECT_TRUE(list({.page_size = 7, .page_token = token}).ok()) << "another size is fine";
}

TEST_P(Find, GoesOnWithATokenAfterARestart) {
  if (store() == StoreKind::kMemory) GTEST_SKIP() << "needs a disk";
  for (int i = 0; i < 10; ++i) start_later("id-" + std::to_string(i));
  for (const std::string filter : {"", "WorkflowId STARTS_WITH 'id'", "CloseTime IS NULL"}) {
    const auto wanted = all(filter);
    std::vector<ListedRun> found;
    ListRequest request{.filter = filter, .page_size = 3};
    do {
      const auto page = list(request);
      ASSERT_TRUE(page.ok()) << page.status();
      found.insert(found.end(), page->runs.begin(), page->runs.end());
      request.page_token = page->next_page_token;
      reopen();
    } while (!request.page_token.empty());
    EXPECT_EQ(found, wanted);
  }
}

TEST_P(Find, PagesAreNotDisturbedByWhatHappensBetween) {
  for (int i = 0; i < 10; ++i) start_later("id-" + std::to_string(i));
  ListRequest request{.page_size = 5};
  const auto first = list(request);
  ASSERT_TRUE(first.ok());
  // The run where the page ended goes, another one closes, and a new one starts.
  ASSERT_TRUE(orders().remove({first->runs.back().workflow_id}).get().ok());
  ASSERT_TRUE(complete("id-2").ok());
  start_later("new");
  request.page_token = first->next_page_token;
  const auto second = list(request);
  ASSERT_TRUE(second.ok());
  Ids found;
  for (const ListedRun& run : second->runs) found.push_back(run.workflow_id.text());
  EXPECT_EQ(found, (Ids{"id-4", "id-3", "id-2", "id-1", "id-0"}));
}

TEST_P(Find, OfOneWorkflowIdGivesAllItsRuns) {
  std::vector<RunId> started;
  for (int i = 0; i < 7; ++i) {
    if (i % 3 != 0) clock().advance(1ms);  // some in one millisecond
    started.push_back(start("W")->run_id);
    ASSERT_TRUE(complete("W").ok());
    ASSERT_TRUE(start("other-" + std::to_string(i)).ok());
  }
  for (const std::size_t page_size : {1, 2, 3, 100}) {
    const auto linked = all("WorkflowId = 'W'", page_size);
    EXPECT_EQ(linked.size(), started.size());
    EXPECT_EQ(linked, all("WorkflowId STARTS_WITH 'W'", page_size)) << "found without links";
    EXPECT_EQ(all("WorkflowId IN ('W', 'other-3')", page_size).size(), started.size() + 1);
  }
}

TEST_P(Find, OfOneWorkflowIdGoesOnWhenTheRunOfTheTokenIsGone) {
  for (int i = 0; i < 4; ++i) {
    start_later("W");
    ASSERT_TRUE(complete("W").ok());
  }
  const auto wanted = all("WorkflowId = 'W'");
  ListRequest request{.filter = "WorkflowId = 'W'", .page_size = 1};
  request.page_token = list(request)->next_page_token;
  start_later("W");
  const auto next = list(request);
  ASSERT_TRUE(next.ok());
  ASSERT_EQ(next->runs.size(), 1u);
  EXPECT_EQ(next->runs[0], wanted[1]);
}

TEST_P(Find, LeavesOutWhatHasExpired) {
  set_retention({.closed = 10s, .by_status = {{RunStatus::kFailed, 20s}}});
  start_later("done");
  start_later("failed");
  start_later("open");
  ASSERT_TRUE(complete("done").ok());
  ASSERT_TRUE(close_as("failed", RunStatus::kFailed).ok());
  clock().advance(10s - 1ms);
  EXPECT_EQ(ids(""), (Ids{"open", "failed", "done"}));
  clock().advance(1ms);
  for (const bool reclaimed : {false, true}) {
    if (reclaimed) EXPECT_EQ(*testing::reclaim_now(runtime()), 1u);
    EXPECT_EQ(ids(""), (Ids{"open", "failed"}));
    EXPECT_EQ(ids("ExecutionStatus = 'Completed'"), Ids());
    EXPECT_EQ(ids("WorkflowId = 'done'"), Ids());
    EXPECT_EQ(ids("customer IS NULL"), (Ids{"open", "failed"}));
  }
}

TEST_P(Find, LeavesOutWhatWasRemoved) {
  start_later("closed");
  ASSERT_TRUE(complete("closed").ok());
  const RunId older = start_later("again");
  ASSERT_TRUE(complete("again").ok());
  start_later("again");
  start_later("open");
  ASSERT_TRUE(orders().remove({WorkflowId("closed")}).get().ok());
  ASSERT_TRUE(orders().remove({WorkflowId("open")}).get().ok());
  EXPECT_EQ(ids(""), (Ids{"again", "again"}));
  ASSERT_TRUE(orders().remove({WorkflowId("again"), older}).get().ok());
  EXPECT_EQ(ids(""), Ids{"again"});
  EXPECT_EQ(ids("WorkflowId = 'again'"), Ids{"again"});
}

TEST_P(Find, KnowsRunsWithIdsOfTheCallersOwn) {
  const auto own = [](const std::string& id, const std::string& run_id) {
    return StartRequest{.workflow_id = WorkflowId(id), .run_id = RunId(run_id)};
  };
  start_later(own("a", "zzz"));
  start_later(own("b", "0"));
  start_later("c");
  // A random UUID, and one of another time.
  start_later(own("d", "f47ac10b-58cc-4372-a567-0e02b2c3d479"));
  start_later(own("e", "018e4c5a-9a00-7001-8000-0000000000aa"));
  start_later(own("f", std::string(limits::kIdBytes, 'x')));
  ASSERT_TRUE(complete("a").ok());
  EXPECT_EQ(ids(""), (Ids{"f", "e", "d", "c", "b", "a"}));
  EXPECT_EQ(ids("StartTime >= " + time(clock().now() - 2ms)), (Ids{"f", "e", "d"}));
  EXPECT_EQ(ids("RunId = '0'"), Ids{"b"});
  EXPECT_EQ(ids("RunId IN ('zzz', '0') AND WorkflowId = 'a'"), Ids{"a"});
  // The id of a run that is gone may be brought again, also in the same millisecond.
  ASSERT_TRUE(orders().remove({WorkflowId("b")}).get().ok());
  ASSERT_TRUE(start(own("g", "0")).ok());
  EXPECT_EQ(ids("RunId = '0'"), Ids{"g"});
  ASSERT_TRUE(orders().remove({WorkflowId("g")}).get().ok());
  ASSERT_TRUE(start(own("h", "0")).ok());
  ASSERT_TRUE(complete("h").ok());
  EXPECT_EQ(ids("ExecutionStatus = 'Completed'"), (Ids{"h", "a"}));
  EXPECT_EQ(ids("WorkflowId IN ('b', 'g')"), Ids());
}

TEST_P(Find, FollowsChains) {
  const RunId first = start_later("W");
  clock().advance(1ms);
  ASSERT_TRUE(orders().continue_as_new({WorkflowId("W")}).get().ok());
  start_later("other");
  EXPECT_EQ(ids("FirstExecutionRunId = " + quoted(first.text())), (Ids{"W", "W"}));
  EXPECT_EQ(ids("ExecutionStatus = 'ContinuedAsNew'"), Ids{"W"});
  EXPECT_EQ(ids("WorkflowId = 'W' AND ExecutionStatus = 'Running'"), Ids{"W"});
}

TEST_P(Find, OfATerminatedAndReplacedRunGivesBoth) {
  start_later("W");
  start_later(
      {.workflow_id = WorkflowId("W"), .conflict_policy = ConflictPolicy::kTerminateExisting});
  EXPECT_EQ(ids("ExecutionStatus = 'Running'"), Ids{"W"});
  EXPECT_EQ(ids("ExecutionStatus = 'Terminated'"), Ids{"W"});
  EXPECT_EQ(ids(""), (Ids{"W", "W"}));
}

TEST_P(Find, GoesThroughMoreRunsThanAWindowHas) {
  constexpr int kRuns = 1'500;
  std::multiset<std::string> wanted;
  for (int i = 0; i < kRuns; ++i) {
    if (i % 7 == 0) clock().advance(1ms);
    const std::string id = "id-" + std::to_string(i);
    bring_into(id, i % 2 == 0   ? RunStatus::kRunning
                   : i % 3 == 0 ? RunStatus::kFailed
                                : RunStatus::kCompleted);
    wanted.insert(id);
  }
  for (const std::size_t page_size : {100u, 257u, 1'000u}) {
    std::multiset<std::string> found;
    Timestamp last = Timestamp::max();
    for (const ListedRun& run : all("", page_size)) {
      EXPECT_LE(run.run.start_time, last);
      last = run.run.start_time;
      found.insert(run.workflow_id.text());
    }
    EXPECT_EQ(found, wanted);
  }
  EXPECT_EQ(count("ExecutionStatus = 'Running'"), kRuns / 2u);
  EXPECT_EQ(count("ExecutionStatus IN ('Running', 'Failed')"), kRuns / 2u + kRuns / 6u);
  EXPECT_EQ(all("ExecutionStatus IN ('Running', 'Failed')", 999).size(), kRuns / 2u + kRuns / 6u);
}

TEST_P(Find, KnowsOnlyTheRunsOfItsNamespace) {
  start_later("a");
  const auto others = runtime().ensure_namespace(NamespaceName("others"));
  ASSERT_TRUE(others.ok());
  EXPECT_TRUE(others->list().get()->runs.empty());
  EXPECT_EQ(*others->count().get(), 0u);
  EXPECT_EQ(runtime().namespace_("nowhere").list().get().code(), StatusCode::kNotFound);
  EXPECT_EQ(runtime().namespace_("nowhere").count().get().code(), StatusCode::kNotFound);

  ASSERT_TRUE(others->start({.workflow_id = WorkflowId("b")}).get().ok());
  const auto deleted = others->delete_namespace().get();
  ASSERT_TRUE(deleted.ok());
  EXPECT_EQ(others->list().get().code(), StatusCode::kNotFound);
  EXPECT_EQ(runtime().namespace_(deleted->name).list().get().code(),
            StatusCode::kFailedPrecondition);
  ASSERT_TRUE(testing::reclaim_now(runtime()).ok());
  const auto again = runtime().ensure_namespace(NamespaceName("others"));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->list().get()->runs.empty());
  EXPECT_EQ(ids(""), Ids{"a"});
}

TEST_P(Find, HoldsAtTheEndsOfTime) {
  clock().set(Timestamp::min());
  ASSERT_TRUE(start("first").ok());
  clock().set(Timestamp(1s));
  ASSERT_TRUE(start("middle").ok());
  clock().set(Timestamp::max());
  ASSERT_TRUE(start("last").ok());
  EXPECT_EQ(ids(""), (Ids{"last", "middle", "first"}));
  EXPECT_EQ(ids("StartTime <= 1000000000"), (Ids{"middle", "first"}));
  EXPECT_EQ(ids("StartTime >= 1000000000"), (Ids{"last", "middle"}));
  EXPECT_EQ(ids("StartTime < 1 AND ExecutionStatus = 'Running'"), Ids{"first"});
}

TEST_P(Find, CountsItsOperations) {
  start_later("a");
  ASSERT_TRUE(list({}).ok());
  ASSERT_FALSE(list({.filter = "?"}).ok());
  ASSERT_TRUE(orders().count().get().ok());
  EXPECT_EQ(metric("onerun_operations_total", {{"operation", "list"}, {"code", "ok"}}), 1);
  EXPECT_EQ(
      metric("onerun_operations_total", {{"operation", "list"}, {"code", "invalid_argument"}}), 1);
  EXPECT_EQ(metric("onerun_operations_total", {{"operation", "count"}, {"code", "ok"}}), 1);
}

TEST_P(Find, IsRefusedAfterAShutdown) {
  const Namespace handle = orders();
  ASSERT_TRUE(runtime().shutdown(1s).ok());
  EXPECT_NE(handle.list().get().status().detail<ShutDown>(), nullptr);
  EXPECT_NE(handle.count().get().status().detail<ShutDown>(), nullptr);
}

ONERUN_ON_BOTH_STORES(Find);

}  // namespace
}  // namespace onerun
