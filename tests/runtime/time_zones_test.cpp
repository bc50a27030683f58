// The time zones of the machine: its own database, and one of files without tables.
#include "runtime/time_zones.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/cron.hpp"
#include "core/posix_tz.hpp"
#include "onerun/errors.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/zone_files.hpp"

namespace onerun::runtime {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(SystemTimeZones, KnowsNamesInTheirExactCaseOnly) {
  const SystemTimeZones zones;
  EXPECT_NE(zones.find("Europe/Berlin"), nullptr);
  EXPECT_EQ(zones.find("Europe/Berlin"), zones.find("Europe/Berlin"));
  EXPECT_NE(zones.find("Etc/GMT+5"), nullptr);
  for (const char* name :
       {"", "europe/berlin", "Europe/Atlantis", "Europe", "Europe/", "/Europe/Berlin",
        "Europe//Berlin", "localtime", "posixrules", "Factory", "leapseconds", "zone.tab",
        "posix/Europe/Berlin", "right/Europe/Berlin", "../../../etc/passwd", "/etc/passwd"}) {
    EXPECT_EQ(zones.find(name), nullptr) << name;
  }
}

TEST(SystemTimeZones, SaysInTheErrorWhichZoneIsNotKnown) {
  const auto schedule = core::parse_cron("TZ=Europe/Atlantis @daily", SystemTimeZones());
  ASSERT_EQ(schedule.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(schedule.status().message().find("\"Europe/Atlantis\""), std::string_view::npos);
}

TEST(SystemTimeZones, FollowsTheRulesOfFilesWithoutATable) {
  const test::TemporaryDirectory database;
  test::write_zone(database.path(), "Europe/Berlin", test::slim_berlin());
  const SystemTimeZones zones(database.path());
  const auto schedule = core::parse_cron("CRON_TZ=Europe/Berlin 30 8 * * *", zones);
  ASSERT_TRUE(schedule.ok()) << schedule.status();
  EXPECT_EQ(schedule->next_after(sys_days(2026y / 12 / 1)), sys_days(2026y / 12 / 1) + 7h + 30min);
  EXPECT_EQ(schedule->next_after(sys_days(2026y / 7 / 1)), sys_days(2026y / 7 / 1) + 6h + 30min);
}

TEST(SystemTimeZones, LooksForAZoneThatWasNotThereEachTime) {
  const test::TemporaryDirectory database;
  const SystemTimeZones zones(database.path());
  EXPECT_EQ(zones.find("Europe/Berlin"), nullptr);
  test::write_zone(database.path(), "Europe/Berlin", test::slim_berlin());
  EXPECT_NE(zones.find("Europe/Berlin"), nullptr);
}

/// Every zone of the machine as its file lists it, and as the rule at the end of the file alone
/// would have it: in the years for which the database tells nothing else, they are the same. The
/// table of Gaza and Hebron has Ramadan, which no rule can tell.
TEST(SystemTimeZones, HaveRulesThatSayWhatTheirTablesSay) {
  const SystemTimeZones zones;
  const fs::path database = SystemTimeZones::default_database();
  std::size_t compared = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(database)) {
    const std::string name = fs::relative(entry.path(), database).string();
    const core::TimeZone* const zone = entry.is_regular_file() ? zones.find(name) : nullptr;
    if (zone == nullptr || name == "Asia/Gaza" || name == "Asia/Hebron") continue;
    std::string footer = bytes_of(entry.path());
    footer.pop_back();
    const auto rule = core::parse_posix_tz(footer.substr(footer.rfind('\n') + 1));
    ASSERT_TRUE(rule) << name;
    if (footer.find(',', footer.rfind('\n')) == std::string::npos) continue;
    sys_seconds at = sys_days(2027y / 1 / 1);
    while (at < sys_days(2037y / 1 / 1)) {
      const core::ZoneOffset table = zone->offset_at(at);
      const core::ZoneOffset by_rule = rule->offset_at(at);
      ASSERT_EQ(table.ahead, by_rule.ahead) << name << " at " << at.time_since_epoch().count();
      ASSERT_EQ(table.until, by_rule.until) << name << " at " << at.time_since_epoch().count();
      at = table.until;
      ++compared;
    }
  }
  EXPECT_GT(compared, 100u);
}

}  // namespace
}  // namespace onerun::runtime
