// Signals that a worker has not read: an end of the run that does not know them is refused, through
// the public API on both stores.
#include <gtest/gtest.h>

#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

class UnreadSignals : public test::OnBothStores {
 protected:
  const RunRef ref_{WorkflowId("W")};

  Status signal() { return orders().signal(ref_, {.name = "s"}).get().status(); }
  static std::uint64_t last_event(const Status& refused) {
    const auto* moved = refused.detail<HistoryMoved>();
    EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition) << refused;
    return moved == nullptr ? 0 : moved->last_event_id;
  }
};

TEST_P(UnreadSignals, AreReadBeforeTheRunEnds) {
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(signal().ok());
  const CloseOptions read_one{.expected_last_event_id = 1};
  EXPECT_EQ(last_event(orders().complete(ref_, {}, read_one).get().status()), 2u);
  EXPECT_EQ(last_event(orders().fail(ref_, {}, read_one).get().status()), 2u);
  EXPECT_EQ(last_event(orders().report_canceled(ref_, {}, read_one).get().status()), 2u);
  EXPECT_EQ(
      last_event(orders().continue_as_new(ref_, {.expected_last_event_id = 1}).get().status()), 2u);
  EXPECT_EQ(describe("W")->run.status, RunStatus::kRunning);

  const auto page = orders().history(ref_, 2).get();
  ASSERT_EQ(page->events.size(), 1u);
  const CloseOptions read_all{.expected_last_event_id = page->next_event_id - 1};
  EXPECT_TRUE(orders().complete(ref_, {}, read_all).get().ok());
}

TEST_P(UnreadSignals, OfARunThatWasReplacedAreNotThoseOfTheCurrentOne) {
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(signal().ok());
  ASSERT_TRUE(orders().continue_as_new(ref_, {.expected_last_event_id = 2}).get().ok());
  EXPECT_EQ(last_event(orders().complete(ref_, {}, {.expected_last_event_id = 2}).get().status()),
            1u);
}

TEST_P(UnreadSignals, AreKnownAfterTheRuntimeWasOpenedAgain) {
  if (store() == StoreKind::kMemory) GTEST_SKIP() << "keeps nothing";
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(signal().ok());
  reopen();
  EXPECT_EQ(last_event(orders().complete(ref_, {}, {.expected_last_event_id = 1}).get().status()),
            2u);
}

ONERUN_ON_BOTH_STORES(UnreadSignals);

}  // namespace
}  // namespace onerun
