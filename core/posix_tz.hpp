// The rule that stands at the end of a zone file: how the clocks go on behind its table.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "core/time_zone.hpp"

namespace onerun::core {

/// A day of a year and a time of that day on the clocks, at which they are turned.
struct TurnRule {
  enum class Day { kWeekdayOfMonth, kJulian, kOfYear };

  Day day = Day::kOfYear;
  unsigned month = 1;           ///< kWeekdayOfMonth: 1 to 12
  unsigned week = 1;            ///< kWeekdayOfMonth: 1 to 5; 5 is the last one of the month
  unsigned number = 0;          ///< weekday from 0, Sunday; day from 1 (kJulian) or 0 (kOfYear)
  std::chrono::seconds time{};  ///< may be of a day before or after

  /// The instant in that year, as the clocks show it.
  std::chrono::local_seconds in(std::chrono::year year) const;
};

/// Clocks by a rule for all years: `CET-1CEST,M3.5.0,M10.5.0/3` is an hour ahead of UTC, and two
/// hours from the last Sunday of March, 02:00, to that of October, 03:00.
class PosixTz final : public TimeZone {
 public:
  struct Summer {
    std::chrono::seconds ahead;
    TurnRule begin;  ///< on the clocks of winter
    TurnRule end;    ///< on those of summer
  };

  PosixTz(std::chrono::seconds ahead, std::optional<Summer> summer)
      : ahead_(ahead), summer_(summer) {}

  ZoneOffset offset_at(std::chrono::sys_seconds instant) const override;

 private:
  std::chrono::seconds ahead_;
  std::optional<Summer> summer_;
};

/// Reads such a rule as POSIX has it for the variable TZ, with the hours up to 167 of RFC 9636.
/// Nothing for what is none, also for summer time without its days.
std::optional<PosixTz> parse_posix_tz(std::string_view text);

}  // namespace onerun::core
