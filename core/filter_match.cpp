// Which runs a filter matches.
#include <algorithm>
#include <type_traits>

#include "core/filter.hpp"

namespace onerun::core {
namespace {

/// A test of one value. `Subject` is a view of what `Value` owns.
template <class Subject, class Value>
bool passes(FilterTest test, const Subject& subject, const std::vector<Value>& values) {
  switch (test) {
    case FilterTest::kOneOf: return std::binary_search(values.begin(), values.end(), subject);
    case FilterTest::kLess: return subject < values[0];
    case FilterTest::kLessOrEqual: return subject <= values[0];
    case FilterTest::kGreater: return subject > values[0];
    case FilterTest::kGreaterOrEqual: return subject >= values[0];
    case FilterTest::kBetween: return subject >= values[0] && subject <= values[1];
    case FilterTest::kStartsWith:
      if constexpr (std::is_same_v<Value, std::string>) return subject.starts_with(values[0]);
      return false;
    case FilterTest::kIsNull: return false;
  }
  return false;
}

template <class Value, class Subject>
bool holds(const FilterCondition& condition, const std::optional<Subject>& subject) {
  const auto* values = std::get_if<std::vector<Value>>(&condition.values);
  const bool passed = subject ? values != nullptr && passes(condition.test, *subject, *values)
                              : condition.test == FilterTest::kIsNull;
  return passed != condition.negated;
}

bool text_holds(const FilterCondition& condition, std::optional<std::string_view> text) {
  return holds<std::string>(condition, text);
}

bool time_holds(const FilterCondition& condition, std::optional<Timestamp> time) {
  std::optional<FilterTime> subject;
  if (time) subject = FilterTime{*time};
  return holds<FilterTime>(condition, subject);
}

bool tag_holds(const FilterCondition& condition, const TextMap& tags) {
  const auto tag = tags.find(condition.tag);
  return text_holds(
      condition, tag == tags.end() ? std::nullopt : std::optional<std::string_view>(tag->second));
}

struct Matcher {
  const FilteredRun& run;

  bool operator()(const FilterAllOf& all) const {
    return std::ranges::all_of(all.parts, [&](const Filter& part) { return part.matches(run); });
  }

  bool operator()(const FilterAnyOf& any) const {
    return std::ranges::any_of(any.parts, [&](const Filter& part) { return part.matches(run); });
  }

  bool operator()(const FilterCondition& condition) const {
    switch (condition.field) {
      case FilterField::kWorkflowId: return text_holds(condition, run.workflow_id.text());
      case FilterField::kRunId: return text_holds(condition, run.run_id.text());
      case FilterField::kWorkflowType: return text_holds(condition, run.workflow_type);
      case FilterField::kFirstExecutionRunId:
        return text_holds(condition, run.first_execution_run_id.text());
      case FilterField::kExecutionStatus:
        return holds<RunStatus>(condition, std::optional(run.status));
      case FilterField::kStartTime: return time_holds(condition, run.start_time);
      case FilterField::kExecutionTime: return time_holds(condition, run.execution_time);
      case FilterField::kCloseTime: return time_holds(condition, run.close_time);
      case FilterField::kTag: return tag_holds(condition, run.tags);
    }
    return false;
  }
};

}  // namespace

bool Filter::matches(const FilteredRun& run) const { return std::visit(Matcher{run}, node); }

}  // namespace onerun::core
