// What the rules about cron schedules need to know of time zones. Where zones come from is told
// elsewhere: no database is read here.
#pragma once

#include <chrono>
#include <string_view>

namespace onerun::core {

/// How far the clocks of a zone are ahead of UTC, and how long that holds.
struct ZoneOffset {
  std::chrono::seconds ahead;      ///< negative in the west
  std::chrono::sys_seconds until;  ///< the first instant at which it may be another
};

/// The clocks of one place.
///
/// Threads: asked from many threads at once.
class TimeZone {
 public:
  virtual ~TimeZone() = default;

  /// What holds at that instant; its `until` is later than the instant.
  virtual ZoneOffset offset_at(std::chrono::sys_seconds instant) const = 0;
};

/// Zones by name.
///
/// Threads: asked from many threads at once.
class TimeZones {
 public:
  virtual ~TimeZones() = default;

  /// The zone of that name, which lives as long as this object; nullptr if there is none.
  virtual const TimeZone* find(std::string_view name) const = 0;
};

/// UTC, which needs no database.
class Utc final : public TimeZone {
 public:
  ZoneOffset offset_at(std::chrono::sys_seconds /*instant*/) const override {
    return {.ahead = std::chrono::seconds(0), .until = std::chrono::sys_seconds::max()};
  }
};

inline const Utc kUtc;

}  // namespace onerun::core
