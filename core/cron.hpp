// Cron schedules: their texts, the instants they name, and how long a run waits for its start.
//
// The grammar is that of `ParseStandard` of robfig/cron v3, which Temporal uses:
//
//   minute hour day-of-month month day-of-week     0-59  0-23  1-31  1-12  0-6 (0 is Sunday)
//   @yearly @annually @monthly @weekly @daily @midnight @hourly
//   @every <duration of Go>                        such as 90s, 1h30m, 1.5h
//
// A field is a list (`1,15`) of numbers, ranges (`8-17`), `*` or `?`, each perhaps with a step
// (`*/5`, `8-17/3`; `5/15` is from 5 to the end). Months and days of the week have names (jan, sun)
// in any case. 7 is no day of the week. If neither day-of-month nor day-of-week is `*` or `?`, a
// day matches that matches either of them. What is surely a slip is refused, though robfig/cron
// takes it: empty parts of lists (`1,,2`), `*-5`, signs before numbers and durations.
//
// Five fields are read on the clocks of a zone, UTC unless the text begins with `CRON_TZ=<zone> `
// or `TZ=<zone> `: an instant is named if those clocks show a minute that matches. So a local time
// that a daylight-saving change skips is not named on that day, neither earlier nor later, and one
// that the change repeats is named twice. So does robfig/cron for changes of whole hours. Here
// that holds for every change; robfig/cron walks in hours and days, and so on Lord Howe Island,
// with its change by half an hour, and on days that begin at 01:00 east of Greenwich, it loses
// minutes that the clocks show, and may name others.
//
// Source: specification section 3.4.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>
#include <variant>

#include "core/time_zone.hpp"
#include "onerun/ids.hpp"
#include "onerun/status.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// Five fields: bit n is set if n matches.
struct CronFields {
  using Bits = std::bitset<64>;

  Bits minutes;
  Bits hours;
  Bits days;
  Bits months;
  Bits weekdays;
  bool either_day = false;  ///< a day matches by its date or by its weekday, not only by both
  const TimeZone* zone = &kUtc;
};

/// `@every`: whole seconds, at least one.
struct CronInterval {
  std::chrono::seconds length;
};

/// The instants at which runs are to start. Instants that it is asked about are those of a
/// runtime's clock, from 1970 to 9999. Uses the zones that it was parsed with.
class CronSchedule {
 public:
  explicit CronSchedule(std::variant<CronFields, CronInterval> rule) : rule_(rule) {}

  /// The first point after that instant; for `@every` it is the instant's whole second and the
  /// interval. None if there is none up to the end of the fifth year after.
  std::optional<Timestamp> next_after(Timestamp instant) const;

  /// The first point after `reference` that is not before `now`; the points between are skipped.
  /// `@every` counts from `reference`. Requires that `now` is not before `reference`.
  std::optional<Timestamp> next_from(Timestamp reference, Timestamp now) const;

 private:
  std::variant<CronFields, CronInterval> rule_;
};

/// Reads a schedule.
///
/// Errors: invalid_argument with InvalidField for "cron_schedule": it is none, its zone is not
/// known, or it names no instant at all ("0 0 31 2 *").
Result<CronSchedule> parse_cron(std::string_view text, const TimeZones& zones);

/// As below, for the schedule that a run has stored. `zones` null: UTC is the only zone.
///
/// Errors: failed_precondition with UnknownTimeZone; data_loss: the text is no schedule.
Result<std::optional<Duration>> backoff_of(const RunId& run_id, std::string_view schedule,
                                           Timestamp reference, Timestamp now,
                                           const TimeZones* zones);

/// The zone that the text of a schedule names; empty if it names none.
std::string_view zone_name_of(std::string_view schedule);

/// How long a run that is made now waits for its start: until `reference`, if that is to come, else
/// until the first point after it that is not before now. Rounded up to whole seconds. None if
/// there is no such point. `reference` is the first run's request time, or the start of the run
/// before.
std::optional<Duration> cron_backoff(const CronSchedule& schedule, Timestamp reference,
                                     Timestamp now);

}  // namespace onerun::core
