// Types of search attributes, and what their values may be.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "onerun/search_attributes.hpp"

namespace onerun::core {

/// Types by the numbers of Temporal's IndexedValueType.
enum class SearchAttributeType : std::uint8_t {
  kText = 1,
  kKeyword = 2,
  kInt = 3,
  kDouble = 4,
  kBool = 5,
  kDatetime = 6,
  kKeywordList = 7,
};

SearchAttributeType type_of(const SearchAttribute& value);

/// Name of the type as Temporal's tools write it (`KeywordList`), or "unknown".
std::string_view to_string(SearchAttributeType type);

/// True for an instant of the years 0 to 9999, which RFC 3339 can write.
constexpr bool is_datetime(Timestamp time) {
  using namespace std::chrono;
  constexpr Timestamp kEarliest = sys_days(year(0) / January / 1);
  constexpr Timestamp kEnd = sys_days(year(10'000) / January / 1);
  return time >= kEarliest && time < kEnd;
}

}  // namespace onerun::core
