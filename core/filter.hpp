// The language by which runs are listed and counted (docs/filter.md): how it is read, which runs a
// filter matches, and what a scan may rely on.
#pragma once

#include <bitset>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/filter_number.hpp"
#include "onerun/ids.hpp"
#include "onerun/policy.hpp"
#include "onerun/run.hpp"
#include "onerun/search_attributes.hpp"
#include "onerun/status.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// What a filter may ask of a run. Refers to what its owner keeps.
struct FilteredRun {
  const WorkflowId& workflow_id;
  const RunId& run_id;
  const RunId& first_execution_run_id;
  const std::string& workflow_type;
  const std::string& task_queue;
  RunStatus status;
  Timestamp start_time;
  Timestamp execution_time;
  std::optional<Timestamp> close_time;  ///< set if and only if the status is closed
  const SearchAttributes& search_attributes;
};

/// An instant that a filter names. A run's times are whole milliseconds; this one may lie between.
struct FilterTime {
  Timestamp rounded_down;
  bool is_later = false;  ///< it is after `rounded_down`, and before the next millisecond

  friend auto operator<=>(const FilterTime&, const FilterTime&) = default;
};

enum class FilterBool : std::uint8_t { kFalse, kTrue };

enum class FilterField : std::uint8_t {
  kWorkflowId,
  kRunId,
  kWorkflowType,
  kTaskQueue,
  kFirstExecutionRunId,
  kExecutionStatus,
  kStartTime,
  kExecutionTime,
  kCloseTime,
  kSearchAttribute,
};

/// What a condition asks of a value. Each is false of an absent value, but for kIsNull.
enum class FilterTest : std::uint8_t {
  kOneOf,  ///< = and IN
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,  ///< of two values, which belong to it
  kStartsWith,
  kIsNull,
};

/// The values of a condition, of one type: that of its field, or for a search attribute that of how
/// they are written. Those of kOneOf are in order, each once.
using FilterValues =
    std::variant<std::vector<std::string>, std::vector<FilterTime>, std::vector<RunStatus>,
                 std::vector<FilterNumber>, std::vector<FilterBool>>;

struct FilterCondition {
  FilterField field = FilterField::kSearchAttribute;
  std::string attribute = {};  ///< name of the search attribute, for kSearchAttribute
  FilterTest test = FilterTest::kOneOf;
  FilterValues values = {};
  /// For a search attribute: the values as times, if all of them can be read so; else empty.
  std::vector<FilterTime> times = {};
  bool negated = false;  ///< !=, NOT IN and the like: true where the test is false
};

struct Filter;

/// AND. Of nothing: every run matches.
struct FilterAllOf {
  std::vector<Filter> parts;
};

/// OR.
struct FilterAnyOf {
  std::vector<Filter> parts;
};

/// A filter as it was read. NOT is in its conditions only: logic has two values here, so that a NOT
/// before a parenthesis can be moved inside. The default matches every run.
///
/// Threads: a const Filter may be used from many threads.
struct Filter {
  std::variant<FilterAllOf, FilterAnyOf, FilterCondition> node;

  bool matches(const FilteredRun& run) const;
};

/// Reads a filter; an empty or blank text matches every run.
///
/// Errors:
///  - invalid_argument, InvalidField: not UTF-8, or longer than limits::kFilterBytes
///  - invalid_argument, InvalidFilter: anything else, with its column
Result<Filter> parse_filter(std::string_view text);

/// A set of statuses, by their numbers.
using StatusSet = std::bitset<static_cast<std::size_t>(RunStatus::kPaused) + 1>;

/// What all runs that match a filter have in common. Of runs that it admits, some may not match.
struct FilterBounds {
  std::optional<std::vector<WorkflowId>> workflow_ids;  ///< in order, each once; unset: any
  std::optional<std::vector<RunId>> run_ids;            ///< in order, each once; unset: any
  StatusSet statuses;
  Timestamp earliest_start = Timestamp::min();
  Timestamp latest_start = Timestamp::max();

  bool admits(const FilteredRun& run) const;

  /// True if no run can match, so that there is nothing to scan for.
  bool admits_nothing() const;
};

/// Relies on what RunInfo says of close times: set if and only if the status is closed.
FilterBounds bounds_of(const Filter& filter);

}  // namespace onerun::core
