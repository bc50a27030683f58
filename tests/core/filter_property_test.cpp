// Random filters and random runs: reading and matching agree with a second, plainer telling of the
// rules, and what a scan may rely on misses no run.
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/filter.hpp"
#include "tests/support/filtered_run.hpp"
#include "tests/support/seed.hpp"

namespace onerun::core {
namespace {

using test::KeptRun;

/// A filter's text, and whether a run should match it.
struct Told {
  std::string text;
  std::function<bool(const KeptRun&)> matches;
};

std::string in_quotes(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    if (c == '\\' && quote != '`') out += '\\';
    out += c;
  }
  return out + quote;
}

const std::vector<std::string> kTexts = {"", "a", "ab", "b", "it's", "\"\\`", "gr\xC3\xBC\xC3\x9F"};
const std::vector<std::string> kRunIds = {"my run", "a", "018e4c5a-9a00-7001-8000-0000000000aa",
                                          "018e4c5a-9a00-7001-8000-0000000000ab"};
const std::vector<std::string> kAttributes = {"plain", "with space", "WorkflowId", "back`quote"};

class Teller {
 public:
  explicit Teller(std::uint64_t seed) : chance_(seed) {}

  KeptRun run() {
    KeptRun run;
    run.workflow_id = WorkflowId(any(kTexts));
    run.run_id = RunId(std::string_view(any(kRunIds)));
    run.first_execution_run_id = RunId(std::string_view(any(kRunIds)));
    run.workflow_type = any(kTexts);
    run.status = static_cast<RunStatus>(1 + below(8));
    run.start_time = Timestamp(Duration(below(6)));
    run.execution_time = Timestamp(Duration(below(6)));
    if (is_closed(run.status)) run.close_time = Timestamp(Duration(below(6)));
    for (const std::string& name : kAttributes) {
      if (below(2) == 0) run.search_attributes[name] = any(kTexts);
    }
    if (below(2) == 0) run.search_attributes["whole"] = std::int64_t{below(6)};
    if (below(2) == 0) run.search_attributes["broken"] = below(12) / 2.0;
    if (below(2) == 0) run.search_attributes["flag"] = below(2) == 0;
    if (below(2) == 0) run.search_attributes["when"] = Timestamp(Duration(below(6)));
    return run;
  }

  Told filter(int depth) {
    const int kind = depth == 0 ? 0 : below(4);
    if (kind == 0) return condition();
    if (kind == 1) return negation(filter(depth - 1));
    return row(filter(depth - 1), filter(depth - 1), kind == 2);
  }

 private:
  template <class Value>
  using Asked = std::function<std::optional<Value>(const KeptRun&)>;
  template <class Value>
  using Written = std::pair<std::string, Value>;

  int below(int count) { return static_cast<int>(chance_() % static_cast<unsigned>(count)); }
  template <class T>
  const T& any(const std::vector<T>& all) {
    return all[static_cast<std::size_t>(below(static_cast<int>(all.size())))];
  }

  static Told negation(Told told) {
    return {"NOT (" + told.text + ")", [=](const KeptRun& run) { return !told.matches(run); }};
  }

  Told row(Told a, Told b, bool is_and) {
    if (is_and) {
      return {"(" + a.text + ") AND (" + b.text + ")",
              [=](const KeptRun& run) { return a.matches(run) && b.matches(run); }};
    }
    return {below(2) == 0 ? a.text + " OR " + b.text : "(" + a.text + ") or " + b.text,
            [=](const KeptRun& run) { return a.matches(run) || b.matches(run); }};
  }

