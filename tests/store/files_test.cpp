// The small files beside the store.
#include "store/files.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>

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

TEST(HighWaterMark, KnowsEveryKindOfDamage) {
  const test::TemporaryDirectory directory;
  {
    auto mark = HighWaterMark::open(directory.path(), true, false);
    ASSERT_TRUE(mark->note(0x0102030405060708).ok());
  }
  std::string good;
  std::ifstream in(directory / "HIGH_WATER", std::ios::binary);
  good.assign(std::istreambuf_iterator<char>(in), {});
  ASSERT_EQ(good.size(), 16u);
  for (std::size_t byte = 0; byte < good.size(); ++byte) {
    std::string bad = good;
    bad[byte] = static_cast<char>(bad[byte] ^ 0x10);
    std::ofstream(directory / "HIGH_WATER", std::ios::binary) << bad;
    EXPECT_EQ(HighWaterMark::open(directory.path(), false, false).code(), StatusCode::kDataLoss);
  }
  std::ofstream(directory / "HIGH_WATER", std::ios::binary) << good.substr(0, 15);
  EXPECT_EQ(HighWaterMark::open(directory.path(), false, false).code(), StatusCode::kDataLoss);
  std::ofstream(directory / "HIGH_WATER", std::ios::binary) << good << "x";
  EXPECT_EQ(HighWaterMark::open(directory.path(), false, false).code(), StatusCode::kDataLoss);
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
    const auto first = lock_directory(directory.path());
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(lock_directory(directory.path()).code(), StatusCode::kFailedPrecondition);
  }
  EXPECT_TRUE(lock_directory(directory.path()).ok());
}

TEST(SystemError, SortsErrorsByWhatTheCallerCanDo) {
  EXPECT_EQ(system_error(EACCES, "open", "f").code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(system_error(EROFS, "open", "f").code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(system_error(ENOSPC, "write", "f").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(system_error(EMFILE, "open", "f").code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(system_error(ENOTDIR, "open", "f").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(system_error(EIO, "read", "f").code(), StatusCode::kUnavailable);
  EXPECT_EQ(system_error(EIO, "read", "/a/file").message(),
            "can't read /a/file: Input/output error");
}

}  // namespace
}  // namespace onerun::store
