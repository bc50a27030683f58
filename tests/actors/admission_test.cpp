// Admission: the bound holds, what does not fit is refused at once, and the end can be waited for.
#include "actors/admission.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/scrape.hpp"

namespace onerun::actors {
namespace {

class AdmissionTest : public ::testing::Test {
 protected:
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  metrics::Metrics metrics_{registry_};
  Admission admission_{{.requests = 2, .bytes = 100}, metrics_};
};

TEST_F(AdmissionTest, RefusesOneTooManyAndSaysWhy) {
  auto first = admission_.enter(1);
  auto second = admission_.enter(1);
  ASSERT_TRUE(first.ok() && second.ok());
  const Status status = admission_.enter(1).status();
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  ASSERT_NE(status.detail<Exhausted>(), nullptr);
  EXPECT_EQ(status.detail<Exhausted>()->resource, "max_in_flight");
  EXPECT_EQ(status.detail<Exhausted>()->in_use, 2u);
  EXPECT_EQ(status.detail<Exhausted>()->limit, 2u);
  EXPECT_EQ(
      test::value(*registry_, "onerun_admission_refusals_total", {{"resource", "max_in_flight"}}),
      1);
  first->release();
  EXPECT_TRUE(admission_.enter(1).ok());
}

TEST_F(AdmissionTest, BoundsBytes) {
  auto first = admission_.enter(100);
  const Status status = admission_.enter(1).status();
  ASSERT_NE(status.detail<Exhausted>(), nullptr);
  EXPECT_EQ(status.detail<Exhausted>()->resource, "max_in_flight_bytes");
  EXPECT_EQ(admission_.requests(), 1u) << "a refusal takes no place";
  EXPECT_EQ(admission_.bytes(), 100u);
}

TEST_F(AdmissionTest, AdmitsAllOfABatchOrNone) {
  EXPECT_FALSE(admission_.enter_all({1, 1, 1}).ok());
  EXPECT_EQ(admission_.requests(), 0u);
  auto slots = admission_.enter_all({40, 60});
  ASSERT_TRUE(slots.ok());
  slots->front().release();
  EXPECT_EQ(admission_.requests(), 1u);
  EXPECT_EQ(admission_.bytes(), 60u);
}

TEST_F(AdmissionTest, RefusesEverythingOnceClosed) {
  admission_.close();
  const Status status = admission_.enter(0).status();
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(status.detail<ShutDown>(), nullptr);
}

TEST_F(AdmissionTest, WaitsUntilTheLastOneLeaves) {
  auto slot = admission_.enter(0);
  admission_.close();
  EXPECT_FALSE(admission_.wait_empty(std::chrono::steady_clock::now()));
  std::thread leaver([&] { slot->release(); });
  EXPECT_TRUE(admission_.wait_empty(std::chrono::steady_clock::time_point::max()));
  leaver.join();
}

TEST_F(AdmissionTest, NeverAdmitsMoreThanTheBoundWhenThreadsRace) {
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        const auto slot = admission_.enter(1);
        if (!slot.ok()) continue;
        const int now = ++inside;
        int seen = most.load();
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 2);
  EXPECT_EQ(admission_.requests(), 0u);
}

}  // namespace
}  // namespace onerun::actors