  Told condition() {
    switch (below(13)) {
      case 0: return of_text("WorkflowId", [](auto& run) { return run.workflow_id.text(); });
      case 1: return of_text("RunId", [](auto& run) { return run.run_id.text(); });
      case 2: return of_text("WorkflowType", [](auto& run) { return run.workflow_type; });
      case 3:
        return of_text("FirstExecutionRunId",
                       [](auto& run) { return run.first_execution_run_id.text(); });
      case 4: return of_status();
      case 5: return of_time("StartTime", [](auto& run) { return run.start_time; });
      case 6: return of_time("ExecutionTime", [](auto& run) { return run.execution_time; });
      case 7: return of_time("CloseTime", [](auto& run) { return run.close_time; });
      case 8: return of_time("when", [](auto& run) { return value_of<Timestamp>(run, "when"); });
      case 9: return of_number<std::int64_t>("whole");
      case 10: return of_number<double>("broken");
      case 11: return of_flag();
      default: return of_keyword();
    }
  }

  template <class Value>
  static std::optional<Value> value_of(const KeptRun& run, const std::string& name) {
    const auto found = run.search_attributes.find(name);
    if (found == run.search_attributes.end()) return std::nullopt;
    return std::get<Value>(found->second);
  }

  Told of_keyword() {
    const std::string name = any(kAttributes);
    return of_text(name == "plain" ? name : in_quotes(name, '`'), [=](const KeptRun& run) {
      const auto keyword = value_of<Keyword>(run, name);
      return keyword ? std::optional(keyword->text) : std::nullopt;
    });
  }

  /// Numbers with halves, some written as whole ones.
  template <class Number>
  Told of_number(const std::string& name) {
    const auto value = [&]() -> Written<double> {
      const int halves = below(12);
      const std::string whole = std::to_string(halves / 2);
      if (halves % 2 == 1) return {whole + (below(2) == 0 ? ".5" : ".50e0"), halves / 2.0};
      return {below(2) == 0 ? whole : whole + ".0", halves / 2.0};
    };
    const auto asked = [=](const KeptRun& run) -> std::optional<double> {
      const auto number = value_of<Number>(run, name);
      return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
    };
    return ordered<double>(name, asked, value);
  }

  Told of_flag() {
    const auto value = [&]() -> Written<bool> {
      return below(2) == 0 ? Written<bool>{"true", true} : Written<bool>{"False", false};
    };
    return unordered<bool>(
        "flag", [](const KeptRun& run) { return value_of<bool>(run, "flag"); }, value);
  }

  Told of_text(const std::string& field, Asked<std::string> asked) {
    const auto value = [&]() -> Written<std::string> {
      const std::string text = any(below(2) == 0 ? kTexts : kRunIds);
      return {in_quotes(text, below(2) == 0 ? '\'' : '"'), text};
    };
    if (below(6) > 0) return ordered<std::string>(field, asked, value);
    const auto [written, prefix] = value();
    const bool negated = below(2) == 0;
    return {field + (negated ? " NOT" : "") + " STARTS_WITH " + written,
            [=, prefix = prefix](const KeptRun& run) {
              return (asked(run) && asked(run)->rfind(prefix, 0) == 0) != negated;
            }};
  }

