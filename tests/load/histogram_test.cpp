#include "histogram.hpp"

#include <gtest/gtest.h>

namespace onerun::load {
namespace {

using std::chrono::nanoseconds;

TEST(LatencyHistogram, IsEmptyAtFirst) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.percentile_us(0.99), 0.0);
  EXPECT_EQ(histogram.max_us(), 0.0);
}

TEST(LatencyHistogram, GivesPercentilesWithinABucketsWidth) {
  LatencyHistogram histogram;
  for (int us = 1; us <= 10'000; ++us) histogram.record(std::chrono::microseconds(us));
  EXPECT_EQ(histogram.count(), 10'000u);
  for (const double share : {0.5, 0.9, 0.99, 0.999}) {
    EXPECT_NEAR(histogram.percentile_us(share), share * 10'000, share * 10'000 / 64 + 1) << share;
  }
  EXPECT_EQ(histogram.max_us(), 10'000.0);
}

TEST(LatencyHistogram, NeverGivesMoreThanTheMaximum) {
  LatencyHistogram histogram;
  histogram.record(nanoseconds(1'000'001));
  EXPECT_EQ(histogram.percentile_us(0.5), histogram.max_us());
}

TEST(LatencyHistogram, TakesAnyDuration) {
  LatencyHistogram histogram;
  histogram.record(nanoseconds(-5));
  histogram.record(nanoseconds::max());
  histogram.record(nanoseconds(0));
  EXPECT_EQ(histogram.count(), 3u);
}

}  // namespace
}  // namespace onerun::load
