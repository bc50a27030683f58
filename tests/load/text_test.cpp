#include "text.hpp"

#include <gtest/gtest.h>

namespace onerun::load {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, ReadsEachUnitAndSums) {
  EXPECT_EQ(parse_duration("500ms"), Duration(500ms));
  EXPECT_EQ(parse_duration("7200s"), Duration(2h));
  EXPECT_EQ(parse_duration("90m"), Duration(90min));
  EXPECT_EQ(parse_duration("3h"), Duration(3h));
  EXPECT_EQ(parse_duration("30d"), Duration(720h));
  EXPECT_EQ(parse_duration("1h30m"), Duration(90min));
  EXPECT_EQ(parse_duration("0s"), Duration(0));
}

TEST(ParseDuration, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "5", "h", "-3h", "3 h", "3x", "1.5h", "3hh", "99999999999999999999s",
                           "9999999999999d", "3h ", "+3h", "3H"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(ToText, TakesTheLargestWholeUnit) {
  EXPECT_EQ(to_text(Duration(2h)), "2h");
  EXPECT_EQ(to_text(Duration(90min)), "90m");
  EXPECT_EQ(to_text(Duration(720h)), "30d");
  EXPECT_EQ(to_text(Duration(1500ms)), "1500ms");
}

TEST(WithCommas, GroupsThousands) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'000), "1,000");
  EXPECT_EQ(with_commas(1'234'567), "1,234,567");
}

}  // namespace
}  // namespace onerun::load
