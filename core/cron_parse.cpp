// The texts of cron schedules.
#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "core/check.hpp"
#include "core/cron.hpp"
#include "core/go_duration.hpp"
#include "core/names.hpp"
#include "core/text.hpp"
#include "onerun/limits.hpp"

namespace onerun::core {
namespace {

constexpr std::string_view kSpace = " \t\n\v\f\r";

/// invalid_argument for the whole text, with what is wrong in it.
Status wrong_schedule(std::string_view text, std::string_view problem, std::string_view allowed) {
  return invalid_field("cron_schedule", '"' + printable(text) + "\" (" + std::string(problem) + ")",
                       allowed);
}

/// What one of the five fields may hold. `names` are those of the numbers from `least` on.
struct FieldRule {
  std::string_view name;
  unsigned least;
  unsigned most;
  std::string_view allowed;
  std::array<std::string_view, 12> names = {};
};

constexpr std::array<FieldRule, 5> kFieldRules = {{
    {"minute", 0, 59, "minute from 0 to 59"},
    {"hour", 0, 23, "hour from 0 to 23"},
    {"day-of-month", 1, 31, "day-of-month from 1 to 31"},
    {"month",
     1,
     12,
     "month from 1 to 12, or jan to dec",
     {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
    {"day-of-week",
     0,
     6,
     "day-of-week from 0 to 6, or sun to sat",
     {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}};

/// A field that is being read, and the text that it is of.
struct Field {
  const FieldRule& rule;
  std::string_view schedule;

  Status wrong(std::string_view part, std::string_view problem) const {
    const std::string place = std::string(rule.name) + " \"" + printable(part) + "\" ";
    return wrong_schedule(schedule, place + std::string(problem), rule.allowed);
  }
};

/// What a field names. `is_any`: it does not restrict the day.
struct FieldValue {
  CronFields::Bits bits;
  bool is_any = false;
};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words = split(text, kSpace);
  std::erase(words, std::string_view());
  return words;
}

std::optional<unsigned> number_of_name(const FieldRule& rule, std::string_view text) {
  std::string name(text);
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  const auto found = std::ranges::find(rule.names, name);
  if (name.empty() || found == rule.names.end()) return std::nullopt;
  return rule.least + static_cast<unsigned>(found - rule.names.begin());
}

Result<unsigned> read_digits(const Field& field, std::string_view text) {
  unsigned number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::result_out_of_range) return field.wrong(text, "is too large");
  if (error != std::errc() || stop != end) return field.wrong(text, "is not a number");
  return number;
}

Result<unsigned> read_number(const Field& field, std::string_view text) {
  if (const auto number = number_of_name(field.rule, text)) return *number;
  const auto number = read_digits(field, text);
  if (!number) return number.status();
  if (*number < field.rule.least) return field.wrong(text, "is too small");
  if (*number > field.rule.most) return field.wrong(text, "is too large");
  return *number;
}

struct Range {
  unsigned first;
  unsigned last;
};

/// `*`, `?`, a number, or two with a hyphen between. A number with a step after goes on to the end.
Result<Range> read_range(const Field& field, std::string_view text, bool has_step) {
  if (text == "*" || text == "?") return Range{field.rule.least, field.rule.most};
  const auto ends = split(text, "-");
  if (ends.size() > 2) return field.wrong(text, "has two hyphens");
  const auto first = read_number(field, ends.front());
  if (!first) return first.status();
  if (ends.size() == 1) return Range{*first, has_step ? field.rule.most : *first};
  const auto last = read_number(field, ends.back());
  if (!last) return last.status();
  if (*first > *last) return field.wrong(text, "begins after its end");
  return Range{*first, *last};
}

/// A range, perhaps with a step.
Result<FieldValue> read_part(const Field& field, std::string_view text) {
  const auto parts = split(text, "/");
  if (parts.size() > 2) return field.wrong(text, "has two steps");
  const auto range = read_range(field, parts.front(), parts.size() == 2);
  if (!range) return range.status();
  const auto step = parts.size() == 2 ? read_digits(field, parts.back()) : Result<unsigned>(1);
  if (!step) return step.status();
  if (*step == 0) return field.wrong(text, "has a step of 0");

  const bool is_star = parts.front() == "*" || parts.front() == "?";
  FieldValue value{.bits = {}, .is_any = is_star && *step == 1};
  for (unsigned number = range->first; number <= range->last; ++number) {
    if ((number - range->first) % *step == 0) value.bits.set(number);
  }
  return value;
}

Result<FieldValue> read_field(const Field& field, std::string_view text) {
  FieldValue value;
  for (const std::string_view part : split(text, ",")) {
    const auto read = read_part(field, part);
    if (!read) return read.status();
    value.bits |= read->bits;
    value.is_any = value.is_any || read->is_any;
  }
  return value;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kDescriptors = {{
    {"0 0 1 1 *", "@yearly"},
    {"0 0 1 1 *", "@annually"},
    {"0 0 1 * *", "@monthly"},
    {"0 0 * * 0", "@weekly"},
    {"0 0 * * *", "@daily"},
    {"0 0 * * *", "@midnight"},
    {"0 * * * *", "@hourly"},
}};

constexpr std::string_view kAllowed =
    "five fields (minute hour day-of-month month day-of-week), @yearly, @annually, @monthly, "
    "@weekly, @daily, @midnight, @hourly or @every <duration>";

/// `schedule` is the whole text, `words` what it says after its zone.
Result<CronFields> read_fields(std::string_view schedule, std::vector<std::string_view> words,
                               const TimeZone* zone) {
  if (words.size() == 1) {
    const auto fields = value_of(kDescriptors, words.front());
    if (fields) words = words_of(*fields);
  }
  if (words.size() != kFieldRules.size()) {
    return wrong_schedule(schedule, "number of words: " + std::to_string(words.size()), kAllowed);
  }
  std::array<FieldValue, kFieldRules.size()> values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = read_field({kFieldRules[i], schedule}, words[i]);
    if (!value) return value.status();
    values[i] = *value;
  }
  const auto& [minutes, hours, days, months, weekdays] = values;
  return CronFields{.minutes = minutes.bits,
                    .hours = hours.bits,
                    .days = days.bits,
                    .months = months.bits,
                    .weekdays = weekdays.bits,
                    .either_day = !days.is_any && !weekdays.is_any,
                    .zone = zone};
}

Result<CronInterval> read_interval(std::string_view schedule, std::string_view text) {
  using std::chrono::seconds;
  const auto length = parse_go_duration(text);
  if (!length) {
    return wrong_schedule(schedule, "\"" + printable(text) + "\" is not a duration",
                          "@every with a duration such as 90s, 1h30m or 1.5h");
  }
  if (*length > limits::kMaxDuration) {
    return wrong_schedule(schedule, "\"" + printable(text) + "\" is too long",
                          "@every with at most 100 years");
  }
  return CronInterval{std::max(std::chrono::floor<seconds>(*length), seconds(1))};
}

/// The zone that a first word names; nothing if it names none.
std::optional<std::string_view> zone_in(std::string_view word) {
  for (const std::string_view prefix : {"CRON_TZ=", "TZ="}) {
    if (word.starts_with(prefix)) return word.substr(prefix.size());
  }
  return std::nullopt;
}

/// Takes the zone off the front of the words.
Result<const TimeZone*> take_zone(std::string_view schedule, std::vector<std::string_view>& words,
                                  const TimeZones& zones) {
  const auto name = words.empty() ? std::nullopt : zone_in(words.front());
  if (!name) return &kUtc;
  const TimeZone* zone = *name == "UTC" ? &kUtc : zones.find(*name);
  if (zone == nullptr) {
    return wrong_schedule(schedule, "time zone \"" + printable(*name) + "\" is not known",
                          "UTC, or a name of the time zone database, such as Europe/Berlin");
  }
  words.erase(words.begin());
  return zone;
}

}  // namespace

std::string_view zone_name_of(std::string_view schedule) {
  const auto words = words_of(schedule);
  return words.empty() ? std::string_view() : zone_in(words.front()).value_or(std::string_view());
}

Result<CronSchedule> parse_cron(std::string_view text, const TimeZones& zones) {
  auto words = words_of(text);
  const auto zone = take_zone(text, words, zones);
  if (!zone) return zone.status();
  if (words.size() == 2 && words.front() == "@every") {
    const auto interval = read_interval(text, words.back());
    if (!interval) return interval.status();
    return CronSchedule(*interval);
  }
  const auto fields = read_fields(text, std::move(words), *zone);
  if (!fields) return fields.status();
  CronSchedule schedule(*fields);
  // The years from 1970 on have every date that there is, a leap day too.
  if (!schedule.next_after(Timestamp())) {
    return wrong_schedule(text, "names no day that there is", "a schedule with a next point");
  }
  return schedule;
}

}  // namespace onerun::core
