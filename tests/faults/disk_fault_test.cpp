// Every call that a workload makes of the disk fails in turn: once, and for good. Whatever was
// answered is true, and the directory can be opened again.
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <map>
#include <vector>

#include "store/rocksdb_store.hpp"
#include "tests/faults/clients.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::test {
namespace {

using namespace std::chrono_literals;

struct Kind {
  DiskCall call;
  const char* name;
  std::vector<DiskError> errors = {DiskError::kIo};
};

const std::vector<Kind> kKinds = {
    {DiskCall::kCreate, "create", {DiskError::kIo, DiskError::kNoSpace}},
    {DiskCall::kOpen, "open"},
    {DiskCall::kRead, "read"},
    {DiskCall::kAppend, "append", {DiskError::kIo, DiskError::kNoSpace, DiskError::kShortWrite}},
    {DiskCall::kSync, "sync", {DiskError::kIo, DiskError::kNoSpace}},
    {DiskCall::kTruncate, "truncate"},
    {DiskCall::kClose, "close"},
    {DiskCall::kSyncDirectory, "sync_a_directory"},
    {DiskCall::kRename, "rename"},
    {DiskCall::kDelete, "delete"},
    {DiskCall::kMakeDirectory, "make_a_directory"},
    {DiskCall::kList, "list_a_directory"},
    {DiskCall::kSize, "size_of_a_file"},
};

#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kStep = 3;  // one call in three: each takes five times as long
#else
constexpr std::uint64_t kStep = 1;
#endif
constexpr std::uint64_t kCallsMoreOrLess = 2;
constexpr std::uint64_t kSeed = 9;  // its requests fill tables enough to be merged
constexpr int kLives = 2;
constexpr int kRequestsOfALife = 9;
constexpr std::size_t kMostPadding = 60'000;

/// Requests, flushes, merges, deadlines, a deleted namespace, reclaiming.
void live(Clients& clients) {
  const auto go_on = [&](auto step) {
    if (clients.may_go_on()) step();
  };
  clients.change_other(false);
  clients.start_in_other();
  for (int i = 0; i < kRequestsOfALife; ++i) {
    clients.ask();
    if (i % 3 != 2) continue;
    clients.work();
    Clients::let_tables_be_written();
  }
  clients.passivate();
  clients.change_other(true);
  clients.move_clock(3s);
  clients.fire_timers();
  go_on([&] { clients.reclaim(); });
  go_on([&] { clients.ask(); });
  go_on([&] { clients.work(); });
  Clients::let_tables_be_written();
}

/// The same every time, as far as the disk lets it: a process that is killed, and one that finds
/// what that has left.
void run_workload(Clients& clients, const std::shared_ptr<FailingDisk>& disk) {
  if (clients.open(disk).ok()) live(clients);
  clients.kill();
  if (!clients.open(disk).ok()) return clients.kill();
  live(clients);
  clients.shut_down();
}

/// How many calls of each kind the workload makes.
std::map<DiskCall, std::uint64_t> count_calls() {
  const TemporaryDirectory directory;
  const auto disk = std::make_shared<FailingDisk>();
  Clients clients({directory.path(), kSeed, Durability::kSync, kMostPadding});
  run_workload(clients, disk);
  EXPECT_EQ(clients.checker().violation(), std::nullopt);
  EXPECT_EQ(disk->failed(), 0U);
  EXPECT_GT(disk->deleted_tables(), 0U) << "nothing was merged";
  std::map<DiskCall, std::uint64_t> calls;
  for (const Kind& kind : kKinds) calls[kind.call] = disk->calls(kind.call);
  return calls;
}

/// On a disk that is well.
void look_at_what_is_left(Clients& clients) {
  const Status opened = clients.open(std::make_shared<FailingDisk>());
  ASSERT_TRUE(opened.ok()) << opened;
  clients.look();
  clients.audit(false);
  clients.expire_everything();
  clients.audit(true);
  EXPECT_EQ(clients.checker().violation(), std::nullopt);
}

/// Lets the fault happen, then the power go: what a failed sync should have saved is not saved by
/// what is done later. Returns whether there was such a call.
bool try_fault(const DiskFault& fault) {
  const TemporaryDirectory directory;
  const auto disk = std::make_shared<FailingDisk>();
  disk->set_fault(fault);
  Clients clients({directory.path(), kSeed, Durability::kSync, kMostPadding});
  run_workload(clients, disk);
  clients.lose_power();
  look_at_what_is_left(clients);
  return disk->failed() > 0;
}

class DiskFaults : public ::testing::TestWithParam<Kind> {
 protected:
  static std::uint64_t calls() {
    static const std::map<DiskCall, std::uint64_t> all = count_calls();
    return all.at(GetParam().call);
  }

