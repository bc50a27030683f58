// Which instants a cron schedule names.
#include <algorithm>
#include <chrono>

#include "core/cron.hpp"
#include "core/records.hpp"
#include "core/text.hpp"
#include "onerun/errors.hpp"

namespace onerun::core {
namespace {

using namespace std::chrono;

/// How many years after an instant's own are searched: from a leap year to the next one it may be
/// eight.
constexpr years kSearchedYears(8);

bool names_day(const CronFields& fields, local_days day) {
  const year_month_day date(day);
  if (!fields.months.test(unsigned{date.month()})) return false;
  const bool by_date = fields.days.test(unsigned{date.day()});
  const bool by_weekday = fields.weekdays.test(weekday(day).c_encoding());
  return fields.either_day ? by_date || by_weekday : by_date && by_weekday;
}

/// The first minute of a day that is named, from that one on.
std::optional<minutes> first_minute_of_day(const CronFields& fields, minutes from) {
  for (minutes minute = from; minute < days(1); ++minute) {
    const auto number = static_cast<std::size_t>(minute.count());
    if (fields.hours.test(number / 60) && fields.minutes.test(number % 60)) return minute;
  }
  return std::nullopt;
}

/// The first named minute from `begin` on and before `end`, on clocks that nobody turns.
std::optional<local_seconds> first_minute(const CronFields& fields, local_seconds begin,
                                          local_seconds end) {
  for (local_days day = floor<days>(begin); day < end; day += days(1)) {
    if (!names_day(fields, day)) continue;
    const auto minute = first_minute_of_day(fields, ceil<minutes>(std::max(begin - day, 0s)));
    if (minute) return day + *minute < end ? std::optional(day + *minute) : std::nullopt;
  }
  return std::nullopt;
}

local_seconds on_clocks(sys_seconds instant, seconds ahead) {
  return local_seconds(instant.time_since_epoch() + ahead);
}

/// Where the search for a point after `begin` ends.
sys_seconds end_of_search(sys_seconds begin, seconds ahead) {
  const year_month_day date(floor<days>(on_clocks(begin, ahead)));
  const local_days end((date.year() + kSearchedYears + years(1)) / January / 1);
  return sys_seconds(end.time_since_epoch() - ahead);
}

std::optional<Timestamp> next_after(const CronFields& fields, Timestamp instant) {
  sys_seconds begin = floor<seconds>(instant) + 1s;
  const sys_seconds end = end_of_search(begin, fields.zone->offset_at(begin).ahead);
  // Between two changes of the offset, the clocks of the zone run as those of UTC.
  while (begin < end) {
    const auto [ahead, until] = fields.zone->offset_at(begin);
    const auto found =
        first_minute(fields, on_clocks(begin, ahead), on_clocks(std::min(until, end), ahead));
    if (found) return sys_seconds(found->time_since_epoch() - ahead);
    begin = until;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Timestamp> CronSchedule::next_after(Timestamp instant) const {
  if (const auto* interval = std::get_if<CronInterval>(&rule_)) {
    return floor<seconds>(instant) + interval->length;
  }
  return core::next_after(std::get<CronFields>(rule_), instant);
}

std::optional<Timestamp> CronSchedule::next_from(Timestamp reference, Timestamp now) const {
  if (const auto* interval = std::get_if<CronInterval>(&rule_)) {
    const auto first = floor<seconds>(reference) + interval->length;
    // Whole intervals, so that the phase stays that of the reference.
    const seconds late = std::max(ceil<seconds>(now) - first, 0s);
    return first + (late + interval->length - 1s) / interval->length * interval->length;
  }
  return next_after(std::max(reference, now - 1ms));
}

std::optional<Duration> cron_backoff(const CronSchedule& schedule, Timestamp reference,
                                     Timestamp now) {
  const auto start = now < reference ? reference : schedule.next_from(reference, now);
  if (!start) return std::nullopt;
  return ceil<seconds>(*start - now);
}

namespace {

struct NoZones final : TimeZones {
  const TimeZone* find(std::string_view) const override { return nullptr; }
};

Status unknown_zone(const RunId& run_id, std::string_view schedule, std::string_view zone) {
  return Status(StatusCode::kFailedPrecondition,
                "the cron schedule \"" + printable(schedule) + "\" of run \"" +
                    printable(run_id.text()) + "\" waits for time zone \"" + printable(zone) +
                    "\", which is not known on this machine",
                UnknownTimeZone{run_id, std::string(zone)});
}

}  // namespace

Result<std::optional<Duration>> backoff_of(const RunId& run_id, std::string_view schedule,
                                           Timestamp reference, Timestamp now,
                                           const TimeZones* zones) {
  const NoZones none;
  const TimeZones& known = zones == nullptr ? none : *zones;
  const auto parsed = parse_cron(schedule, known);
  if (parsed.ok()) return cron_backoff(*parsed, reference, now);
  const std::string_view zone = zone_name_of(schedule);
  const bool is_gone = !zone.empty() && known.find(zone) == nullptr;
  return is_gone ? unknown_zone(run_id, schedule, zone)
                 : corrupt("a stored cron schedule: " + std::string(parsed.status().message()));
}

}  // namespace onerun::core
