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

// ---- search attributes ----

bool is_in_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || byte >= 0x80;
}

/// The words of a text: letters and digits in a row, in lower case. What is not ASCII is a letter.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool is_within = false;
  for (const char c : text) {
    if (is_in_word(c)) {
      if (!is_within) words.emplace_back();
      words.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    is_within = is_in_word(c);
  }
  return words;
}

bool have_one_in_common(const std::vector<std::string>& words,
                        const std::vector<std::string>& others) {
  return std::ranges::any_of(words, [&](const std::string& word) {
    return std::ranges::find(others, word) != others.end();
  });
}

/// Whether the test of a condition holds of a value. Values of other types than the condition has
/// pass none.
struct AttributePasses {
  const FilterCondition& condition;

  bool operator()(const Keyword& value) const { return text_passes(value.text); }
  bool operator()(const KeywordList& value) const {
    return std::ranges::any_of(value.texts,
                               [&](const std::string& text) { return text_passes(text); });
  }
  bool operator()(const Text& value) const {
    const auto* texts = std::get_if<std::vector<std::string>>(&condition.values);
    if (texts == nullptr || condition.test != FilterTest::kOneOf) return false;
    const auto words = words_of(value.text);
    return std::ranges::any_of(
        *texts, [&](const std::string& text) { return have_one_in_common(words, words_of(text)); });
  }
  bool operator()(std::int64_t value) const { return passes_as(FilterNumber(value)); }
  bool operator()(double value) const { return passes_as(FilterNumber(value)); }
  bool operator()(bool value) const {
    return passes_as(value ? FilterBool::kTrue : FilterBool::kFalse);
  }
  bool operator()(Timestamp value) const {
    return !condition.times.empty() && passes(condition.test, FilterTime{value}, condition.times);
  }

 private:
  bool text_passes(std::string_view text) const {
    const auto* texts = std::get_if<std::vector<std::string>>(&condition.values);
    return texts != nullptr && passes(condition.test, text, *texts);
  }
  template <class Value>
  bool passes_as(const Value& value) const {
    const auto* values = std::get_if<std::vector<Value>>(&condition.values);
    return values != nullptr && passes(condition.test, value, *values);
  }
};

bool is_empty_list(const SearchAttribute& value) {
  const auto* list = std::get_if<KeywordList>(&value);
  return list != nullptr && list->texts.empty();
}

bool attribute_holds(const FilterCondition& condition, const SearchAttributes& attributes) {
  const auto found = attributes.find(condition.attribute);
  const bool is_absent = found == attributes.end() || is_empty_list(found->second);
  const bool passed = is_absent ? condition.test == FilterTest::kIsNull
                                : std::visit(AttributePasses{condition}, found->second);
  return passed != condition.negated;
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
      case FilterField::kTaskQueue: return text_holds(condition, run.task_queue);
      case FilterField::kSearchAttribute: return attribute_holds(condition, run.search_attributes);
    }
    return false;
  }
};

}  // namespace

bool Filter::matches(const FilteredRun& run) const { return std::visit(Matcher{run}, node); }

}  // namespace onerun::core
