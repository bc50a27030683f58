// A histogram of latencies: log-linear buckets, 1/64 wide of their value, recorded without a lock.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace onerun::load {

/// Threads: `record` from any; reading gives what has been recorded by then.
class LatencyHistogram {
 public:
  LatencyHistogram() : counts_(kBuckets) {}

  void record(std::chrono::nanoseconds latency) {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
    counts_[bucket_of(ns)].fetch_add(1, std::memory_order_relaxed);
    std::uint64_t before = max_.load(std::memory_order_relaxed);
    while (ns > before && !max_.compare_exchange_weak(before, ns, std::memory_order_relaxed)) {
    }
  }

  std::uint64_t count() const {
    std::uint64_t sum = 0;
    for (const auto& count : counts_) sum += count.load(std::memory_order_relaxed);
    return sum;
  }

  /// The latency in microseconds that this share of all stayed at or below.
  double percentile_us(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count()));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      seen += counts_[bucket].load(std::memory_order_relaxed);
      if (seen > wanted) return std::min(upper_ns(bucket) / 1e3, max_us());
    }
    return max_us();
  }

  double max_us() const { return static_cast<double>(max_.load(std::memory_order_relaxed)) / 1e3; }

 private:
  // Values below 64 have a bucket each; above, each power of two has 64.
  static constexpr unsigned kBits = 6;
  static constexpr std::size_t kBuckets = (64 - kBits + 1) << kBits;

  static std::size_t bucket_of(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    if (width <= kBits) return value;
    const unsigned shift = width - kBits - 1;
    return (std::size_t{shift + 1} << kBits) + ((value >> shift) & ((1u << kBits) - 1));
  }

  static double upper_ns(std::size_t bucket) {
    const std::size_t row = bucket >> kBits;
    const std::size_t column = bucket & ((1u << kBits) - 1);
    if (row == 0) return static_cast<double>(column);
    return static_cast<double>(((std::uint64_t{1} << kBits) + column + 1) << (row - 1)) - 1;
  }

  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<std::uint64_t> max_{0};
};

}  // namespace onerun::load