  /// Each call in turn. RocksDB's own threads make a few more or less.
  static void expect_no_harm(const std::function<DiskFault(std::uint64_t at)>& fault_at) {
    std::uint64_t trials = 0;
    std::uint64_t hits = 0;
    for (std::uint64_t at = 1; at <= calls(); at += kStep) {
      ++trials;
      SCOPED_TRACE(std::string(GetParam().name) + " number " + std::to_string(at));
      hits += try_fault(fault_at(at)) ? 1 : 0;
      if (HasFailure()) return;
    }
    std::printf("%s: %lu calls failed\n", GetParam().name, hits);
    EXPECT_GT(hits, 0U);
    EXPECT_GE(hits + trials / 10 + kCallsMoreOrLess, trials);
  }
};

TEST_P(DiskFaults, ThatHappenOnceNeverMakeAnAnswerWrong) {
  for (const DiskError error : GetParam().errors) {
    expect_no_harm([&](std::uint64_t at) { return DiskFault{GetParam().call, error, at, false}; });
  }
}

TEST_P(DiskFaults, ThatStayNeverMakeAnAnswerWrong) {
  const std::vector<DiskError>& errors = GetParam().errors;
  expect_no_harm([&](std::uint64_t at) {
    return DiskFault{GetParam().call, errors[at % errors.size()], at, true};
  });
}

INSTANTIATE_TEST_SUITE_P(Calls, DiskFaults, ::testing::ValuesIn(kKinds),
                         [](const auto& kind) { return std::string(kind.param.name); });

/// How often a directory is synced while a store is opened there.
std::uint64_t directory_syncs_at(const std::filesystem::path& data_dir) {
  const auto disk = std::make_shared<FailingDisk>();
  use_for_side_files(disk.get());
  EXPECT_TRUE(store::open_rocksdb_store({.data_dir = data_dir, .file_system = disk}).ok());
  use_for_side_files(nullptr);
  return disk->calls(DiskCall::kSyncDirectory);
}

/// The name of a directory that was made is itself only durable once it is synced.
TEST(PowerCut, TakesNoNewDirectoryThatAStoreWasOpenedIn) {
  const TemporaryDirectory directory;
  const std::uint64_t syncs = directory_syncs_at(directory / "x");
  EXPECT_EQ(directory_syncs_at(directory / "a" / "b" / "x"), syncs + 2);
}

/// RocksDB reads the log of a process that was killed, goes on in another one, and never syncs the
/// first.
TEST(PowerCut, TakesNothingThatWasThereWhenTheProcessBegan) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const TemporaryDirectory directory;
    const auto disk = std::make_shared<FailingDisk>();
    Clients clients({directory.path(), seed, Durability::kAsync});
    for (int life = 0; life < 2; ++life) {
      ASSERT_TRUE(clients.open(disk).ok());
      for (int i = 0; i < 20; ++i) clients.ask();
      clients.work();
      clients.kill();
    }
    ASSERT_TRUE(clients.open(disk).ok());
    clients.lose_power();
    look_at_what_is_left(clients);
  }
}

}  // namespace
}  // namespace onerun::test
