#include "trace.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_directory.hpp"

namespace onerun::load {
namespace {

class TraceTest : public ::testing::Test {
 protected:
  Result<std::vector<TraceOperation>> read(const std::string& text) {
    std::ofstream(directory_ / "trace.csv", std::ios::binary) << text;
    return read_trace(directory_ / "trace.csv");
  }

  void expect_error(const std::string& text, const std::string& part) {
    const auto trace = read(text);
    ASSERT_FALSE(trace.ok()) << text;
    EXPECT_EQ(trace.code(), StatusCode::kInvalidArgument);
    EXPECT_NE(trace.status().message().find(part), std::string::npos) << trace.status();
  }

  test::TemporaryDirectory directory_;
  const std::string header_ = "at_ms,op,workflow_id,request_id\n";
};

TEST_F(TraceTest, ReadsOperationsInOrder) {
  const auto trace = read(header_ + "1,start,LAX-BNA,r1\r\n\n2,complete,LAX-BNA,r1\n3,fail,x,r2");
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_EQ(trace->size(), 3u);
  EXPECT_EQ((*trace)[0].kind, TraceOperation::Kind::kStart);
  EXPECT_EQ((*trace)[0].at, Timestamp(Duration(1)));
  EXPECT_EQ((*trace)[0].workflow_id, "LAX-BNA");
  EXPECT_EQ((*trace)[0].request_id, "r1");
  EXPECT_EQ((*trace)[1].kind, TraceOperation::Kind::kComplete);
  EXPECT_EQ((*trace)[2].kind, TraceOperation::Kind::kFail);
}

TEST_F(TraceTest, NamesTheLineAndWhatIsWrong) {
  expect_error("at,op\n", "line 1: the header is \"at,op\"");
  expect_error(header_, "line 1: the trace is empty");
  expect_error("", "is empty");
  expect_error(header_ + "1,start,a,r\nx,start,a,r\n", "line 3: at_ms is \"x\"");
  expect_error(header_ + "1.5,start,a,r\n", "line 2: at_ms is \"1.5\"");
  expect_error(header_ + "1,stop,a,r\n", "line 2: op is \"stop\"");
  expect_error(header_ + "1,start,a\n", "line 2: \"1,start,a\" does not have the fields");
  expect_error(header_ + "1,start,a,r,x\n", "line 2");
  expect_error(header_ + "1,start,,r\n", "line 2: workflow_id has 0 bytes; allowed: 1 to 1000");
  expect_error(header_ + "1,start,a,\n", "line 2: request_id has 0 bytes");
  expect_error(header_ + "1,start," + std::string(1001, 'a') + ",r\n",
               "line 2: workflow_id has 1001 bytes");
  expect_error(header_ + "99999999999999999999,start,a,r\n", "line 2: at_ms");
}

TEST_F(TraceTest, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(read_trace(directory_ / "none").code(), StatusCode::kNotFound);
  EXPECT_EQ(read_trace(directory_.path()).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace onerun::load
