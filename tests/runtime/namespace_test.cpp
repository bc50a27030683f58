// Namespaces through the public API: register, update, describe, list, deprecate, delete.
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "core/big_endian.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/support/runtimes.hpp"
#include "tests/support/stores.hpp"

namespace onerun {
namespace {

class Namespaces : public test::OnBothStores {
 protected:
  Namespace other() { return runtime().namespace_("other"); }
};

TEST_P(Namespaces, RegistersWithWhatItWasGiven) {
  NamespaceConfig config;
  config.retention = {.closed = std::chrono::hours(3),
                      .by_status = {{RunStatus::kFailed, std::chrono::hours(24)}},
                      .ids = std::chrono::hours(100)};
  config.description = "what it is for";
  config.owner = "team";
  config.data = {{"key", "value"}};
  const auto made = other().register_namespace(config).get();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->name.text(), "other");
  EXPECT_EQ(made->state, NamespaceState::kRegistered);
  EXPECT_EQ(made->config, config);
  EXPECT_EQ(made->config_version, 1u);
  if (store() == StoreKind::kRocksDb) reopen();
  if (store() == StoreKind::kRocksDb) {
    const auto again = other().describe_namespace().get();
    EXPECT_EQ(again->config, config);
    EXPECT_EQ(again->id, made->id);
  }
}

TEST_P(Namespaces, HasA30DayRetentionByDefault) {
  EXPECT_EQ(orders().describe_namespace().get()->config.retention.closed,
            std::chrono::hours(24 * 30));
}

TEST_P(Namespaces, RefusesANameThatIsTaken) {
  EXPECT_EQ(orders().register_namespace().get().code(), StatusCode::kAlreadyExists);
}

TEST_P(Namespaces, GivesANameToOneOfManyThatRegisterIt) {
  std::vector<Future<Result<NamespaceDescription>>> answers;
  for (int i = 0; i < 50; ++i) answers.push_back(other().register_namespace());
  int made = 0;
  for (auto& answer : answers) {
    const auto result = answer.get();
    if (result.ok()) {
      ++made;
    } else {
      EXPECT_EQ(result.code(), StatusCode::kAlreadyExists);
    }
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(runtime().list_namespaces()->size(), 2u);
}

TEST_P(Namespaces, EnsuresOneWithoutChangingIt) {
  const auto first = runtime().ensure_namespace(NamespaceName("other"),
                                                {.retention = {.closed = std::chrono::hours(1)}});
  ASSERT_TRUE(first.ok());
  const auto second = runtime().ensure_namespace(NamespaceName("other"),
                                                 {.retention = {.closed = std::chrono::hours(2)}});
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(other().describe_namespace().get()->config.retention.closed, std::chrono::hours(1));
  EXPECT_EQ(runtime().ensure_namespace(NamespaceName("")).code(), StatusCode::kInvalidArgument);
}

TEST_P(Namespaces, ListsByNameWithTheirRuns) {
  ASSERT_TRUE(other().register_namespace().get().ok());
  ASSERT_TRUE(start("a").ok());
  ASSERT_TRUE(start("b").ok());
  ASSERT_TRUE(complete("b").ok());
  const auto all = runtime().list_namespaces();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].name.text(), "orders");
  EXPECT_EQ((*all)[0].open_runs, 1u);
  EXPECT_EQ((*all)[0].closed_runs, 1u);
  EXPECT_EQ((*all)[1].name.text(), "other");
  EXPECT_EQ((*all)[1].open_runs, 0u);
}

