// Every call that a workload makes of the disk fails in turn: once, and for good. Whatever was
// answered is true, and the directory can be opened again.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/faults/clients.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::test {
namespace {

struct Kind {
  DiskCall call;
  DiskError error;
  const char* name;
};

constexpr std::array kKinds = {
    Kind{DiskCall::kCreate, DiskError::kIo, "create"},
    Kind{DiskCall::kCreate, DiskError::kNoSpace, "create without space"},
    Kind{DiskCall::kAppend, DiskError::kIo, "append"},
    Kind{DiskCall::kAppend, DiskError::kNoSpace, "append without space"},
    Kind{DiskCall::kAppend, DiskError::kShortWrite, "half an append"},
    Kind{DiskCall::kSync, DiskError::kIo, "sync"},
    Kind{DiskCall::kSync, DiskError::kNoSpace, "sync without space"},
    Kind{DiskCall::kSyncDirectory, DiskError::kIo, "sync of a directory"},
    Kind{DiskCall::kRename, DiskError::kIo, "rename"},
    Kind{DiskCall::kRead, DiskError::kIo, "read"},
    Kind{DiskCall::kDelete, DiskError::kIo, "delete"},
};

constexpr int kLives = 3;
constexpr int kRequestsOfALife = 12;

/// The same requests every time, in several lives of the process, as far as the disk lets them.
void run_workload(Clients& clients, const std::shared_ptr<FailingDisk>& disk) {
  for (int life = 0; life < kLives; ++life) {
    if (!clients.open(disk).ok()) {
      clients.end_process();
      continue;
    }
    for (int i = 0; i < kRequestsOfALife; ++i) {
      clients.ask();
      if (i % 2 == 1) clients.work();
    }
    clients.work();
    clients.end_process();
  }
}

TEST(DiskFaults, NeverMakeAnAnswerWrong) {
  std::map<DiskCall, std::uint64_t> calls;
  {
    const TemporaryDirectory directory;
    const auto disk = std::make_shared<FailingDisk>();
    Clients clients(directory.path(), 1);
    run_workload(clients, disk);
    ASSERT_EQ(clients.checker().violation(), std::nullopt);
    for (const Kind& kind : kKinds) calls[kind.call] = disk->calls(kind.call);
  }
  int trials = 0;
  int hits = 0;
  for (const Kind& kind : kKinds) {
    for (const bool sticky : {false, true}) {
      for (std::uint64_t at = 1; at <= calls[kind.call]; ++at) {
        SCOPED_TRACE(std::string(kind.name) + " number " + std::to_string(at) +
                     (sticky ? " and all after it" : ""));
        const TemporaryDirectory directory;
        const auto disk = std::make_shared<FailingDisk>();
        disk->set_fault({kind.call, kind.error, at, sticky});
        Clients clients(directory.path(), 1);
        run_workload(clients, disk);
        trials += 1;
        hits += disk->failed() > 0 ? 1 : 0;

        const Status healed = clients.open(nullptr);
        ASSERT_TRUE(healed.ok()) << healed;
        clients.look();
        clients.close();
        clients.audit();
        ASSERT_EQ(clients.checker().violation(), std::nullopt);
      }
    }
  }
  // RocksDB's own threads make a few calls more or less.
  EXPECT_GT(hits, trials * 9 / 10);
  RecordProperty("trials", trials);
}

}  // namespace
}  // namespace onerun::test
