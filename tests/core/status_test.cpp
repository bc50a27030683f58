// Status and Result.
#include "onerun/status.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "onerun/options.hpp"

namespace onerun {
namespace {

TEST(Status, IsOkByDefault) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), StatusCode::kOk);
  EXPECT_EQ(status.message(), "");
  EXPECT_EQ(status.to_string(), "ok");
  EXPECT_EQ(status.detail<Missing>(), nullptr);
}

TEST(Status, CarriesCodeMessageAndDetail) {
  const Status status(StatusCode::kNotFound, "nothing there", Missing{Missing::What::kRun});
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(status.to_string(), "not_found: nothing there");
  ASSERT_NE(status.detail<Missing>(), nullptr);
  EXPECT_EQ(status.detail<Missing>()->what, Missing::What::kRun);
  EXPECT_EQ(status.detail<AlreadyStarted>(), nullptr);
}

TEST(Status, IsNeverAnErrorThatSaysOk) {
  EXPECT_EQ(Status(StatusCode::kOk, "contradiction").code(), StatusCode::kInternal);
}

TEST(Status, HasANameForEveryCode) {
  for (int code = 0; code <= 15; ++code) {
    std::ostringstream out;
    out << static_cast<StatusCode>(code);
    EXPECT_TRUE(code == 2 || out.str() != "unknown") << code;
  }
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value = 7;
  EXPECT_TRUE(value.ok());
  EXPECT_EQ(*value, 7);
  EXPECT_TRUE(value.status().ok());
  const Result<int> error = Status(StatusCode::kAborted, "no");
  EXPECT_FALSE(error.ok());
  EXPECT_EQ(error.code(), StatusCode::kAborted);
}

TEST(ResultDeathTest, EndsTheProgramWhenAnErrorIsAskedForItsValue) {
  const Result<int> error = Status(StatusCode::kAborted, "lost the race");
  EXPECT_DEATH(static_cast<void>(*error), "aborted: lost the race");
}

template <class Enum, class Reader>
void expect_round_trip(int first, int last, Reader read) {
  for (int number = first; number <= last; ++number) {
    const auto value = static_cast<Enum>(number);
    EXPECT_NE(to_string(value), "unknown") << number;
    EXPECT_EQ(read(to_string(value)), value);
  }
  EXPECT_EQ(to_string(static_cast<Enum>(last + 1)), "unknown");
  EXPECT_FALSE(read("no such name"));
}

TEST(Names, ReadBackAsTheValueThatTheyName) {
  expect_round_trip<ReusePolicy>(0, 4, reuse_policy_from);
  expect_round_trip<ConflictPolicy>(0, 3, conflict_policy_from);
  expect_round_trip<RunStatus>(0, 8, run_status_from);
  expect_round_trip<StoreKind>(0, 1, store_kind_from);
  expect_round_trip<Durability>(0, 2, durability_from);
  for (int rule = 1; rule <= 8; ++rule) {
    EXPECT_NE(to_string(static_cast<StartRule>(rule)), "unknown");
  }
}

}  // namespace
}  // namespace onerun
