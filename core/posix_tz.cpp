#include "core/posix_tz.hpp"

#include <algorithm>
#include <array>

namespace onerun::core {
namespace {

using namespace std::chrono;

/// Reads a text from its front. What can't be read leaves it as it is.
class Front {
 public:
  explicit Front(std::string_view text) : rest_(text) {}

  bool is_empty() const { return rest_.empty(); }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// At most three digits, and a number in that range.
  std::optional<unsigned> number(unsigned least, unsigned most) {
    unsigned value = 0;
    std::size_t digits = 0;
    while (digits < 3 && digits < rest_.size() && is_digit(rest_[digits])) {
      value = value * 10 + static_cast<unsigned>(rest_[digits++] - '0');
    }
    if (digits == 0 || value < least || value > most) return std::nullopt;
    rest_.remove_prefix(digits);
    return value;
  }

  /// `CET`, or `<+0330>`.
  bool name() {
    const bool is_quoted = take('<');
    const auto end = std::ranges::find_if(rest_, [&](char c) {
      return !(is_letter(c) || (is_quoted && (is_digit(c) || c == '+' || c == '-')));
    });
    const auto length = static_cast<std::size_t>(end - rest_.begin());
    rest_.remove_prefix(length);
    return length >= 3 && (!is_quoted || take('>'));
  }

  /// Hours, and perhaps minutes and seconds, with a sign or without.
  std::optional<seconds> time(unsigned most_hours) {
    const bool is_negative = take('-');
    if (!is_negative) take('+');
    const auto whole = number(0, most_hours);
    if (!whole) return std::nullopt;
    seconds time = hours(*whole);
    for (const seconds unit : {seconds(60), seconds(1)}) {
      if (!take(':')) break;
      const auto part = number(0, 59);
      if (!part) return std::nullopt;
      time += *part * unit;
    }
    return is_negative ? -time : time;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

  std::string_view rest_;
};

constexpr unsigned kMostHoursOfOffset = 24;
constexpr unsigned kMostHoursOfTurn = 167;
constexpr seconds kUsualTurn = hours(2);
constexpr seconds kUsualSummer = hours(1);

/// `M3.5.0`, `J60` or `59`.
std::optional<TurnRule> take_day(Front& front) {
  TurnRule rule;
  std::optional<unsigned> number;
  if (front.take('M')) {
    rule.day = TurnRule::Day::kWeekdayOfMonth;
    const auto month = front.number(1, 12);
    const auto week = month && front.take('.') ? front.number(1, 5) : std::nullopt;
    number = week && front.take('.') ? front.number(0, 6) : std::nullopt;
    rule.month = month.value_or(1);
    rule.week = week.value_or(1);
  } else if (front.take('J')) {
    rule.day = TurnRule::Day::kJulian;
    number = front.number(1, 365);
  } else {
    number = front.number(0, 365);
  }
  if (!number) return std::nullopt;
  rule.number = *number;
  return rule;
}

std::optional<TurnRule> take_turn(Front& front) {
  if (!front.take(',')) return std::nullopt;
  auto rule = take_day(front);
  const auto time = front.take('/') ? front.time(kMostHoursOfTurn) : std::optional(kUsualTurn);
  if (!rule || !time) return std::nullopt;
  rule->time = *time;
  return rule;
}

/// What follows the offset of winter.
std::optional<PosixTz::Summer> take_summer(Front& front, seconds ahead_in_winter) {
  if (!front.name()) return std::nullopt;
  PosixTz::Summer summer{.ahead = ahead_in_winter + kUsualSummer, .begin = {}, .end = {}};
  if (auto with_offset = front; const auto west = with_offset.time(kMostHoursOfOffset)) {
    summer.ahead = -*west;
    front = with_offset;
  }
  const auto begin = take_turn(front);
  const auto end = begin ? take_turn(front) : std::nullopt;
  if (!end) return std::nullopt;
  summer.begin = *begin;
  summer.end = *end;
  return summer;
}

}  // namespace

local_seconds TurnRule::in(std::chrono::year year) const {
  const local_days first = local_days(year / January / 1);
  switch (day) {
    case Day::kWeekdayOfMonth: {
      const auto of = year / std::chrono::month(month);
      const weekday wanted(number);
      return (week == 5 ? local_days(of / wanted[last]) : local_days(of / wanted[week])) + time;
    }
    case Day::kJulian: {  // counts no 29 February: day 60 is always 1 March
      const bool is_behind = year.is_leap() && number >= 60;
      return first + days(number - (is_behind ? 0 : 1)) + time;
    }
    case Day::kOfYear: break;
  }
  return first + days(number) + time;
}

ZoneOffset PosixTz::offset_at(sys_seconds instant) const {
  if (!summer_) return {.ahead = ahead_, .until = sys_seconds::max()};
  struct Turn {
    sys_seconds instant;
    seconds ahead;
  };
  // A turn may lie in the year before or after the one that its rule names. Where the end of one
  // summer is the begin of the next, summer goes on: the end stands before it.
  std::array<Turn, 8> turns{};
  const year now = year_month_day(floor<days>(instant)).year();
  auto next = turns.begin();
  for (int offset = -2; offset < 2; ++offset) {
    const year of = now + years(offset);
    const year after = of + years(1);
    *next++ = {sys_seconds(summer_->end.in(of).time_since_epoch() - summer_->ahead), ahead_};
    *next++ = {sys_seconds(summer_->begin.in(after).time_since_epoch() - ahead_), summer_->ahead};
  }
  std::ranges::stable_sort(turns, {}, &Turn::instant);
  const auto later = std::ranges::upper_bound(turns, instant, {}, &Turn::instant);
  const seconds ahead = later == turns.begin() ? ahead_ : std::prev(later)->ahead;
  return {.ahead = ahead, .until = later == turns.end() ? instant + days(365) : later->instant};
}

std::optional<PosixTz> parse_posix_tz(std::string_view text) {
  Front front(text);
  const auto west = front.name() ? front.time(kMostHoursOfOffset) : std::nullopt;
  if (!west) return std::nullopt;
  if (front.is_empty()) return PosixTz(-*west, std::nullopt);
  const auto summer = take_summer(front, -*west);
  if (!summer || !front.is_empty()) return std::nullopt;
  return PosixTz(-*west, summer);
}

}  // namespace onerun::core
