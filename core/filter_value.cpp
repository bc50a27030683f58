#include "core/filter_value.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>

namespace onerun::core {
namespace {

using std::chrono::nanoseconds;

/// Reads a text of fixed form from its front, and remembers whether it had that form.
class FormReader {
 public:
  explicit FormReader(std::string_view text) : rest_(text) {}

  int number(std::size_t digits, int most) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
    has_form_ = has_form_ && value <= most;
    return value;
  }

  void sign(char c) { has_form_ = accept(c) && has_form_; }

  bool accept(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// What follows a point, of one to nine digits; zero if there is no point.
  nanoseconds fraction() {
    if (!accept('.')) return {};
    nanoseconds value(0);
    nanoseconds unit = std::chrono::seconds(1);
    do {
      unit /= 10;
      value += unit * digit();
    } while (next_is_digit() && unit.count() > 1);
    return value;
  }

  /// `Z`, or how far the clock is ahead of UTC.
  std::chrono::minutes offset() {
    if (accept('Z')) return {};
    const bool is_behind = accept('-');
    if (!is_behind) sign('+');
    const std::chrono::hours hours(number(2, 23));
    sign(':');
    const std::chrono::minutes ahead = hours + std::chrono::minutes(number(2, 59));
    return is_behind ? -ahead : ahead;
  }

  bool had_the_form() const { return has_form_ && rest_.empty(); }

 private:
  bool next_is_digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }

  int digit() {
    has_form_ = has_form_ && next_is_digit();
    if (!has_form_) return 0;
    const int value = rest_[0] - '0';
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
  bool has_form_ = true;
};

FilterTime filter_time(std::chrono::sys_seconds second, nanoseconds after) {
  return {.rounded_down = second + std::chrono::floor<Duration>(after),
          .is_later = after % Duration(1) != nanoseconds::zero()};
}

template <class Number>
std::optional<Number> number_from(std::string_view digits) {
  Number number = 0;
  const char* end = digits.data() + digits.size();
  const auto [read_to, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || read_to != end) return std::nullopt;
  return number;
}

/// `TimedOut` for `timed_out`.
std::string in_camel_case(std::string_view name) {
  std::string out;
  bool begins_word = true;
  for (const char c : name) {
    if (c != '_') out += begins_word ? static_cast<char>(c - 'a' + 'A') : c;
    begins_word = c == '_';
  }
  return out;
}

constexpr int kLeastStatus = static_cast<int>(RunStatus::kRunning);
constexpr int kMostStatus = static_cast<int>(RunStatus::kPaused);

/// Reads a date and time of RFC 3339.
std::optional<FilterTime> time_from(std::string_view text) {
  using namespace std::chrono;
  FormReader in(text);
  const year in_year(in.number(4, 9999));
  in.sign('-');
  const month in_month(static_cast<unsigned>(in.number(2, 12)));
  in.sign('-');
  const year_month_day date(in_year, in_month, day(static_cast<unsigned>(in.number(2, 31))));
  in.sign('T');
  const hours hour(in.number(2, 23));
  in.sign(':');
  const minutes minute(in.number(2, 59));
  in.sign(':');
  const seconds second(in.number(2, 59));
  const nanoseconds fraction = in.fraction();
  const minutes offset = in.offset();
  if (!in.had_the_form() || !date.ok()) return std::nullopt;
  return filter_time(sys_days(date) + hour + minute + second - offset, fraction);
}

/// Reads a whole number of nanoseconds since 1970, of 64 bits.
std::optional<FilterTime> time_from_nanoseconds(std::string_view digits) {
  const auto number = number_from<std::int64_t>(digits);
  if (!number) return std::nullopt;
  return filter_time({}, nanoseconds(*number));
}

/// Reads the name of a status that a run can have: `timed_out` or `TimedOut`.
std::optional<RunStatus> status_from(std::string_view name) {
  for (int number = kLeastStatus; number <= kMostStatus; ++number) {
    const auto status = static_cast<RunStatus>(number);
    if (name == to_string(status) || name == in_camel_case(to_string(status))) return status;
  }
  return std::nullopt;
}

std::optional<RunStatus> status_from_number(std::string_view digits) {
  const auto number = number_from<int>(digits);
  if (!number || *number < kLeastStatus || *number > kMostStatus) return std::nullopt;
  return static_cast<RunStatus>(*number);
}

}  // namespace

bool FilterType<std::string>::has(FilterTest) { return true; }

std::optional<std::string> FilterType<std::string>::read(const FilterToken& token) {
  if (token.kind != FilterToken::Kind::kText) return std::nullopt;
  return token.value;
}

bool FilterType<FilterTime>::has(FilterTest test) { return test != FilterTest::kStartsWith; }

std::optional<FilterTime> FilterType<FilterTime>::read(const FilterToken& token) {
  if (token.kind == FilterToken::Kind::kText) return time_from(token.value);
  if (token.kind == FilterToken::Kind::kNumber) return time_from_nanoseconds(token.written);
  return std::nullopt;
}

bool FilterType<RunStatus>::has(FilterTest test) {
  return test == FilterTest::kOneOf || test == FilterTest::kIsNull;
}

std::optional<RunStatus> FilterType<RunStatus>::read(const FilterToken& token) {
  if (token.kind == FilterToken::Kind::kText) return status_from(token.value);
  if (token.kind == FilterToken::Kind::kNumber) return status_from_number(token.written);
  return std::nullopt;
}

bool FilterType<FilterNumber>::has(FilterTest test) { return test != FilterTest::kStartsWith; }

std::optional<FilterNumber> FilterType<FilterNumber>::read(const FilterToken& token) {
  if (token.kind != FilterToken::Kind::kNumber) return std::nullopt;
  if (const auto whole = number_from<std::int64_t>(token.written)) return FilterNumber(*whole);
  const auto number = number_from<double>(token.written);
  return number && std::isfinite(*number) ? std::optional(FilterNumber(*number)) : std::nullopt;
}

bool FilterType<FilterBool>::has(FilterTest test) {
  return test == FilterTest::kOneOf || test == FilterTest::kIsNull;
}

std::optional<FilterBool> FilterType<FilterBool>::read(const FilterToken& token) {
  if (is_word(token, "TRUE")) return FilterBool::kTrue;
  if (is_word(token, "FALSE")) return FilterBool::kFalse;
  return std::nullopt;
}

namespace {

struct TimesOf {
  std::vector<FilterTime> operator()(const std::vector<std::string>& texts) const {
    return all(texts, time_from);
  }
  std::vector<FilterTime> operator()(const std::vector<FilterNumber>& numbers) const {
    return all(numbers, [](const FilterNumber& number) -> std::optional<FilterTime> {
      const auto whole = number.whole();
      if (!whole) return std::nullopt;
      return filter_time({}, nanoseconds(*whole));
    });
  }
  template <class Value>
  std::vector<FilterTime> operator()(const std::vector<Value>&) const {
    return {};
  }

  template <class Value, class Read>
  static std::vector<FilterTime> all(const std::vector<Value>& values, const Read& read) {
    std::vector<FilterTime> times;
    for (const Value& value : values) {
      const std::optional<FilterTime> time = read(value);
      if (!time) return {};
      times.push_back(*time);
    }
    return times;
  }
};

}  // namespace

std::vector<FilterTime> times_of(const FilterValues& values) {
  return std::visit(TimesOf{}, values);
}

}  // namespace onerun::core
