// Cron schedules: which texts are taken, which instants they name, how long a run waits. C146 to
// C157 are cases of the specification.
#include "core/cron.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/go_duration.hpp"

namespace onerun::core {
namespace {

using namespace std::chrono;

Timestamp utc(year_month_day date, Duration time = {}) { return sys_days(date) + time; }

/// A zone whose clocks are turned at given instants.
class TurnedZone final : public TimeZone {
 public:
  TurnedZone(seconds ahead, std::vector<std::pair<Timestamp, seconds>> turns)
      : ahead_(ahead), turns_(std::move(turns)) {}

  ZoneOffset offset_at(sys_seconds instant) const override {
    seconds ahead = ahead_;
    for (const auto& [turn, ahead_after] : turns_) {
      if (instant < turn) return {ahead, floor<seconds>(turn)};
      ahead = ahead_after;
    }
    return {ahead, sys_seconds::max()};
  }

 private:
  seconds ahead_;
  std::vector<std::pair<Timestamp, seconds>> turns_;
};

/// New York in 2018, Lord Howe in 2021, and a place whose minutes begin within those of UTC.
class FewZones final : public TimeZones {
 public:
  const TimeZone* find(std::string_view name) const override {
    if (name == "America/New_York") return &new_york_;
    if (name == "Australia/Lord_Howe") return &lord_howe_;
    return name == "Africa/Monrovia" ? &monrovia_ : nullptr;
  }

