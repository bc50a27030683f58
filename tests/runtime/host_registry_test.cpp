// The host's metrics registry: shared by runtimes that come and go, and refused by name.
#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "metrics/catalog.hpp"
#include "onerun/prometheus.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

class HostRegistry : public ::testing::Test {
 protected:
  Result<Runtime> open() {
    return Runtime::open({.store = StoreKind::kMemory, .metrics = use_registry(registry_)});
  }

  double value(const std::string& name, const test::Labels& labels = {}) {
    return test::value(*registry_, name, labels);
  }
  double sum_of(std::string_view name) {
    double sum = 0;
    for (const auto& family : registry_->Collect()) {
      if (family.name != name) continue;
      for (const auto& series : family.metric) sum += series.gauge.value;
    }
    return sum;
  }
  double open_runtimes() { return sum_of(metrics::kBuildInfo.name); }

  void expect_refused(std::string_view name) {
    const auto refused = open();
    EXPECT_EQ(refused.code(), StatusCode::kAlreadyExists);
    EXPECT_NE(refused.status().message().find('"' + std::string(name) + '"'),
              std::string_view::npos)
        << refused.status();
    EXPECT_EQ(open_runtimes(), 0);
  }

  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
};

TEST_F(HostRegistry, HasNoGaugeOfARuntimeThatWasShutDown) {
  auto first = open();
  const Namespace old_handle = *first->ensure_namespace(NamespaceName("orders"));
  ASSERT_TRUE(old_handle.start({.workflow_id = WorkflowId("a")}).get().ok());
  ASSERT_TRUE(first->shutdown(std::chrono::seconds(60)).ok());
  for (const metrics::MetricInfo& info : metrics::kCatalog) {
    if (info.type == metrics::MetricType::kGauge) EXPECT_EQ(sum_of(info.name), 0) << info.name;
  }
  EXPECT_EQ(value("onerun_operations_total", {{"operation", "start"}, {"code", "ok"}}), 1)
      << "what was counted stays";
}

TEST_F(HostRegistry, CountsRuntimesBesideOldHandles) {
  auto first = open();
  const Namespace old_handle = *first->ensure_namespace(NamespaceName("orders"));
  auto second = open();
  EXPECT_EQ(open_runtimes(), 2);
  ASSERT_TRUE(first->shutdown(std::chrono::seconds(60)).ok());
  EXPECT_EQ(open_runtimes(), 1);
  const auto third = open();
  EXPECT_EQ(open_runtimes(), 2);
  EXPECT_EQ(old_handle.start({.workflow_id = WorkflowId("a")}).get().code(),
            StatusCode::kFailedPrecondition);
}

TEST_F(HostRegistry, HasNoFenceOfARuntimeThatIsGone) {
  metrics::Metrics gone(registry_);
  gone.fenced();
  gone.flush({.in_flight_requests = 3});
  EXPECT_EQ(value("onerun_fenced"), 1);
  gone.withdraw_gauges();
  gone.flush({.in_flight_requests = 3});
  EXPECT_EQ(value("onerun_fenced"), 0);
  EXPECT_EQ(value("onerun_in_flight_requests"), 0);
}

TEST_F(HostRegistry, IsRefusedIfItIsNone) {
  registry_ = nullptr;
  const auto refused = open();
  EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument);
  ASSERT_NE(refused.status().detail<InvalidField>(), nullptr);
  EXPECT_EQ(refused.status().detail<InvalidField>()->field, "metrics");
}

TEST_F(HostRegistry, IsRefusedIfItHasAMetricOfAnotherType) {
  prometheus::BuildCounter().Name("onerun_fenced").Register(*registry_);
  expect_refused("onerun_fenced");
}

TEST_F(HostRegistry, IsRefusedIfItHasAMetricWithConstantLabels) {
  prometheus::BuildCounter().Name("onerun_commits_total").Labels({{"a", "b"}}).Register(*registry_);
  expect_refused("onerun_commits_total");
}

TEST_F(HostRegistry, IsRefusedIfItHasAMetricWithOtherLabels) {
  prometheus::BuildGauge().Name("onerun_open_runs").Register(*registry_).Add({{"tenant", "b"}});
  expect_refused("onerun_open_runs");
}

TEST_F(HostRegistry, ThatNeverMergesTakesOneRuntime) {
  registry_ = std::make_shared<prometheus::Registry>(prometheus::Registry::InsertBehavior::Throw);
  const auto first = open();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(open().code(), StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace onerun
