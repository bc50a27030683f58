// Runtimes for tests: on either store, on a clock that stands still, with ids that repeat.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "onerun/onerun.hpp"
#include "onerun/prometheus.hpp"
#include "onerun/testing.hpp"
#include "runtime/engine.hpp"
#include "runtime/runtime_access.hpp"
#include "tests/support/collecting_sink.hpp"
#include "tests/support/scrape.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::test {

inline std::string name_of_store(const ::testing::TestParamInfo<StoreKind>& store) {
  return std::string(to_string(store.param));
}

/// A runtime with the namespace "orders". It may be closed and opened again.
class RuntimeFixture {
 public:
  explicit RuntimeFixture(StoreKind store) : store_(store) {
    options_.store = store;
    options_.data_dir = directory_.path();
    options_.clock = clock_;
    options_.ids = ids_;
    options_.log = log_;
    options_.reclaim_interval = std::chrono::hours(1);  // tests say when, and count what went
    open();
    const auto made = runtime_->ensure_namespace(NamespaceName("orders"));
    if (!made.ok()) ADD_FAILURE() << made.status();
  }

  void open() {
    auto opened = Runtime::open(options_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    runtime_.emplace(std::move(*opened));
  }
  void close() { runtime_.reset(); }
  void reopen() {
    close();
    open();
  }

  Runtime& runtime() { return *runtime_; }
  Namespace orders() { return runtime_->namespace_("orders"); }
  const std::shared_ptr<runtime::Engine>& engine() { return RuntimeAccess::engine(*runtime_); }

  Result<StartResult> start(StartRequest request) {
    return orders().start(std::move(request)).get();
  }
  Result<StartResult> start(const std::string& id) {
    return start(StartRequest{.workflow_id = WorkflowId(id)});
  }
  Result<RunInfo> complete(const std::string& id, RunId run = {}) {
    return orders().complete({WorkflowId(id), std::move(run)}).get();
  }
  Result<RunDescription> describe(const std::string& id, RunId run = {}) {
    return orders().describe({WorkflowId(id), std::move(run)}).get();
  }

  /// Ends the current run with any closed status, also those that the API has no call for yet.
  Result<RunInfo> close_as(const std::string& id, RunStatus status) {
    return engine()
        ->change_run(NamespaceName("orders"), metrics::Operation::kTerminate,
                     core::CloseCommand{.run = {WorkflowId(id)}, .status = status})
        .get();
  }

  /// Brings a new id into that state; kUnspecified: no run.
  void bring_into(const std::string& id, RunStatus status) {
    if (status == RunStatus::kUnspecified) return;
    ASSERT_TRUE(start(id).ok());
    if (is_closed(status)) ASSERT_TRUE(close_as(id, status).ok());
  }

  /// Passivates the one actor that there is. It may still be at the end of its last request.
  void passivate_the_actor() {
    std::uint64_t passivated = 0;
    while (passivated == 0) passivated = *testing::passivate_now(runtime());
    EXPECT_EQ(passivated, 1u);
  }

  void set_retention(Retention retention) {
    const auto updated = orders().update_namespace({.retention = std::move(retention)}).get();
    ASSERT_TRUE(updated.ok()) << updated.status();
  }

  double metric(const std::string& name, const Labels& labels = {}) {
    return value(*registry_of(*runtime_), name, labels);
  }

  StoreKind store() const { return store_; }
  Options& options() { return options_; }
  testing::ManualClock& clock() { return *clock_; }
  const CollectingSink& log() const { return *log_; }
  const std::filesystem::path& directory() const { return directory_.path(); }

 private:
  const StoreKind store_;
  TemporaryDirectory directory_;
  std::shared_ptr<testing::ManualClock> clock_ = std::make_shared<testing::ManualClock>();
  std::shared_ptr<testing::SeededIdSource> ids_ = std::make_shared<testing::SeededIdSource>(1);
  std::shared_ptr<CollectingSink> log_ = std::make_shared<CollectingSink>();
  Options options_;
  std::optional<Runtime> runtime_;
};

/// Tests that run on both stores.
class OnBothStores : public ::testing::TestWithParam<StoreKind>, public RuntimeFixture {
 protected:
  OnBothStores() : RuntimeFixture(GetParam()) {}
};

/// Tests that need a disk.
class OnDisk : public ::testing::Test, public RuntimeFixture {
 protected:
  OnDisk() : RuntimeFixture(StoreKind::kRocksDb) {}
};

}  // namespace onerun::test

#define ONERUN_ON_BOTH_STORES(Fixture)                                                             \
  INSTANTIATE_TEST_SUITE_P(                                                                        \
      Stores, Fixture, ::testing::Values(onerun::StoreKind::kMemory, onerun::StoreKind::kRocksDb), \
      onerun::test::name_of_store)
