// Numbers in filters.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <variant>

namespace onerun::core {

/// A number that a filter names. Search attributes of both types of numbers are compared with it,
/// by what they are and not by how they are written: 3 is 3.0.
class FilterNumber {
 public:
  FilterNumber(std::int64_t number) : number_(number) {}
  FilterNumber(double number) : number_(number) {}  ///< requires that it is finite

  /// Nothing if it is not whole, or not one of 64 bits.
  std::optional<std::int64_t> whole() const;

  friend std::weak_ordering operator<=>(const FilterNumber& a, const FilterNumber& b) {
    return compare(a, b);
  }
  friend bool operator==(const FilterNumber& a, const FilterNumber& b) { return (a <=> b) == 0; }

 private:
  static std::weak_ordering compare(const FilterNumber& a, const FilterNumber& b);

  std::variant<std::int64_t, double> number_;
};

}  // namespace onerun::core
