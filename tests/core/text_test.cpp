// UTF-8, and text for print.
#include "core/text.hpp"

#include <gtest/gtest.h>

namespace onerun::core {
namespace {

TEST(Utf8, AcceptsWellFormedText) {
  for (const std::string_view text :
       {"", "order-17", "gr\xC3\xBC\xC3\x9F", "\xE6\x97\xA5\xE6\x9C\xAC", "\xF0\x9F\x98\x80",
        "\xEF\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "\x7F", "\xC2\x80"}) {
    EXPECT_TRUE(is_utf8(text)) << to_hex(text);
  }
  EXPECT_TRUE(is_utf8(std::string_view("\0a", 2)));
}

TEST(Utf8, RefusesMalformedText) {
  for (const std::string_view text :
       {"\x80", "\xC3", "\xC3(", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xE6\x97",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF", "ok\xFE", "\xF0\x9F\x98"}) {
    EXPECT_FALSE(is_utf8(text)) << to_hex(text);
  }
}

TEST(Printable, EscapesWhatWouldBreakALine) {
  EXPECT_EQ(printable("a\nb\tc\x7F"), "a\\x0ab\\x09c\\x7f");
  EXPECT_EQ(printable("say \"hi\\\""), "say \\\"hi\\\\\\\"");
  EXPECT_EQ(printable("\xFFok"), "\\xffok");
  EXPECT_EQ(printable("gr\xC3\xBCn"), "gr\xC3\xBCn");
}

TEST(Printable, CutsWhatIsLongAtACharacter) {
  EXPECT_EQ(printable(std::string(100, 'x'), 5), "xxxxx...");
  EXPECT_EQ(printable("xxxxx", 5), "xxxxx");
  EXPECT_TRUE(is_utf8(printable("\xC3\xBC\xC3\xBC\xC3\xBC", 3)));
}

TEST(Hex, WritesPairsOfDigits) { EXPECT_EQ(to_hex(std::string_view("\0\xAB", 2)), "00ab"); }

}  // namespace
}  // namespace onerun::core
