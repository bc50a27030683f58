// Cron schedules in the time zones of the machine, against a table that was made without
// this library: make_cron_table.py.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/cron.hpp"
#include "onerun/errors.hpp"
#include "runtime/time_zones.hpp"

namespace onerun::runtime {
namespace {

using Row = std::vector<std::string>;

/// Schedule, zone, reference, and the three points after.
std::vector<Row> read_table() {
  std::ifstream in(ONERUN_SOURCE_DIR "/tests/runtime/cron_table.csv");
  std::vector<Row> rows;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream columns(line);
    Row row;
    for (std::string column; std::getline(columns, column, ';');) row.push_back(column);
    rows.push_back(row);
  }
  return rows;
}

/// Of a text such as 2024-03-31T01:00:00Z.
Timestamp instant_from(const std::string& text) {
  using namespace std::chrono;
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::istringstream in(text);
  char mark = 0;
  in >> year >> mark >> month >> mark >> day >> mark >> hour >> mark >> minute >> mark >> second;
  EXPECT_FALSE(in.fail()) << text;
  return sys_days(std::chrono::year(year) / month / day) + hours(hour) + minutes(minute) +
         seconds(second);
}

TEST(CronTable, HoldsInEveryRow) {
  const SystemTimeZones zones;
  const auto rows = read_table();
  std::set<std::string> names;
  for (const Row& row : rows) {
    ASSERT_EQ(row.size(), 6U);
    const std::string text = "CRON_TZ=" + row[1] + " " + row[0];
    const auto schedule = core::parse_cron(text, zones);
    ASSERT_TRUE(schedule.ok()) << schedule.status();
    for (std::size_t i = 2; i + 1 < row.size(); ++i) {
      EXPECT_EQ(schedule->next_after(instant_from(row[i])), instant_from(row[i + 1]))
          << text << " after " << row[i] << " is " << row[i + 1];
    }
    names.insert(row[1]);
  }
  EXPECT_GE(rows.size(), 300U);
  EXPECT_GE(names.size(), 8U);
}

}  // namespace
}  // namespace onerun::runtime
