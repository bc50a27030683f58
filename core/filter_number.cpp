#include "core/filter_number.hpp"

#include <cmath>

namespace onerun::core {
namespace {

/// Compares a whole number with one that need not be.
std::weak_ordering compare_exactly(std::int64_t whole, double other) {
  constexpr double kAboveAll = 0x1p63;
  if (other >= kAboveAll) return std::weak_ordering::less;
  if (other < -kAboveAll) return std::weak_ordering::greater;
  const double floor = std::floor(other);
  const auto below = static_cast<std::int64_t>(floor);
  if (whole != below) return whole <=> below;
  return floor < other ? std::weak_ordering::less : std::weak_ordering::equivalent;
}

struct Compare {
  std::weak_ordering operator()(std::int64_t a, std::int64_t b) const { return a <=> b; }
  std::weak_ordering operator()(std::int64_t a, double b) const { return compare_exactly(a, b); }
  std::weak_ordering operator()(double a, std::int64_t b) const {
    return 0 <=> compare_exactly(b, a);
  }
  std::weak_ordering operator()(double a, double b) const {
    if (a < b) return std::weak_ordering::less;
    return a == b ? std::weak_ordering::equivalent : std::weak_ordering::greater;
  }
};

}  // namespace

std::optional<std::int64_t> FilterNumber::whole() const {
  if (const auto* whole = std::get_if<std::int64_t>(&number_)) return *whole;
  const double number = std::get<double>(number_);
  const bool fits = number >= -0x1p63 && number < 0x1p63 && std::floor(number) == number;
  return fits ? std::optional(static_cast<std::int64_t>(number)) : std::nullopt;
}

std::weak_ordering FilterNumber::compare(const FilterNumber& a, const FilterNumber& b) {
  return std::visit(Compare{}, a.number_, b.number_);
}

}  // namespace onerun::core
