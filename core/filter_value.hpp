// The types of a filter's fields: what may be asked of each, and how its values are written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/filter.hpp"
#include "core/filter_lex.hpp"

namespace onerun::core {

/// Of each type: its operators and values in words, for errors; whether it has a test; and the
/// value that a token writes, if it writes one.
template <class Value>
struct FilterType;

template <>
struct FilterType<std::string> {
  static constexpr std::string_view kOperators =
      "=, !=, <, <=, >, >=, [NOT] IN, [NOT] BETWEEN, [NOT] STARTS_WITH, IS [NOT] NULL";
  static constexpr std::string_view kValues = "a text in quotes";
  static bool has(FilterTest test);
  static std::optional<std::string> read(const FilterToken& token);
};

template <>
struct FilterType<FilterTime> {
  static constexpr std::string_view kOperators =
      "=, !=, <, <=, >, >=, [NOT] IN, [NOT] BETWEEN, IS [NOT] NULL";
  static constexpr std::string_view kValues =
      "a time such as '2026-11-22T10:00:00Z', or nanoseconds since 1970";
  static bool has(FilterTest test);
  static std::optional<FilterTime> read(const FilterToken& token);
};

template <>
struct FilterType<RunStatus> {
  static constexpr std::string_view kOperators = "=, !=, [NOT] IN, IS [NOT] NULL";
  static constexpr std::string_view kValues = "a status such as 'Running', or its number, 1 to 8";
  static bool has(FilterTest test);
  static std::optional<RunStatus> read(const FilterToken& token);
};

template <>
struct FilterType<FilterNumber> {
  static constexpr std::string_view kOperators =
      "=, !=, <, <=, >, >=, [NOT] IN, [NOT] BETWEEN, IS [NOT] NULL";
  static constexpr std::string_view kValues = "a number";
  static bool has(FilterTest test);
  static std::optional<FilterNumber> read(const FilterToken& token);
};

template <>
struct FilterType<FilterBool> {
  static constexpr std::string_view kOperators = "=, !=, [NOT] IN, IS [NOT] NULL";
  static constexpr std::string_view kValues = "true or false";
  static bool has(FilterTest test);
  static std::optional<FilterBool> read(const FilterToken& token);
};

/// What a search attribute is compared with.
inline constexpr std::string_view kAttributeValues = "a text in quotes, a number, true or false";

/// The instants that values of a search attribute name; empty if one of them names none.
std::vector<FilterTime> times_of(const FilterValues& values);

}  // namespace onerun::core
