// The queue between a runtime and the host's log.
#include "runtime/log_queue.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <latch>
#include <stdexcept>
#include <thread>

#include "tests/support/collecting_sink.hpp"

namespace onerun::runtime {
namespace {

/// Does something of the host's before it takes a line.
class HostSink final : public LogSink {
 public:
  bool enabled(LogLevel level) const override { return level >= least; }
  void write(const LogRecord& record) override {
    before_line(record.message);
    lines.write(record);
  }

  LogLevel least = LogLevel::kDebug;
  std::function<void(std::string_view line)> before_line = [](std::string_view) {};
  test::CollectingSink lines;
};

class LogQueueTest : public ::testing::Test {
 protected:
  void say(const std::string& message, LogLevel level = LogLevel::kWarning) {
    queue_.write({.level = level, .message = message});
  }

  std::shared_ptr<HostSink> host_ = std::make_shared<HostSink>();
  LogQueue queue_{host_, true};
};

using Lines = std::vector<std::string>;

TEST_F(LogQueueTest, KeepsTheOrderAndTheIdsOfLines) {
  {
    const NamespaceName orders("orders");
    const WorkflowId id("order-1");
    const RunId run("run-1");
    say("first");
    queue_.write({LogLevel::kError, "second", &orders, &id, &run});
  }
  queue_.wait_empty();
  EXPECT_EQ(host_->lines.lines(), (Lines{"first",
                                         "second namespace=\"orders\" "
                                         "workflow_id=\"order-1\" run_id=\"run-1\""}));
}

TEST_F(LogQueueTest, HandsOverAllLinesBeforeItStops) {
  for (int i = 0; i < 100; ++i) say("line");
  queue_.stop();
  EXPECT_EQ(host_->lines.lines().size(), 100u);
  say("too late");
  EXPECT_EQ(host_->lines.lines().size(), 100u);
}

TEST_F(LogQueueTest, AsksTheHostWhichLevelsItWants) {
  host_->least = LogLevel::kError;
  say("a warning");
  say("an error", LogLevel::kError);
  queue_.wait_empty();
  EXPECT_EQ(host_->lines.lines(), Lines{"an error"});
}

TEST_F(LogQueueTest, NeverWaitsForTheHostAndSaysHowManyLinesItDropped) {
  std::latch writes(1);
  std::latch goes_on(1);
  host_->before_line = [&](std::string_view line) {
    if (line != "first") return;
    writes.count_down();
    goes_on.wait();
  };
  say("first");
  writes.wait();
  for (std::size_t i = 0; i < LogQueue::kMostLines + 5; ++i) say("line");
  goes_on.count_down();
  queue_.wait_empty();
  const Lines lines = host_->lines.lines();
  ASSERT_EQ(lines.size(), 1 + LogQueue::kMostLines + 1);
  EXPECT_EQ(lines.back(), "5 lines are missing here: the log sink was too slow");
}

TEST_F(LogQueueTest, SurvivesASinkThatThrows) {
  host_->before_line = [](std::string_view line) {
    if (line == "bad") throw std::runtime_error("disk full");
  };
  say("good");
  say("bad");
  say("bad");
  say("good");
  queue_.wait_empty();
  EXPECT_EQ(host_->lines.lines(),
            (Lines{"good", "1 lines are missing here: the log sink has thrown: disk full",
                   "1 lines are missing here: the log sink has thrown: disk full", "good"}));
}

TEST_F(LogQueueTest, TakesLinesOfTheSinkItself) {
  host_->before_line = [&](std::string_view line) {
    if (line == "question") say("answer");
  };
  say("question");
  queue_.wait_empty();
  queue_.stop();
  EXPECT_EQ(host_->lines.lines(), (Lines{"question", "answer"}));
}

TEST_F(LogQueueTest, IsLeftToASinkThatWaitsForTheThreadThatExits) {
  std::latch has_exited(1);
  host_->before_line = [&](std::string_view line) {
    if (line == "stuck") has_exited.wait();
  };
  say("stuck");
  queue_.leave(std::chrono::milliseconds(1));
  say("too late");
  has_exited.count_down();
  queue_.stop();
  EXPECT_EQ(host_->lines.lines(), Lines{"stuck"});
}

TEST_F(LogQueueTest, HandsOverAllLinesBeforeItIsLeft) {
  for (int i = 0; i < 100; ++i) say("line");
  queue_.leave(std::chrono::minutes(1));
  EXPECT_EQ(host_->lines.lines().size(), 100u);
}

TEST(LogQueueWithoutThread, HandsOverWhenItIsTold) {
  const auto host = std::make_shared<test::CollectingSink>();
  LogQueue queue(host, false);
  queue.write({.level = LogLevel::kError, .message = "line"});
  EXPECT_TRUE(host->lines().empty());
  EXPECT_TRUE(queue.hand_over());
  EXPECT_FALSE(queue.hand_over());
  EXPECT_EQ(host->lines(), Lines{"line"});
}

TEST(LogQueueWithoutThread, IsHandedOverByOneThreadAtATime) {
  std::latch writes(1);
  std::latch goes_on(1);
  const auto host = std::make_shared<HostSink>();
  host->before_line = [&](std::string_view line) {
    if (line != "first") return;
    writes.count_down();
    goes_on.wait();
  };
  LogQueue queue(host, false);
  queue.write({.level = LogLevel::kError, .message = "first"});
  std::thread other([&] { EXPECT_TRUE(queue.hand_over()); });
  writes.wait();
  queue.write({.level = LogLevel::kError, .message = "second"});
  EXPECT_FALSE(queue.hand_over());
  EXPECT_TRUE(host->lines.lines().empty());
  goes_on.count_down();
  queue.wait_empty();
  EXPECT_EQ(host->lines.lines(), (Lines{"first", "second"}));
  other.join();
}

}  // namespace
}  // namespace onerun::runtime
