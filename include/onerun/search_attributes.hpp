// Search attributes: typed values by which runs are found. docs/filter.md says how filters compare
// them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "onerun/time.hpp"

namespace onerun {

/// A text that is compared as a whole.
struct Keyword {
  Keyword() = default;
  Keyword(std::string keyword) : text(std::move(keyword)) {}
  Keyword(const char* keyword) : text(keyword) {}
  std::string text = {};  ///< UTF-8

  friend bool operator==(const Keyword&, const Keyword&) = default;
};

/// Several keywords. A run has the attribute if the list is not empty.
struct KeywordList {
  std::vector<std::string> texts = {};

  friend bool operator==(const KeywordList&, const KeywordList&) = default;
};

/// A text that is compared word by word.
struct Text {
  std::string text = {};  ///< UTF-8

  friend bool operator==(const Text&, const Text&) = default;
};

/// The value of a search attribute. A text in quotes is a Keyword. A double is a number and finite.
/// A Timestamp is in the years 0 to 9999.
using SearchAttribute =
    std::variant<Keyword, KeywordList, Text, std::int64_t, double, bool, Timestamp>;

/// By name. Names are UTF-8 and not empty. Example:
///   {{"customer", "acme"}, {"items", 3}, {"regions", KeywordList{{"eu", "us"}}}}
/// At most limits::kSearchAttributes.
using SearchAttributes = std::map<std::string, SearchAttribute>;

}  // namespace onerun
