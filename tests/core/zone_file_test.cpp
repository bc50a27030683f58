// Zone files, and the rules at their ends.
#include "core/zone_file.hpp"

#include <gtest/gtest.h>

#include "core/posix_tz.hpp"
#include "tests/support/zone_files.hpp"

namespace onerun::core {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using test::slim_berlin;
using test::ZoneFile;

sys_seconds utc(std::chrono::year_month_day day, seconds time = 0s) { return sys_days(day) + time; }

seconds ahead_at(const TimeZone& zone, sys_seconds instant) {
  return zone.offset_at(instant).ahead;
}

PosixTz rule(std::string_view text) {
  const auto parsed = parse_posix_tz(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(PosixTz(0s, std::nullopt));
}

/// All turns of a year.
std::vector<sys_seconds> turns(const TimeZone& zone, std::chrono::year year) {
  std::vector<sys_seconds> found;
  sys_seconds at = utc(year / 1 / 1) - 1s;
  for (;;) {
    const ZoneOffset offset = zone.offset_at(at);
    EXPECT_GT(offset.until, at);
    if (offset.until >= utc((year + std::chrono::years(1)) / 1 / 1)) return found;
    if (ahead_at(zone, offset.until) != offset.ahead) found.push_back(offset.until);
    at = offset.until;
  }
}

// ---- rules ----

TEST(PosixTz, TurnsTheClocksOnTheLastSundays) {
  const PosixTz berlin = rule("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(turns(berlin, 2026y), (std::vector{utc(2026y / 3 / 29, 1h), utc(2026y / 10 / 25, 1h)}));
  EXPECT_EQ(ahead_at(berlin, utc(2026y / 3 / 29, 1h) - 1s), 1h);
  EXPECT_EQ(ahead_at(berlin, utc(2026y / 3 / 29, 1h)), 2h);
  EXPECT_EQ(ahead_at(berlin, utc(2026y / 10 / 25, 1h) - 1s), 2h);
  EXPECT_EQ(ahead_at(berlin, utc(2026y / 10 / 25, 1h)), 1h);
  EXPECT_EQ(ahead_at(berlin, utc(2099y / 12 / 1)), 1h) << "for ever";
}

TEST(PosixTz, TurnsTheClocksAtTwoUnlessItSaysWhen) {
  const PosixTz new_york = rule("EST5EDT,M3.2.0,M11.1.0");
  EXPECT_EQ(turns(new_york, 2026y), (std::vector{utc(2026y / 3 / 8, 7h), utc(2026y / 11 / 1, 6h)}));
}

TEST(PosixTz, HasSummerOverTheNewYearInTheSouth) {
  const PosixTz sydney = rule("AEST-10AEDT,M10.1.0,M4.1.0/3");
  EXPECT_EQ(ahead_at(sydney, utc(2026y / 1 / 1)), 11h);
  EXPECT_EQ(ahead_at(sydney, utc(2026y / 7 / 1)), 10h);
  EXPECT_EQ(turns(sydney, 2026y), (std::vector{utc(2026y / 4 / 4, 16h), utc(2026y / 10 / 3, 16h)}));
}

TEST(PosixTz, ReadsOffsetsOfMinutesAndSummersOfHalfAnHour) {
  EXPECT_EQ(ahead_at(rule("<+0545>-5:45"), utc(2026y / 1 / 1)), 5h + 45min);
  EXPECT_EQ(ahead_at(rule("<-02>2"), utc(2026y / 1 / 1)), -2h);
  const PosixTz lord_howe = rule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
  EXPECT_EQ(ahead_at(lord_howe, utc(2026y / 1 / 1)), 11h);
  EXPECT_EQ(ahead_at(lord_howe, utc(2026y / 7 / 1)), 10h + 30min);
}

TEST(PosixTz, ReadsTimesOfDaysBeforeAndAfter) {
  // Greenland turns its clocks on the evening before; Gaza two days after a Thursday.
  EXPECT_EQ(turns(rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0"), 2026y).front(), utc(2026y / 3 / 29, 1h));
  EXPECT_EQ(turns(rule("EET-2EEST,M3.4.4/50,M10.4.4/50"), 2026y).front(), utc(2026y / 3 / 28));
}

TEST(PosixTz, ReadsDaysOfTheYearWithAndWithoutLeapDays) {
  // J60 is 1 March in every year; 59 is 29 February in a leap year.
  EXPECT_EQ(turns(rule("AAA0BBB,J60/0,J300/0"), 2027y).front(), utc(2027y / 3 / 1));
  EXPECT_EQ(turns(rule("AAA0BBB,J60/0,J300/0"), 2028y).front(), utc(2028y / 3 / 1));
  EXPECT_EQ(turns(rule("AAA0BBB,59/0,J300/0"), 2027y).front(), utc(2027y / 3 / 1));
  EXPECT_EQ(turns(rule("AAA0BBB,59/0,J300/0"), 2028y).front(), utc(2028y / 2 / 29));
}

TEST(PosixTz, HasSummerAllYearWhereOneEndsAsTheNextBegins) {
  const PosixTz summer = rule("XXX3EDT4,0/0,J365/23");
  EXPECT_EQ(ahead_at(summer, utc(2026y / 1 / 1, 3h)), -4h);
  EXPECT_EQ(ahead_at(summer, utc(2026y / 7 / 1)), -4h);
  EXPECT_EQ(ahead_at(summer, utc(2027y / 1 / 1, 2h + 59min)), -4h);
  EXPECT_EQ(ahead_at(summer, utc(2027y / 1 / 1, 3h)), -4h);
}

TEST(PosixTz, RefusesWhatIsNoRule) {
  for (const char* text :
       {"", "CET", "CE-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-25", "<+01-1", "CET-1x",
        "CET-1CEST,M3.5.0,M10.5.0/3,", "CET-1CEST,J0,J10", "CET-1CEST,366,10", "CET-1:60",
        "CET-1CEST,M3.5.0/168,M10.5.0", ":Europe/Berlin"}) {
    EXPECT_FALSE(parse_posix_tz(text)) << text;
  }
}

// ---- files ----

TEST(ZoneFile, GoesOnByItsRuleBehindItsLastChange) {
  const auto zone = read_zone_file(slim_berlin().bytes());
  ASSERT_TRUE(zone.ok()) << zone.status();
  EXPECT_EQ(ahead_at(**zone, utc(1996y / 1 / 1)), 1h);
  EXPECT_EQ(ahead_at(**zone, utc(1996y / 7 / 1)), 2h);
  EXPECT_EQ(ahead_at(**zone, utc(2026y / 12 / 1)), 1h);
  EXPECT_EQ(ahead_at(**zone, utc(2026y / 7 / 1)), 2h);
  EXPECT_EQ(ahead_at(**zone, utc(2040y / 7 / 1)), 2h);
}

TEST(ZoneFile, HoldsItsLastOffsetWithoutARule) {
  ZoneFile file = slim_berlin();
  file.rule.clear();
  const auto zone = read_zone_file(file.bytes());
  ASSERT_TRUE(zone.ok()) << zone.status();
  EXPECT_EQ(ahead_at(**zone, utc(2026y / 12 / 1)), 2h);
}

TEST(ZoneFile, MayBeARuleAlone) {
  const auto zone = read_zone_file(ZoneFile{.rule = "<+0330>-3:30"}.bytes());
  ASSERT_TRUE(zone.ok()) << zone.status();
  EXPECT_EQ(ahead_at(**zone, utc(2026y / 12 / 1)), 3h + 30min);
}

TEST(ZoneFile, HasOffsetsOnlyOfItsTypesAndChangesInOrder) {
  ZoneFile file{.changes = {{0, 1}, {100, 0}}, .types = {0, -3600}};
  const auto zone = read_zone_file(file.bytes());
  ASSERT_TRUE(zone.ok()) << zone.status();
  EXPECT_EQ(ahead_at(**zone, sys_seconds(-1s)), 0s);
  EXPECT_EQ(ahead_at(**zone, sys_seconds(99s)), -1h);
  EXPECT_EQ((**zone).offset_at(sys_seconds(0s)).until, sys_seconds(100s));
  file.changes = {{100, 0}, {100, 1}};
  EXPECT_EQ(read_zone_file(file.bytes()).code(), StatusCode::kDataLoss);
  file.changes = {{0, 2}};
  EXPECT_EQ(read_zone_file(file.bytes()).code(), StatusCode::kDataLoss);
  EXPECT_EQ(read_zone_file(ZoneFile{.types = {27 * 3600}}.bytes()).code(), StatusCode::kDataLoss);
  EXPECT_EQ(read_zone_file(ZoneFile{.types = {}}.bytes()).code(), StatusCode::kDataLoss);
}

TEST(ZoneFile, IsRefusedWhereItCantBeAppliedRight) {
  ZoneFile old = slim_berlin();
  old.version = '\0';
  EXPECT_EQ(read_zone_file(old.bytes()).code(), StatusCode::kDataLoss) << "no rule at all";
  ZoneFile leaps = slim_berlin();
  leaps.leap_seconds = 1;
  EXPECT_EQ(read_zone_file(leaps.bytes()).code(), StatusCode::kDataLoss);
  ZoneFile odd = slim_berlin();
  odd.rule = "CET-1CEST";
  EXPECT_EQ(read_zone_file(odd.bytes()).code(), StatusCode::kDataLoss);
}

TEST(ZoneFile, IsRefusedWhereverItIsCutOff) {
  const std::string bytes = slim_berlin().bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read_zone_file(bytes.substr(0, size)).ok()) << size;
  }
}

TEST(ZoneFile, SurvivesEveryFlippedBit) {
  const std::string bytes = slim_berlin().bytes();
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const auto zone = read_zone_file(flipped);
    if (zone.ok()) EXPECT_GT((**zone).offset_at(utc(2026y / 7 / 1)).until, utc(2026y / 7 / 1));
  }
}

}  // namespace
}  // namespace onerun::core
