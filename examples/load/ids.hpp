// Which workflow id each start takes.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>

#include "settings.hpp"

namespace onerun::load {

/// Ranks from 1 to n, rank k with a probability in proportion to 1 / k^0.99. Drawn by rejection
/// from the integral (Hörmann and Derflinger 1996), so that n may be large.
class Zipf {
 public:
  explicit Zipf(std::uint64_t n)
      : n_(n),
        from_(integral(1.5) - 1.0),
        to_(integral(static_cast<double>(n) + 0.5)),
        always_(2.0 - inverse(integral(2.5) - weight(2.0))) {}

  template <class Generator>
  std::uint64_t operator()(Generator& random) const {
    std::uniform_real_distribution<double> uniform(from_, to_);
    while (true) {
      const double u = uniform(random);
      const double x = inverse(u);
      const double k = std::min(std::max(std::round(x), 1.0), static_cast<double>(n_));
      if (k - x <= always_ || u >= integral(k + 0.5) - weight(k)) {
        return static_cast<std::uint64_t>(k);
      }
    }
  }

 private:
  static constexpr double kExponent = 0.99;

  static double weight(double x) { return std::pow(x, -kExponent); }
  static double integral(double x) {
    return (std::pow(x, 1.0 - kExponent) - 1.0) / (1.0 - kExponent);
  }
  static double inverse(double u) {
    return std::pow(1.0 + u * (1.0 - kExponent), 1.0 / (1.0 - kExponent));
  }

  std::uint64_t n_;
  double from_;
  double to_;
  double always_;
};

/// Threads: one.
class IdSequence {
 public:
  explicit IdSequence(const Settings& settings)
      : random_(settings.seed),
        count_(settings.id_count),
        distribution_(settings.ids),
        zipf_(std::max<std::uint64_t>(count_, 1)),
        tag_(tag_of(settings.seed)) {}

  /// 20 bytes. Without a count: one that this seed has not given before.
  WorkflowId next() {
    if (count_ == 0) return WorkflowId(padded(tag_, made_++, 16));
    const std::uint64_t drawn =
        distribution_ == IdDistribution::kZipf ? zipf_(random_) - 1 : random_() % count_;
    return WorkflowId(padded("id-", drawn, 10));
  }

  /// A request id that this seed has not given before.
  RequestId next_request() { return RequestId(tag_ + "-" + std::to_string(++requests_)); }

  std::mt19937_64& random() { return random_; }

 private:
  /// `front`, zeros, and the number: 20 bytes, if they are enough.
  static std::string padded(std::string_view front, std::uint64_t number, int base) {
    constexpr std::size_t kBytes = 20;
    std::array<char, 64> digits;
    const char* const end =
        std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
    const auto length = static_cast<std::size_t>(end - digits.data());
    std::string text(front);
    text.append(kBytes - std::min(kBytes, front.size() + length), '0');
    return text.append(digits.data(), length);
  }

  static std::string tag_of(std::uint64_t seed) {
    char text[16];
    std::snprintf(text, sizeof text, "%08x", static_cast<std::uint32_t>(std::mt19937_64(seed)()));
    return text;
  }

  std::mt19937_64 random_;
  const std::uint64_t count_;
  const IdDistribution distribution_;
  const Zipf zipf_;
  const std::string tag_;  ///< of this seed
  std::uint64_t made_ = 0;
  std::uint64_t requests_ = 0;
};

}  // namespace onerun::load
