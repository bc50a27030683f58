#include "whole_number.hpp"

#include <gtest/gtest.h>

namespace onerun::load {
namespace {

/// What the check of an option says to a text; empty if it takes it.
template <class Variable>
std::string said_of(std::string text, std::uint64_t least, const Variable& variable) {
  return at_least(least, variable)(text);
}

TEST(AtLeast, TakesWhatTheVariableCanHold) {
  EXPECT_EQ(said_of("1", 1, std::uint32_t()), "");
  EXPECT_EQ(said_of("4294967295", 1, std::uint32_t()), "");
  EXPECT_EQ(said_of("2147483647", 1, std::int32_t()), "");
  EXPECT_EQ(said_of("18446744073709551615", 0, std::uint64_t()), "");
  EXPECT_EQ(said_of("18446744073709551615", 0, std::optional<std::uint64_t>()), "");
}

TEST(AtLeast, NamesTheRangeOfTheVariableToAnythingElse) {
  for (const char* text :
       {"0", "4294967296", "99999999999999999999", "-1", "+1", "0x1", "1 ", ""}) {
    EXPECT_EQ(said_of(text, 1, std::uint32_t()),
              "is \"" + std::string(text) + "\"; allowed: a whole number from 1 to 4294967295");
  }
  EXPECT_NE(said_of("2147483648", 0, std::int32_t()), "");
}

}  // namespace
}  // namespace onerun::load
