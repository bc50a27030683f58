// Metrics: what is recorded reaches the registry, without a lock on the way.
#include "metrics/metrics.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "metrics/catalog.hpp"
#include "tests/support/scrape.hpp"

namespace onerun::metrics {
namespace {

using test::series;
using test::value;

class MetricsTest : public ::testing::Test {
 protected:
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  Metrics metrics_{registry_};
};

TEST_F(MetricsTest, CountsAnswersByOperationAndCode) {
  metrics_.answered(Operation::kStart, StatusCode::kOk, std::chrono::microseconds(30));
  metrics_.answered(Operation::kStart, StatusCode::kOk, std::chrono::microseconds(300));
  metrics_.answered(Operation::kStart, StatusCode::kAlreadyExists, std::chrono::seconds(60));
  EXPECT_EQ(value(*registry_, "onerun_operations_total", {{"operation", "start"}, {"code", "ok"}}),
            2);
  EXPECT_EQ(value(*registry_, "onerun_operations_total",
                  {{"operation", "start"}, {"code", "already_exists"}}),
            1);
}

TEST_F(MetricsTest, PutsLatenciesIntoTheirBucketsWhenFlushed) {
  metrics_.answered(Operation::kComplete, StatusCode::kOk, std::chrono::microseconds(30));
  metrics_.answered(Operation::kComplete, StatusCode::kOk, std::chrono::seconds(60));
  metrics_.flush({});
  metrics_.flush({});
  const auto found =
      series(*registry_, "onerun_operation_seconds", {{"operation", "complete"}, {"code", "ok"}});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->histogram.sample_count, 2u) << "flushing twice counts once";
  EXPECT_NEAR(found->histogram.sample_sum, 60.00003, 1e-6);
  for (const auto& bucket : found->histogram.bucket) {
    const std::uint64_t expected = bucket.upper_bound < 30e-6 ? 0
                                   : bucket.upper_bound <= 10 ? 1
                                                              : 2;
    EXPECT_EQ(bucket.cumulative_count, expected) << bucket.upper_bound;
  }
}

TEST_F(MetricsTest, PutsAValueOnABoundaryBelowIt) {
  LockFreeHistogram<kCountBuckets.size()> histogram(kCountBuckets);
  prometheus::Histogram target({kCountBuckets.begin(), kCountBuckets.end()});
  histogram.record(1);
  histogram.record(2);
  histogram.flush(target);
  const auto collected = target.Collect().histogram;
  EXPECT_EQ(collected.bucket[0].cumulative_count, 1u);
  EXPECT_EQ(collected.bucket[1].cumulative_count, 2u);
}

TEST_F(MetricsTest, CountsEveryRuleByItself) {
  const auto orders = metrics_.add_namespace("orders");
  for (int number = 1; number < 256; ++number) {
    const auto rule = static_cast<StartRule>(number);
    if (to_string(rule) == "unknown") continue;
    orders->decided(rule);
    EXPECT_EQ(value(*registry_, "onerun_start_decisions_total",
                    {{"namespace", "orders"}, {"rule", std::string(to_string(rule))}}),
              1)
        << rule;
  }
}

TEST_F(MetricsTest, CountsDecisionsAndClosesByNamespace) {
  const auto orders = metrics_.add_namespace("orders");
  orders->decided(StartRule::kUsedExisting);
  orders->closed(RunStatus::kFailed);
  orders->reclaimed(3);
  orders->set_counts({.open = 5, .closed = 7});
  EXPECT_EQ(value(*registry_, "onerun_start_decisions_total",
                  {{"namespace", "orders"}, {"rule", "used_existing"}}),
            1);
  EXPECT_EQ(value(*registry_, "onerun_start_decisions_total",
                  {{"namespace", "orders"}, {"rule", "started"}}),
            0)
      << "every rule is there from the beginning";
  EXPECT_EQ(value(*registry_, "onerun_runs_closed_total",
                  {{"namespace", "orders"}, {"status", "failed"}}),
            1);
  EXPECT_EQ(value(*registry_, "onerun_retention_reclaimed_total", {{"namespace", "orders"}}), 3);
  EXPECT_EQ(value(*registry_, "onerun_open_runs", {{"namespace", "orders"}}), 5);
  EXPECT_EQ(value(*registry_, "onerun_closed_runs", {{"namespace", "orders"}}), 7);
}

TEST_F(MetricsTest, BringsGaugesUpToDateWhenFlushed) {
  metrics_.set_retention(12, std::chrono::milliseconds(1'500));
  metrics_.flush({.in_flight_requests = 1,
                  .in_flight_bytes = 2,
                  .close_waiters = 3,
                  .live_actors = 4,
                  .memtable_bytes = 5,
                  .block_cache_bytes = 6});
  EXPECT_EQ(value(*registry_, "onerun_in_flight_requests"), 1);
  EXPECT_EQ(value(*registry_, "onerun_in_flight_bytes"), 2);
  EXPECT_EQ(value(*registry_, "onerun_close_waiters"), 3);
  EXPECT_EQ(value(*registry_, "onerun_live_actors"), 4);
  EXPECT_EQ(value(*registry_, "onerun_store_memory_bytes", {{"use", "memtables"}}), 5);
  EXPECT_EQ(value(*registry_, "onerun_store_memory_bytes", {{"use", "block_cache"}}), 6);
  EXPECT_EQ(value(*registry_, "onerun_retention_due_runs"), 12);
  EXPECT_EQ(value(*registry_, "onerun_retention_lag_seconds"), 1.5);
  EXPECT_EQ(value(*registry_, "onerun_fenced"), 0);
  metrics_.fenced();
  metrics_.flush({});
  EXPECT_EQ(value(*registry_, "onerun_fenced"), 1);
  EXPECT_EQ(value(*registry_, "onerun_live_actors"), 0);
}

TEST_F(MetricsTest, RecordsCommits) {
  metrics_.committed(100, 5'000, std::chrono::milliseconds(2));
  metrics_.flush({});
  EXPECT_EQ(value(*registry_, "onerun_commits_total"), 1);
  EXPECT_EQ(value(*registry_, "onerun_commit_bytes_total"), 5'000);
  EXPECT_EQ(series(*registry_, "onerun_commit_groups")->histogram.sample_sum, 100);
  EXPECT_NEAR(series(*registry_, "onerun_commit_seconds")->histogram.sample_sum, 0.002, 1e-9);
}

TEST_F(MetricsTest, AddsUpWhenTwoRuntimesShareARegistry) {
  const auto mine = metrics_.add_namespace("orders");
  mine->set_counts({.open = 5});
  mine->decided(StartRule::kStarted);
  {
    Metrics others(registry_);
    const auto theirs = others.add_namespace("orders");
    theirs->set_counts({.open = 2});
    theirs->decided(StartRule::kStarted);
    EXPECT_EQ(value(*registry_, "onerun_open_runs", {{"namespace", "orders"}}), 7);
  }
  EXPECT_EQ(value(*registry_, "onerun_open_runs", {{"namespace", "orders"}}), 5)
      << "a runtime that goes takes its share away";
  EXPECT_EQ(value(*registry_, "onerun_start_decisions_total",
                  {{"namespace", "orders"}, {"rule", "started"}}),
            2)
      << "what was counted stays counted";
}

TEST_F(MetricsTest, CountsEverythingThatManyThreadsRecord) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 10'000; ++i) {
        metrics_.answered(Operation::kStart, StatusCode::kOk, std::chrono::microseconds(1));
      }
    });
  }
  for (int i = 0; i < 100; ++i) metrics_.flush({});
  for (std::thread& thread : threads) thread.join();
  metrics_.flush({});
  const test::Labels labels{{"operation", "start"}, {"code", "ok"}};
  EXPECT_EQ(value(*registry_, "onerun_operations_total", labels), 40'000);
  EXPECT_EQ(series(*registry_, "onerun_operation_seconds", labels)->histogram.sample_count,
            40'000u);
}

TEST(Catalog, FollowsTheRulesOfPrometheus) {
  std::set<std::string_view> names;
  for (const MetricInfo& info : kCatalog) {
    EXPECT_TRUE(info.name.starts_with("onerun_")) << info.name;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(info.name.ends_with("_total"), info.type == MetricType::kCounter) << info.name;
    EXPECT_EQ(info.labels.find("id"), std::string_view::npos) << "no id in a label: " << info.name;
    EXPECT_TRUE(info.help.ends_with('.')) << info.name;
  }
}

}  // namespace
}  // namespace onerun::metrics