  /// Times as nanoseconds: a run's are whole milliseconds, a filter's need not be.
  Told of_time(const std::string& field,
               std::function<std::optional<Timestamp>(const KeptRun&)> of) {
    const bool is_attribute = field == "when";  // whose values are of one type
    const bool are_texts = below(2) == 0;
    const auto value = [&]() -> Written<std::int64_t> {
      const int half = below(12);
      const std::string fraction = std::to_string(half / 2) + (half % 2 == 0 ? "" : "5");
      const std::string text = "'1970-01-01T00:00:00.00" + fraction + "Z'";
      const std::int64_t nanoseconds = half * std::int64_t{500'000};
      const bool is_text = is_attribute ? are_texts : below(2) == 0;
      return {is_text ? text : std::to_string(nanoseconds), nanoseconds};
    };
    const auto asked = [=](const KeptRun& run) -> std::optional<std::int64_t> {
      const auto time = of(run);
      return time ? std::optional(time->time_since_epoch().count() * 1'000'000) : std::nullopt;
    };
    return ordered<std::int64_t>(field, asked, value);
  }

  Told of_status() {
    const auto value = [&]() -> Written<RunStatus> {
      const auto status = static_cast<RunStatus>(1 + below(8));
      return {below(2) == 0 ? in_quotes(to_string(status), '\'')
                            : std::to_string(static_cast<int>(status)),
              status};
    };
    return unordered<RunStatus>(
        "ExecutionStatus", [](const KeptRun& run) { return run.status; }, value);
  }

  template <class Value, class AnyValue>
  Told ordered(const std::string& field, const Asked<Value>& asked, const AnyValue& any_value) {
    using Compare = std::function<bool(const Value&, const Value&)>;
    static const std::vector<std::pair<std::string, Compare>> kCompares = {
        {"<", std::less<>()},
        {"<=", std::less_equal<>()},
        {">", std::greater<>()},
        {">=", std::greater_equal<>()}};
    const auto [written, low] = any_value();
    const int kind = below(3);
    if (kind == 0) return unordered<Value>(field, asked, any_value);
    if (kind == 1) {
      const auto& [sign, compare] = any(kCompares);
      return {field + sign + written, [=, low = low, compare = compare](const KeptRun& run) {
                return asked(run) && compare(*asked(run), low);
              }};
    }
    const auto [written_high, high] = any_value();
    const bool negated = below(2) == 0;
    return {field + (negated ? " not" : "") + " between " + written + " and " + written_high,
            [=, low = low, high = high](const KeptRun& run) {
              return (asked(run) && *asked(run) >= low && *asked(run) <= high) != negated;
            }};
  }

  template <class Value, class AnyValue>
  Told unordered(const std::string& field, const Asked<Value>& asked, const AnyValue& any_value) {
    const bool negated = below(2) == 0;
    const int kind = below(3);
    if (kind == 0) {
      return {field + (negated ? " IS NOT NULL" : " IS NULL"),
              [=](const KeptRun& run) { return asked(run).has_value() == negated; }};
    }
    const auto [written, value] = any_value();
    if (kind == 1) {
      return {field + (negated ? " != " : " = ") + written, [=, value = value](const KeptRun& run) {
                return (asked(run) == std::optional(value)) != negated;
              }};
    }
    const auto [written_too, other] = any_value();
    return {field + (negated ? " NOT" : "") + " IN (" + written + ", " + written_too + ")",
            [=, value = value, other = other](const KeptRun& run) {
              const auto has = asked(run);
              return (has && (*has == value || *has == other)) != negated;
            }};
  }

  std::mt19937_64 chance_;
};

TEST(FilterProperty, AgreesWithAPlainerTellingAndItsBoundsMissNoRun) {
  constexpr int kFilters = 3'000;
  constexpr int kRuns = 40;
  const std::uint64_t seed = onerun::test::seed_of_test(std::random_device()());
  SCOPED_TRACE("ONERUN_TEST_SEED=" + std::to_string(seed));
  Teller teller(seed);
  std::vector<KeptRun> runs(kRuns);
  for (KeptRun& run : runs) run = teller.run();
  int matched = 0;
  int not_admitted = 0;
  for (int i = 0; i < kFilters; ++i) {
    const Told told = teller.filter(i % 5);
    const auto filter = parse_filter(told.text);
    ASSERT_TRUE(filter.ok()) << told.text << ": " << filter.status();
    const FilterBounds bounds = bounds_of(*filter);
    for (const KeptRun& run : runs) {
      const bool matches = filter->matches(run.as_filtered());
      const bool admitted = bounds.admits(run.as_filtered());
      ASSERT_EQ(matches, told.matches(run)) << told.text;
      ASSERT_TRUE(admitted || !matches) << told.text;
      ASSERT_FALSE(admitted && bounds.admits_nothing()) << told.text;
      matched += matches ? 1 : 0;
      not_admitted += admitted ? 0 : 1;
    }
  }
  EXPECT_GT(matched, 1'000) << "the filters were not all for nothing";
  EXPECT_GT(not_admitted, 1'000) << "the bounds were of use";
}

}  // namespace
}  // namespace onerun::core
