// Instruments that record without a lock and reach the registry when they are flushed.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

namespace onerun::metrics {

/// A gauge's share of one runtime: what this runtime has, added to what others have that record
/// into the same registry. Withdrawn when it goes.
///
/// Threads: `set` and the destructor from one thread.
class GaugeShare {
 public:
  explicit GaugeShare(prometheus::Gauge& gauge) : gauge_(&gauge) {}
  GaugeShare(GaugeShare&& other) noexcept : gauge_(other.gauge_), value_(other.value_) {
    other.gauge_ = nullptr;
  }
  GaugeShare& operator=(GaugeShare&&) = delete;
  ~GaugeShare() {
    if (gauge_ != nullptr) set(0);
  }

  void set(double value) {
    gauge_->Increment(value - value_);
    value_ = value;
  }

 private:
  prometheus::Gauge* gauge_;
  double value_ = 0;
};

/// Bucket boundaries for times, in seconds, and for numbers of things.
inline constexpr std::array<double, 19> kSecondsBuckets = {
    10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3,
    25e-3, 50e-3, 0.1,   0.25,   0.5,    1,      2.5,  5,      10};
inline constexpr std::array<double, 15> kCountBuckets = {
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384};

/// A histogram that is recorded with two atomic additions.
///
/// Threads: `record` from any thread, `flush` from one at a time.
template <std::size_t Buckets>
class LockFreeHistogram {
 public:
  explicit LockFreeHistogram(const std::array<double, Buckets>& bounds) : bounds_(bounds) {}

  void record(double value) {
    std::size_t bucket = 0;
    while (bucket < Buckets && value > bounds_[bucket]) ++bucket;
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  /// True if something was ever recorded.
  bool used() const {
    for (const auto& count : counts_) {
      if (count.load(std::memory_order_relaxed) != 0) return true;
    }
    return false;
  }

  /// Adds to the histogram what was recorded since the last flush.
  void flush(prometheus::Histogram& histogram) {
    std::vector<double> increments(Buckets + 1);
    bool changed = false;
    for (std::size_t i = 0; i <= Buckets; ++i) {
      const std::uint64_t count = counts_[i].load(std::memory_order_relaxed);
      increments[i] = static_cast<double>(count - flushed_[i]);
      changed |= count != flushed_[i];
      flushed_[i] = count;
    }
    if (!changed) return;
    const double sum = sum_.load(std::memory_order_relaxed);
    histogram.ObserveMultiple(increments, sum - flushed_sum_);
    flushed_sum_ = sum;
  }

 private:
  const std::array<double, Buckets>& bounds_;
  std::array<std::atomic<std::uint64_t>, Buckets + 1> counts_{};
  std::atomic<double> sum_{0};
  std::array<std::uint64_t, Buckets + 1> flushed_{};
  double flushed_sum_ = 0;
};

using SecondsHistogram = LockFreeHistogram<kSecondsBuckets.size()>;
using CountHistogram = LockFreeHistogram<kCountBuckets.size()>;

}  // namespace onerun::metrics
