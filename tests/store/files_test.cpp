// The small files beside the store.
#include "store/files.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>

#include "core/big_endian.hpp"
#include "store/data_directory.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::store {
namespace {

TEST(HighWaterMark, RemembersWhatItNoted) {
  const test::TemporaryDirectory directory;
  {
    auto mark = HighWaterMark::open(directory.path(), true, false);
    ASSERT_TRUE(mark.ok()) << mark.status();
    EXPECT_EQ(mark->noted(), 0u);
    ASSERT_TRUE(mark->note(41).ok());
    ASSERT_TRUE(mark->note(42).ok());
  }
  auto mark = HighWaterMark::open(directory.path(), false, false);
  ASSERT_TRUE(mark.ok()) << mark.status();
  EXPECT_EQ(mark->noted(), 42u);
}

TEST(HighWaterMark, CanBeSetBack) {
  const test::TemporaryDirectory directory;
  {
    auto mark = HighWaterMark::open(directory.path(), true, false);
    ASSERT_TRUE(mark->note(41).ok());
    ASSERT_TRUE(mark->note(42).ok());
    ASSERT_TRUE(mark->reset(7).ok());
  }
  EXPECT_EQ(HighWaterMark::open(directory.path(), false, false)->noted(), 7u);
}

TEST(HighWaterMark, IsTheOneBeforeIfAWriteWasCutShort) {
  const test::TemporaryDirectory directory;
  auto mark = HighWaterMark::open(directory.path(), true, false);
  ASSERT_TRUE(mark->note(41).ok());
  for (std::uint64_t number = 42; number < 46; ++number) {
    ASSERT_TRUE(mark->note(number).ok());
    std::fstream file(directory / "HIGH_WATER", std::ios::binary | std::ios::in | std::ios::out);
    std::string whole(std::istreambuf_iterator<char>(file), {});
    // The place of the last note: its first half is new, its second half still the old one.
    const std::size_t place = whole.substr(0, 8) == core::big_endian(number) ? 0 : 16;
    std::string torn = whole;
    torn.replace(place + 8, 8, core::big_endian(~(number - 2)));
    std::ofstream(directory / "HIGH_WATER", std::ios::binary) << torn;
    EXPECT_EQ(HighWaterMark::open(directory.path(), false, false)->noted(), number - 1);
    std::ofstream(directory / "HIGH_WATER", std::ios::binary) << whole;
  }
}

TEST(HighWaterMark, KnowsEveryKindOfDamage) {
  const test::TemporaryDirectory directory;
  {
    auto mark = HighWaterMark::open(directory.path(), true, false);
    ASSERT_TRUE(mark->note(0x0102030405060707).ok());
    ASSERT_TRUE(mark->note(0x0102030405060708).ok());
  }
  std::string good;
  std::ifstream in(directory / "HIGH_WATER", std::ios::binary);
  good.assign(std::istreambuf_iterator<char>(in), {});
  ASSERT_EQ(good.size(), 32u);
  const auto reopen = [&](const std::string& bytes) {
    std::ofstream(directory / "HIGH_WATER", std::ios::binary) << bytes;
    return HighWaterMark::open(directory.path(), false, false);
  };
  for (std::size_t byte = 0; byte < 16; ++byte) {
    for (const std::size_t place : {0, 16}) {
      std::string bad = good;
      bad[place + byte] = static_cast<char>(bad[place + byte] ^ 0x10);
      const auto mark = reopen(bad);
      ASSERT_TRUE(mark.ok()) << "the other place is whole";
      EXPECT_EQ(mark->noted(), place == 0 ? 0x0102030405060708 : 0x0102030405060707);
      bad[(place + 16) % 32] ^= 1;
      EXPECT_EQ(reopen(bad).code(), StatusCode::kDataLoss) << "none is";
    }
  }
  EXPECT_EQ(reopen(good.substr(0, 15)).code(), StatusCode::kDataLoss);
  std::ofstream(directory / "HIGH_WATER", std::ios::binary) << good << "x";
  EXPECT_EQ(HighWaterMark::open(directory.path(), false, false).code(), StatusCode::kDataLoss);
}

TEST(HighWaterMark, IsWholeAgainOnceItsDamageWasAccepted) {
  const test::TemporaryDirectory directory;
  std::string longer = encode_mark(41) + encode_mark(42) + "x";
  for (const std::string& damaged : {std::string(), std::string(32, 'x'), longer}) {
    std::ofstream(directory / "HIGH_WATER", std::ios::binary) << damaged;
    EXPECT_EQ(HighWaterMark::open(directory.path(), false, true)->noted(), 0u);
    const auto mark = HighWaterMark::open(directory.path(), false, false);
    ASSERT_TRUE(mark.ok()) << mark.status();
    EXPECT_EQ(mark->noted(), 0u);
  }
}

TEST(HighWaterMark, IsTheHigherOfTwoPlaces) {
  const auto mark = decode_marks(encode_mark(42) + encode_mark(41));
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->number, 42u);
  EXPECT_EQ(mark->place, 0u);
  EXPECT_EQ(decode_marks(encode_mark(41) + encode_mark(42))->place, 1u);
  EXPECT_EQ(decode_marks(std::string(16, 'x') + encode_mark(7))->number, 7u);
  EXPECT_FALSE(decode_marks(""));
}

TEST(Format, IsReadAsItIsWritten) {
  EXPECT_EQ(encode_format(2), "onerun format 2\n");
  EXPECT_EQ(decode_format("onerun format 12\n"), 12u);
  for (const auto* text :
       {"", "\n", "onerun format 2", "onerun format \n", "onerun format 0\n", "onerun format -1\n",
        "onerun format 2x\n", "onerun format 4294967298\n"}) {
    EXPECT_FALSE(decode_format(text)) << text;
  }
}

TEST(Format, IsAbsentInANewDirectory) {
  const test::TemporaryDirectory directory;
  const auto format = read_format(directory.path());
  ASSERT_TRUE(format.ok());
  EXPECT_FALSE(format->has_value());
  ASSERT_TRUE(write_format(directory.path(), 7).ok());
  EXPECT_EQ(**read_format(directory.path()), 7u);
}

TEST(Lock, IsFreeAgainWhenItsHolderGoes) {
  const test::TemporaryDirectory directory;
  {
    const auto first = DirectoryLock::own(directory.path());
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(DirectoryLock::own(directory.path()).code(), StatusCode::kFailedPrecondition);
  }
  EXPECT_TRUE(DirectoryLock::own(directory.path()).ok());
}

TEST(SystemError, SortsErrorsByWhatTheCallerCanDo) {
  EXPECT_EQ(system_error(EACCES, "open", "f").code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(system_error(EROFS, "open", "f").code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(system_error(ENOSPC, "write", "f").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(system_error(EMFILE, "open", "f").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(system_error(ENOTDIR, "open", "f").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(system_error(ENAMETOOLONG, "open", "f").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(system_error(ENFILE, "open", "f").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(system_error(EIO, "read", "f").code(), StatusCode::kUnavailable);
  EXPECT_EQ(system_error(EIO, "read", "/a/file").message(),
            "can't read /a/file: Input/output error");
}

}  // namespace
}  // namespace onerun::store