TEST_P(Namespaces, UpdatesWhatItIsGiven) {
  ASSERT_TRUE(orders().update_namespace({.owner = "team", .data = {{"a", "1"}}}).get().ok());
  const auto updated = orders().update_namespace({.data = {{"b", "2"}}}).get();
  EXPECT_EQ(updated->config.owner, "team");
  EXPECT_EQ(updated->config.data, (TextMap{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(updated->config_version, 3u);
}

TEST_P(Namespaces, KeepsIdsOfNamespacesApart) {
  ASSERT_TRUE(other().register_namespace().get().ok());
  ASSERT_TRUE(start("a").ok());
  EXPECT_TRUE(other().start({.workflow_id = WorkflowId("a")}).get().ok());
  ASSERT_TRUE(complete("a").ok());
  EXPECT_EQ(other().describe({WorkflowId("a")}).get()->run.status, RunStatus::kRunning);
}

TEST_P(Namespaces, DeprecatesTwice) {
  ASSERT_TRUE(orders().deprecate_namespace().get().ok());
  const auto again = orders().deprecate_namespace().get();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->state, NamespaceState::kDeprecated);
}

TEST_P(Namespaces, StartsAfreshUnderADeletedName) {
  ASSERT_TRUE(start("a").ok());
  ASSERT_TRUE(orders().delete_namespace().get().ok());
  ASSERT_TRUE(orders().register_namespace().get().ok());
  EXPECT_EQ(describe("a").code(), StatusCode::kNotFound);
  const auto started =
      start({.workflow_id = WorkflowId("a"), .reuse_policy = ReusePolicy::kRejectDuplicate});
  EXPECT_TRUE(started.ok());
  ASSERT_TRUE(testing::reclaim_now(runtime()).ok());
  EXPECT_EQ(describe("a")->run.run_id, started->run_id)
      << "the clean-up of the old namespace does not touch the new one";
  EXPECT_EQ(runtime().list_namespaces()->size(), 1u);
}

TEST_P(Namespaces, DeletesTheSameNameAgainAndAgain) {
  for (int i = 0; i < 20; ++i) {
    const auto deleted = orders().delete_namespace().get();
    ASSERT_TRUE(deleted.ok()) << deleted.status();
    ASSERT_TRUE(orders().register_namespace().get().ok());
  }
  ASSERT_TRUE(testing::reclaim_now(runtime()).ok());
  EXPECT_EQ(runtime().list_namespaces()->size(), 1u);
}

TEST_P(Namespaces, LosesNothingBetweenADeletionAndStartsThatRaceWithIt) {
  std::vector<Future<Result<StartResult>>> starts;
  std::thread starter([&] {
    for (int i = 0; i < 2'000; ++i) {
      starts.push_back(orders().start({.workflow_id = WorkflowId("id-" + std::to_string(i))}));
    }
  });
  const auto deleted = orders().delete_namespace().get();
  starter.join();
  ASSERT_TRUE(deleted.ok());
  for (auto& one : starts) {
    const auto code = one.get().code();
    EXPECT_TRUE(code == StatusCode::kOk || code == StatusCode::kNotFound ||
                code == StatusCode::kFailedPrecondition)
        << code;
  }
  ASSERT_TRUE(testing::reclaim_now(runtime()).ok());
  EXPECT_TRUE(runtime().list_namespaces()->empty()) << "whatever got in before is gone too";
}

TEST_P(Namespaces, ShowsItsRunsInMetrics) {
  ASSERT_TRUE(start("a").ok());
  const auto registry = registry_of(runtime());
  ASSERT_TRUE(orders().delete_namespace().get().ok());
  close();
  EXPECT_EQ(test::value(*registry, "onerun_open_runs", {{"namespace", "orders"}}), 0)
      << "a runtime that is gone has no open runs";
}

ONERUN_ON_BOTH_STORES(Namespaces);

class NamespacesOnDisk : public test::OnDisk {
 protected:
  /// Changes the store behind the runtime's back.
  void change_store(const std::function<void(core::WriteSet&)>& fill) {
    auto opened = store::open_rocksdb_store({.data_dir = directory()});
    ASSERT_TRUE(opened.ok());
    const auto epoch = opened->store->acquire_epoch();
    ASSERT_TRUE(test::commit(*opened->store, *epoch, fill).ok());
    ASSERT_TRUE(opened->store->close().ok());
  }

  void expect_not_opened(const std::string& why) {
    const Status refused = Runtime::open(options()).status();
    EXPECT_EQ(refused.code(), StatusCode::kDataLoss);
    ASSERT_NE(refused.detail<Corruption>(), nullptr);
    EXPECT_EQ(refused.detail<Corruption>()->family, "meta");
    EXPECT_NE(refused.message().find(why), std::string::npos) << refused;
  }
};

TEST_F(NamespacesOnDisk, GoOnWithADeletionAfterARestart) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(start("id-" + std::to_string(i)).ok());
  const auto deleted = orders().delete_namespace().get();
  ASSERT_TRUE(deleted.ok());
  reopen();
  const auto still = runtime().namespace_(deleted->name).describe_namespace().get();
  if (still.ok()) EXPECT_EQ(still->state, NamespaceState::kDeleted);
  ASSERT_TRUE(testing::reclaim_now(runtime()).ok());
  EXPECT_TRUE(runtime().list_namespaces()->empty());
  reopen();
  EXPECT_TRUE(runtime().list_namespaces()->empty());
}

/// A namespace that shadowed another, or took its number, would have its runs.
TEST_F(NamespacesOnDisk, AreNotOpenedIfTwoCouldBeTakenForOne) {
  ASSERT_TRUE(start("a").ok());
  close();
  const std::string second = core::keys::namespace_record(2);
  const std::string next(core::keys::kNextNamespace);
  change_store([&](core::WriteSet& writes) {
    writes.put(core::Family::kMeta, next, core::big_endian(core::NamespaceNumber{3}));
    writes.put(core::Family::kMeta, second,
               core::encode_namespace({.name = NamespaceName("orders")}));
  });
  expect_not_opened("the second namespace of that name");
  change_store([&](core::WriteSet& writes) { writes.erase(core::Family::kMeta, second); });
  EXPECT_TRUE(Runtime::open(options()).ok());
  change_store([&](core::WriteSet& writes) { writes.erase(core::Family::kMeta, next); });
  expect_not_opened("there is a namespace of that number, or of a later one");
}

TEST_F(NamespacesOnDisk, NeverUseANumberTwice) {
  ASSERT_TRUE(start("a").ok());
  ASSERT_TRUE(orders().delete_namespace().get().ok());
  ASSERT_TRUE(testing::reclaim_now(runtime()).ok());
  reopen();
  ASSERT_TRUE(orders().register_namespace().get().ok());
  EXPECT_EQ(describe("a").code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace onerun
