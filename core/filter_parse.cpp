// The grammar of filters, from weak to strong: OR, AND, NOT, conditions and parentheses.
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "core/check.hpp"
#include "core/filter.hpp"
#include "core/filter_lex.hpp"
#include "core/filter_value.hpp"
#include "core/names.hpp"
#include "core/text.hpp"
#include "onerun/limits.hpp"

namespace onerun::core {
namespace {

using Kind = FilterToken::Kind;

constexpr NameTable<FilterField, 9> kFields{{
    {FilterField::kWorkflowId, "WorkflowId"},
    {FilterField::kRunId, "RunId"},
    {FilterField::kWorkflowType, "WorkflowType"},
    {FilterField::kTaskQueue, "TaskQueue"},
    {FilterField::kFirstExecutionRunId, "FirstExecutionRunId"},
    {FilterField::kExecutionStatus, "ExecutionStatus"},
    {FilterField::kStartTime, "StartTime"},
    {FilterField::kExecutionTime, "ExecutionTime"},
    {FilterField::kCloseTime, "CloseTime"},
}};

/// What follows an operator.
enum class Operand : std::uint8_t { kValue, kList, kPair, kNull };

struct Operator {
  std::string_view name;
  FilterTest test;
  Operand operand;
  bool negated = false;
  bool may_follow_not = false;
};

constexpr std::array<Operator, 10> kOperators{{
    {"=", FilterTest::kOneOf, Operand::kValue},
    {"!=", FilterTest::kOneOf, Operand::kValue, true},
    {"<", FilterTest::kLess, Operand::kValue},
    {"<=", FilterTest::kLessOrEqual, Operand::kValue},
    {">", FilterTest::kGreater, Operand::kValue},
    {">=", FilterTest::kGreaterOrEqual, Operand::kValue},
    {"IN", FilterTest::kOneOf, Operand::kList, false, true},
    {"BETWEEN", FilterTest::kBetween, Operand::kPair, false, true},
    {"STARTS_WITH", FilterTest::kStartsWith, Operand::kValue, false, true},
    {"IS", FilterTest::kIsNull, Operand::kNull},
}};

/// What names no search attribute without back-quotes, besides kClauses.
constexpr std::array<std::string_view, 8> kWords = {"AND", "OR", "NOT",     "NULL",
                                                    "IS",  "IN", "BETWEEN", "STARTS_WITH"};
constexpr std::array<std::string_view, 3> kClauses = {"LIMIT", "ORDER", "GROUP"};

template <class Words>
bool is_one_of(const FilterToken& token, const Words& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return is_word(token, word); });
}

/// No values yet, of the type of the field.
FilterValues values_for(FilterField field) {
  switch (field) {
    case FilterField::kExecutionStatus: return std::vector<RunStatus>();
    case FilterField::kStartTime:
    case FilterField::kExecutionTime:
    case FilterField::kCloseTime: return std::vector<FilterTime>();
    case FilterField::kWorkflowId:
    case FilterField::kRunId:
    case FilterField::kWorkflowType:
    case FilterField::kTaskQueue:
    case FilterField::kFirstExecutionRunId:
    case FilterField::kSearchAttribute: return std::vector<std::string>();
  }
  return {};
}

