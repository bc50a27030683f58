// Fields: what is written is read, and what is malformed is refused.
#include "core/wire.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "core/big_endian.hpp"
#include "core/text.hpp"

namespace onerun::core::wire {
namespace {

TEST(Varint, RoundTripsAtItsEdges) {
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{127}, std::uint64_t{128},
        std::uint64_t{16'383}, std::uint64_t{16'384}, std::uint64_t{1} << 63,
        std::numeric_limits<std::uint64_t>::max()}) {
    std::string bytes;
    append_varint(bytes, value);
    std::string_view rest = bytes;
    std::uint64_t read = 0;
    ASSERT_TRUE(take_varint(rest, read));
    EXPECT_EQ(read, value);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(Varint, RefusesTooManyBitsAndTooFewBytes) {
  std::uint64_t value = 0;
  std::string_view cut("\x80");
  EXPECT_FALSE(take_varint(cut, value));
  std::string_view empty;
  EXPECT_FALSE(take_varint(empty, value));
  std::string_view too_long("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02");
  EXPECT_FALSE(take_varint(too_long, value));
  std::string_view endless("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80");
  EXPECT_FALSE(take_varint(endless, value));
}

TEST(Fields, RoundTrip) {
  std::string record;
  Writer out(record);
  out.number(1, 300);
  out.signed_number(2, -1);
  out.signed_number(3, std::numeric_limits<std::int64_t>::min());
  out.bytes(16, "text");
  out.bytes_if_any(5, "");
  EXPECT_EQ(to_hex(std::string_view(record).substr(0, 5)), "08ac021001");

  Reader in(record);
  Field field;
  ASSERT_TRUE(in.next(field));
  EXPECT_EQ(field.id, 1u);
  EXPECT_EQ(field.number, 300u);
  ASSERT_TRUE(in.next(field));
  EXPECT_EQ(field.signed_number(), -1);
  ASSERT_TRUE(in.next(field));
  EXPECT_EQ(field.signed_number(), std::numeric_limits<std::int64_t>::min());
  ASSERT_TRUE(in.next(field));
  EXPECT_EQ(field.id, 16u);
  EXPECT_FALSE(field.is_number);
  EXPECT_EQ(field.bytes, "text");
  EXPECT_FALSE(in.next(field));
  EXPECT_FALSE(in.malformed());
}

TEST(Fields, AreMalformedAtEveryCut) {
  std::string record;
  Writer out(record);
  out.bytes(1, "some text");
  for (std::size_t length = 1; length < record.size(); ++length) {
    Reader in(std::string_view(record).substr(0, length));
    Field field;
    EXPECT_FALSE(in.next(field)) << length;
    EXPECT_TRUE(in.malformed()) << length;
  }
}

TEST(Fields, RefuseOtherWireTypes) {
  Reader fixed64("\x09\x01\x02\x03\x04\x05\x06\x07\x08");
  Field field;
  EXPECT_FALSE(fixed64.next(field));
  EXPECT_TRUE(fixed64.malformed());
}

TEST(BigEndian, SortsAsTheNumbersDo) {
  std::string small;
  std::string large;
  append_big_endian(small, std::uint32_t{255});
  append_big_endian(large, std::uint32_t{256});
  EXPECT_LT(small, large);
  EXPECT_EQ(to_hex(large), "00000100");
  std::string_view rest = large;
  std::uint32_t read = 0;
  EXPECT_TRUE(take_big_endian(rest, read));
  EXPECT_EQ(read, 256u);
  EXPECT_FALSE(take_big_endian(rest, read));
}

}  // namespace
}  // namespace onerun::core::wire
