#include "tests/support/seed.hpp"

#include <gtest/gtest.h>

namespace onerun::test {
namespace {

TEST(SeedFrom, TakesTheOneThatIsGiven) {
  EXPECT_EQ(seed_from("0", 7), 0u);
  EXPECT_EQ(seed_from("18446744073709551615", 7), 18446744073709551615u);
  EXPECT_EQ(seed_from(nullptr, 7), 7u);
}

TEST(SeedFrom, TakesNoOtherInsteadOfOneThatIsNone) {
  for (const char* text : {"", "x", "-1", "1 ", "0x1", "18446744073709551616"}) {
    EXPECT_THROW(seed_from(text, 7), std::invalid_argument) << '"' << text << '"';
  }
}

}  // namespace
}  // namespace onerun::test