// ---- the grammar ----

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), tokens_(lex_filter(text)) {}

  Result<Filter> parse() {
    if (token().kind == Kind::kEnd) return Filter{};
    auto filter = parse_or(false);
    if (filter.ok() && token().kind != Kind::kEnd) {
      return wrong(is_one_of(token(), kClauses) ? kNoClauses : "AND, OR, or the end");
    }
    return filter;
  }

 private:
  static constexpr std::string_view kNoClauses =
      "no LIMIT, ORDER BY or GROUP BY: they are not supported here (a search attribute of "
      "that name needs back-quotes)";

  // Each takes whether an odd number of NOTs stands before what it reads.

  Result<Filter> parse_or(bool negated) {
    return parse_row("OR", negated, [&] { return parse_and(negated); });
  }

  Result<Filter> parse_and(bool negated) {
    return parse_row("AND", !negated, [&] { return parse_not(negated); });
  }

  /// Parts with a word between them; what holds if all of them do, or if any of them does.
  template <class ParsePart>
  Result<Filter> parse_row(std::string_view word, bool needs_all, const ParsePart& parse_part) {
    std::vector<Filter> parts;
    do {
      auto part = parse_part();
      if (!part.ok()) return part;
      parts.push_back(std::move(*part));
    } while (accept(word));
    if (parts.size() == 1) return std::move(parts[0]);
    if (needs_all) return Filter{FilterAllOf{std::move(parts)}};
    return Filter{FilterAnyOf{std::move(parts)}};
  }

  Result<Filter> parse_not(bool negated) {
    const bool is_not = is_word(token(), "NOT");
    if (!is_not && !is_word(token(), "(")) return parse_condition(negated);
    if (depth_ == limits::kFilterDepth) {
      return wrong("at most " + std::to_string(limits::kFilterDepth) +
                   " NOTs and parentheses in each other");
    }
    ++at_;
    ++depth_;
    auto inner = is_not ? parse_not(!negated) : parse_or(negated);
    --depth_;
    if (is_not || !inner.ok()) return inner;
    if (Status closed = expect(")", "AND, OR or )"); !closed.ok()) return closed;
    return inner;
  }

  Result<Filter> parse_condition(bool negated) {
    if (conditions_++ == limits::kFilterConditions) {
      return wrong("at most " + std::to_string(limits::kFilterConditions) + " conditions");
    }
    FilterCondition condition;
    condition.negated = negated;
    Status status = read_field(condition);
    if (status.ok()) {
      status =
          std::visit([&](auto& values) { return read_test(condition, values); }, condition.values);
    }
    if (!status.ok()) return status;
    return Filter{std::move(condition)};
  }

  Status read_field(FilterCondition& condition) {
    if (is_one_of(token(), kClauses)) return wrong(kNoClauses);
    const bool is_quoted = token().kind == Kind::kQuotedName && !token().value.empty();
    const bool is_plain = token().kind == Kind::kName && !is_one_of(token(), kWords);
    if (!is_quoted && !is_plain) return wrong("a field, a search attribute, NOT or (");
    const auto field = is_plain ? value_of(kFields, token().written) : std::nullopt;
    condition.field = field.value_or(FilterField::kSearchAttribute);
    if (!field) condition.attribute = is_plain ? std::string(token().written) : token().value;
    ++at_;
    condition.values = field ? values_for(*field) : values_that_follow();
    return {};
  }

  /// No values yet, of the type that the first value behind the operator has.
  FilterValues values_that_follow() const {
    auto first = tokens_.begin() + static_cast<std::ptrdiff_t>(at_);
    for (; first->kind == Kind::kSign || is_one_of(*first, kWords); ++first) {
      if (is_word(*first, "STARTS_WITH")) return std::vector<std::string>();
    }
    if (FilterType<FilterNumber>::read(*first)) return std::vector<FilterNumber>();
    if (FilterType<FilterBool>::read(*first)) return std::vector<FilterBool>();
    return std::vector<std::string>();
  }

  template <class Value>
  Status read_test(FilterCondition& condition, std::vector<Value>& values) {
    const bool not_before = accept("NOT");
    const auto* found = std::ranges::find_if(
        kOperators, [&](const Operator& each) { return is_word(token(), each.name); });
    if (found == kOperators.end() || !FilterType<Value>::has(found->test) ||
        (not_before && !found->may_follow_not)) {
      return wrong("an operator: " + std::string(FilterType<Value>::kOperators));
    }
    ++at_;
    const bool not_behind = found->operand == Operand::kNull && accept("NOT");
    condition.test = found->test;
    condition.negated ^= found->negated ^ not_before ^ not_behind;
    const bool is_attribute = condition.field == FilterField::kSearchAttribute;
    Status status = read_operand(found->operand, is_attribute, values);
    if (is_attribute) condition.times = times_of(values);
    if (condition.test == FilterTest::kOneOf) {
      std::ranges::sort(values);
      values.erase(std::unique(values.begin(), values.end()), values.end());
      std::ranges::sort(condition.times);
    }
    return status;
  }

  template <class Value>
  Status read_operand(Operand operand, bool is_attribute, std::vector<Value>& values) {
    const auto read_one = [&] { return read_value(is_attribute, values); };
    switch (operand) {
      case Operand::kValue: return read_one();
      case Operand::kPair:
        return first_error(
            read_one, [&] { return expect("AND", "AND"); }, read_one);
      case Operand::kList: return read_list(is_attribute, values);
      case Operand::kNull: return expect("NULL", "NULL or NOT NULL");
    }
    return {};
  }

  template <class Value>
  Status read_list(bool is_attribute, std::vector<Value>& values) {
    Status status = expect("(", "(");
    if (!status.ok()) return status;
    do {
      status = read_value(is_attribute, values);
    } while (status.ok() && accept(","));
    return status.ok() ? expect(")", ", or )") : status;
  }

  template <class Value>
  Status read_value(bool is_attribute, std::vector<Value>& values) {
    auto value = FilterType<Value>::read(token());
    const bool may_be_any = is_attribute && values.empty();
    if (!value) return wrong(may_be_any ? kAttributeValues : FilterType<Value>::kValues);
    values.push_back(std::move(*value));
    ++at_;
    return {};
  }

  // ---- tokens ----

  const FilterToken& token() const { return tokens_[at_]; }

  bool accept(std::string_view word) {
    if (!is_word(token(), word)) return false;
    ++at_;
    return true;
  }

  Status expect(std::string_view word, std::string_view expected) {
    return accept(word) ? Status() : wrong(expected);
  }

  /// The error that the token is not what could stand there.
  Status wrong(std::string_view expected) const {
    const auto offset = token().written.data() - text_.data();
    const auto is_first_of_character = [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    };
    InvalidFilter detail;
    detail.column = 1 + static_cast<std::size_t>(std::count_if(
                            text_.begin(), text_.begin() + offset, is_first_of_character));
    detail.found = printable(token().written);
    detail.expected = token().kind == Kind::kBad ? token().value : std::string(expected);
    const std::string found = token().kind == Kind::kEnd ? "ends" : "has \"" + detail.found + "\"";
    std::string message = "filter " + found + " at column " + std::to_string(detail.column) +
                          "; expected: " + detail.expected;
    return Status(StatusCode::kInvalidArgument, std::move(message), std::move(detail));
  }

  std::string_view text_;
  std::vector<FilterToken> tokens_;  ///< the last one is never taken
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t conditions_ = 0;
};

}  // namespace

Result<Filter> parse_filter(std::string_view text) {
  if (Status status = check_text("filter", text, limits::kFilterBytes); !status.ok()) return status;
  return Parser(text).parse();
}

}  // namespace onerun::core