 private:
  TurnedZone new_york_{-5h, {{utc(2018y / 3 / 11, 7h), -4h}, {utc(2018y / 11 / 4, 6h), -5h}}};
  TurnedZone lord_howe_{
      11h, {{utc(2021y / 4 / 3, 15h), 10h + 30min}, {utc(2021y / 10 / 2, 15h + 30min), 11h}}};
  TurnedZone monrovia_{-44min - 30s, {}};
};

const FewZones kZones;

CronSchedule parsed(std::string_view text) {
  const auto schedule = parse_cron(text, kZones);
  EXPECT_TRUE(schedule.ok()) << text << ": " << schedule.status();
  return schedule.value();
}

/// The first points after an instant.
std::vector<Timestamp> points(std::string_view text, Timestamp after, int count) {
  const CronSchedule schedule = parsed(text);
  std::vector<Timestamp> found;
  while (count-- > 0) found.push_back(schedule.next_after(after).value()), after = found.back();
  return found;
}

Timestamp next(std::string_view text, Timestamp after) { return points(text, after, 1).front(); }

std::optional<Duration> backoff(std::string_view text, Timestamp reference, Timestamp now) {
  return cron_backoff(parsed(text), reference, now);
}

/// Two texts that mean the same.
void expect_same(std::string_view left, std::string_view right) {
  const Timestamp start = utc(2021y / 2 / 3, 4h + 5min + 6s);
  EXPECT_EQ(points(left, start, 100), points(right, start, 100)) << left << " and " << right;
}

/// Refused, with a sentence in which both texts are.
void expect_refused(std::string_view text, std::string_view problem, std::string_view allowed) {
  const auto schedule = parse_cron(text, kZones);
  ASSERT_EQ(schedule.code(), StatusCode::kInvalidArgument) << text;
  const Status status = schedule.status();
  const auto* detail = status.detail<InvalidField>();
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->field, "cron_schedule");
  EXPECT_NE(detail->value.find(problem), std::string::npos) << detail->value;
  EXPECT_NE(detail->limit.find(allowed), std::string::npos) << detail->limit;
}

TEST(CronParse, ReadsRangesListsAndSteps) {
  expect_same("*/15 * * * *", "0,15,30,45 * * * *");
  expect_same("3-20/4 * * * *", "3,7,11,15,19 * * * *");
  expect_same("5/15 * * * *", "5,20,35,50 * * * *");
  expect_same("0 1-3,22 * * *", "0 1,2,3,22 * * *");
  expect_same("0 0 ? * ?", "0 0 * * *");
  expect_same("  0\t0  * * * ", "0 0 * * *");
}

TEST(CronParse, ReadsNamesInAnyCase) {
  expect_same("0 0 1 jan,FEB,Mar-Dec *", "0 0 1 1-12 *");
  expect_same("0 0 * * sun,MON-Wed,Sat/1", "0 0 * * 0-3,6");
}

TEST(CronParse, ReadsDescriptors) {
  expect_same("@yearly", "0 0 1 1 *");
  expect_same("@annually", "0 0 1 1 *");
  expect_same("@monthly", "0 0 1 * *");
  expect_same("@weekly", "0 0 * * sun");
  expect_same("@daily", "0 0 * * *");
  expect_same("@midnight", "0 0 * * *");
  expect_same("@hourly", "0 * * * *");
}

TEST(CronParse, ReadsIntervalsInWholeSecondsAndAtLeastOne) {
  expect_same("@every 1h30m", "@every 90m");
  expect_same("@every 1.5h", "@every 5400s");
  expect_same("@every 1999ms", "@every 1s");
  expect_same("@every 0s", "@every 1s");
  expect_same("@every .25m", "@every 15s");
}

TEST(CronParse, TakesTheDayThatMatchesEitherFieldWhenBothAreRestricted) {
  expect_same("0 0 13 * fri", "0 0 13 * 5,5");
  const Timestamp start = utc(2021y / 8 / 7);
  EXPECT_EQ(points("0 0 14 * mon", start, 3),
            (std::vector{utc(2021y / 8 / 9), utc(2021y / 8 / 14), utc(2021y / 8 / 16)}));
  EXPECT_EQ(next("0 0 */2 * mon", start), utc(2021y / 8 / 9)) << "a step restricts";
  EXPECT_EQ(next("0 0 */1 * mon", start), utc(2021y / 8 / 9));
  EXPECT_EQ(next("0 0 * * mon", start), utc(2021y / 8 / 9));
  EXPECT_EQ(next("0 0 14 * *", start), utc(2021y / 8 / 14));
  EXPECT_EQ(next("0 0 14 * */2", start), utc(2021y / 8 / 8)) << "a Sunday";
}

TEST(CronParse, SaysWhichFieldIsWrongAndWhatIsAllowed) {
  expect_refused("60 * * * *", "minute \"60\" is too large", "minute from 0 to 59");
  expect_refused("* 24 * * *", "hour \"24\" is too large", "hour from 0 to 23");
  expect_refused("* * 0 * *", "day-of-month \"0\" is too small", "day-of-month from 1 to 31");
  expect_refused("* * * 13 *", "month \"13\" is too large", "jan to dec");
  expect_refused("* * * * 7", "day-of-week \"7\" is too large", "day-of-week from 0 to 6");
  expect_refused("* * * * jan", "day-of-week \"jan\" is not a number", "sun to sat");
  expect_refused("4294967296 * * * *", "is too large", "minute");
  expect_refused("20-10 * * * *", "minute \"20-10\" begins after its end", "minute");
  expect_refused("1-2-3 * * * *", "has two hyphens", "minute");
  expect_refused("1/2/3 * * * *", "has two steps", "minute");
  expect_refused("*/0 * * * *", "has a step of 0", "minute");
  expect_refused("*/x * * * *", "minute \"x\" is not a number", "minute");
}

TEST(CronParse, RefusesSlipsThatOthersTake) {
  for (const std::string_view slip : {"1,,2", "1,", ",", "*-5", "+5", "-5", "5-", "*5"}) {
    expect_refused(std::string(slip) + " * * * *", "is not a number", "minute");
  }
}

TEST(CronParse, RefusesWhatIsNoScheduleAtAll) {
  for (const std::string_view text : {"", " ", "* * * *", "* * * * * *", "@Daily", "@every",
                                      "@every 1h 30m", "TZ=UTC", "CRON_TZ=UTC ", "@daily @daily"}) {
    expect_refused(text, "number of words: ", "five fields");
  }
  expect_refused("@every soon", "\"soon\" is not a duration", "90s, 1h30m");
}

TEST(CronParse, RefusesZonesThatAreNotKnown) {
  for (const std::string_view text :
       {"CRON_TZ=Mars/Olympus 0 0 * * *", "TZ=Mars/Olympus @daily", "TZ=Mars/Olympus @every 1s"}) {
    expect_refused(text, "time zone \"Mars/Olympus\" is not known", "time zone database");
  }
  expect_refused("TZ= 0 0 * * *", "time zone \"\" is not known", "UTC");
  expect_same("TZ=UTC 0 0 * * *", "0 0 * * *");
}

TEST(CronParse, C146RefusesTextsThatNeverMatch) {
  expect_refused("0 0 31 2 *", "names no day", "next point");
  expect_refused("0 0 30-31 feb,feb *", "names no day", "next point");
  expect_refused("invalid-cron-spec", "number of words: 1", "five fields");
  EXPECT_EQ(next("0 0 31 2 fri", utc(2021y / 3 / 1)), utc(2022y / 2 / 4)) << "or on Fridays";
}

TEST(GoDuration, IsTheSumOfItsParts) {
  EXPECT_EQ(parse_go_duration("1h2m3s4ms5us6ns"), 1h + 2min + 3s + 4ms + 5us + 6ns);
  EXPECT_EQ(parse_go_duration("7\xC2\xB5s8\xCE\xBCs"), 15us);
  EXPECT_EQ(parse_go_duration("0.57h"), 2'052s);
  EXPECT_EQ(parse_go_duration("2.s"), 2s);
  EXPECT_EQ(parse_go_duration("1.00000000000000000000000001s"), 1s);
  EXPECT_EQ(parse_go_duration("9223372036854775807ns"), nanoseconds::max());
}

TEST(GoDuration, IsNothingElse) {
  for (const std::string_view text :
       {"", "0", "5", "s", ".s", "-5s", "+5s", "5 s", "1d", "1h-2m", "1.2.3s",
        "9223372036854775808ns", "99999999999999999999s", "2562048h", "2562047h60m"}) {
    EXPECT_FALSE(parse_go_duration(text)) << text;
  }
}

TEST(CronNext, IsLaterThanItsArgument) {
  const Timestamp noon = utc(2021y / 6 / 1, 12h);
  EXPECT_EQ(next("* * * * *", noon), noon + 1min);
  EXPECT_EQ(next("* * * * *", noon - 1ms), noon);
  EXPECT_EQ(next("@every 5s", noon + 250ms), noon + 5s) << "on whole seconds";
}

TEST(CronNext, FindsTheEndsOfMonthsAndYearsAndLeapDays) {
  EXPECT_EQ(points("0 0 31 * *", utc(2021y / 1 / 31), 2),
            (std::vector{utc(2021y / 3 / 31), utc(2021y / 5 / 31)}));
  EXPECT_EQ(next("* * * * *", utc(2021y / 12 / 31, 23h + 59min)), utc(2022y / 1 / 1));
  EXPECT_EQ(next("0 0 29 2 *", utc(2024y / 2 / 29)), utc(2028y / 2 / 29));
}

TEST(CronNext, FindsTheLeapDayBehindACenturyWithoutOne) {
  EXPECT_EQ(next("0 0 29 2 *", utc(2096y / 2 / 29)), utc(2104y / 2 / 29));
  EXPECT_EQ(cron_backoff(parsed("0 0 29 2 *"), utc(2096y / 3 / 1), utc(2104y / 2 / 28)), 24h);
}

TEST(CronNext, SkipsALocalTimeThatAChangeSkips) {
  const Timestamp eve = utc(2018y / 3 / 10, 12h);
  EXPECT_EQ(points("TZ=America/New_York 30 2 * * *", eve, 2),
            (std::vector{utc(2018y / 3 / 12, 6h + 30min), utc(2018y / 3 / 13, 6h + 30min)}));
  EXPECT_EQ(next("TZ=America/New_York 0 3 * * *", eve), utc(2018y / 3 / 11, 7h));
}

TEST(CronNext, NamesALocalTimeTwiceThatAChangeRepeats) {
  const Timestamp eve = utc(2018y / 11 / 3, 12h);
  EXPECT_EQ(points("TZ=America/New_York 30 1 * * *", eve, 3),
            (std::vector{utc(2018y / 11 / 4, 5h + 30min), utc(2018y / 11 / 4, 6h + 30min),
                         utc(2018y / 11 / 5, 6h + 30min)}));
}

TEST(CronNext, ReadsTheClocksOfZonesThatTurnThemByHalfAnHour) {
  EXPECT_EQ(points("TZ=Australia/Lord_Howe 45 1 * * *", utc(2021y / 4 / 3), 2),
            (std::vector{utc(2021y / 4 / 3, 14h + 45min), utc(2021y / 4 / 3, 15h + 15min)}));
  EXPECT_EQ(points("TZ=Australia/Lord_Howe 0,30 2 * * *", utc(2021y / 10 / 2), 2),
            (std::vector{utc(2021y / 10 / 2, 15h + 30min), utc(2021y / 10 / 3, 15h)}));
}

TEST(CronNext, FindsMinutesThatBeginWithinAMinuteOfUtc) {
  EXPECT_EQ(next("TZ=Africa/Monrovia 0 0 * * *", utc(1971y / 1 / 1)),
            utc(1971y / 1 / 1, 44min + 30s));
}

TEST(CronBackoff, C148IsADayAtTheScheduledTime) {
  const Timestamp now = utc(2018y / 12 / 18, 10h);
  EXPECT_EQ(backoff("0 10 * * *", now, now), 24h);
}

TEST(CronBackoff, C149IsUpToTheNextHour) {
  const Timestamp eight = utc(2018y / 12 / 18, 8h + 8min);
  const Timestamp nine = utc(2018y / 12 / 18, 9h);
  EXPECT_EQ(backoff("0 * * * *", eight, eight), 52min);
  EXPECT_EQ(backoff("0 * * * *", nine, nine), 60min);
}

TEST(CronBackoff, C151SkipsThePointsThatWereMissed) {
  const Timestamp reference = utc(2018y / 12 / 17, 8h);
  EXPECT_EQ(backoff("0 10 * * *", reference, utc(2018y / 12 / 20)), 10h);
  EXPECT_EQ(backoff("0 10 * * *", reference, utc(2018y / 12 / 17, 9h)), 1h);
}

TEST(CronBackoff, C152CountsFromNow) {
  const Timestamp day = utc(2018y / 12 / 17);
  EXPECT_EQ(backoff("*/10 * * * *", day + 4min, day + 1h + 2min), 8min);
}

TEST(CronBackoff, C154TakesEveryDayOfTheWeek) {
  const Timestamp now = utc(2018y / 12 / 17, 16h);
  EXPECT_EQ(backoff("0 3 * * 0-6", now, now), 11h);
  EXPECT_EQ(backoff("@every 30s", now, now), 30s);
}

TEST(CronBackoff, C155KeepsThePhaseOfIntervals) {
  EXPECT_EQ(backoff("@every 30s", utc(2020y / 7 / 17, 10h + 2s), utc(2020y / 9 / 17, 4h + 53s)),
            9s);
}

TEST(CronBackoff, C157ReadsTheClocksOfTheZone) {
  const Timestamp in_summer = utc(2018y / 7 / 17, 19h + 5min);
  EXPECT_EQ(backoff("CRON_TZ=America/New_York 5 16 * * *", in_summer, in_summer), 1h);
  const Timestamp in_winter = utc(2018y / 12 / 17, 8h + 5min);
  EXPECT_EQ(backoff("CRON_TZ=America/New_York 5 4 * * *", in_winter, in_winter), 1h);
}

TEST(CronBackoff, WaitsForAReferenceThatIsToCome) {
  const Timestamp now = utc(2021y / 6 / 1);
  EXPECT_EQ(backoff("0 10 * * *", now + 90s, now), 90s);
  EXPECT_EQ(backoff("@every 1h", now + 1ms, now), 1s);
}

TEST(CronBackoff, IsRoundedUpToWholeSeconds) {
  const Timestamp now = utc(2021y / 6 / 1);
  EXPECT_EQ(backoff("* * * * *", now, now + 1ms), 60s);
  EXPECT_EQ(backoff("* * * * *", now, now + 999ms), 60s);
  EXPECT_EQ(backoff("@every 10s", now, now + 1ms), 10s);
}

TEST(CronBackoff, IsNothingAtAPointAfterTheReference) {
  const Timestamp reference = utc(2021y / 6 / 1);
  EXPECT_EQ(backoff("0 * * * *", reference, reference + 1h), 0s);
  EXPECT_EQ(backoff("@every 20m", reference, reference + 1h), 0s);
  EXPECT_EQ(backoff("@every 20m", reference + 700ms, reference + 1h), 0s) << "from whole seconds";
  EXPECT_EQ(backoff("@every 20m", reference, reference + 1h + 1ms), 20min);
}

TEST(CronBackoff, TakesNoLongerWhenTheReferenceIsFarAway) {
  const Timestamp reference = utc(1970y / 1 / 1);
  const Timestamp now = utc(9999y / 12 / 31, 12h);
  EXPECT_EQ(backoff("@every 1s", reference, now), 0s);
  EXPECT_EQ(backoff("* * * * *", reference, now + 1s), 59s);
}

}  // namespace
}  // namespace onerun::core
