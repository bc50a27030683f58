// Hosts that end with a runtime still open, in every way that a process ends cleanly: it exits with
// its own status, and the next one finds what was answered.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/program.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::test {
namespace {

struct Ending {
  std::string scenario;
  std::string durability;
};

class EndOfProcess : public ::testing::TestWithParam<Ending> {
 protected:
  Outcome run(const std::string& scenario) {
    return run_program("timeout", "60 " ONERUN_EMBEDDING_HOST " " + directory_.path().string() +
                                      " " + scenario + " " + GetParam().durability);
  }

 private:
  TemporaryDirectory directory_;
};

TEST_P(EndOfProcess, IsCleanAndKeepsWhatWasAnswered) {
  const Outcome ended = run(GetParam().scenario);
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_EQ(ended.output, "");
  const Outcome counted = run("count");
  EXPECT_EQ(counted.status, 0);
  // A start may be under way when the process exits.
  EXPECT_TRUE(counted.output == "200\n" || counted.output == "201\n") << counted.output;
}

std::vector<Ending> endings() {
  std::vector<Ending> all;
  for (const char* scenario :
       {"global", "local_static", "exit_on_another_thread", "exit_in_callback",
        "exit_in_callback_that_drops", "exit_in_handler",
        "exit_in_callback_that_the_sink_waits_for", "exit_in_sink", "drop_in_callback", "fork"}) {
    for (const char* durability : {"sync", "async", "memory"}) {
      all.push_back({scenario, durability});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Hosts, EndOfProcess, ::testing::ValuesIn(endings()),
                         [](const ::testing::TestParamInfo<Ending>& ending) {
                           return ending.param.scenario + "_" + ending.param.durability;
                         });

TEST(EndOfProcessTest, RefusesToOpenAnything) {
  const TemporaryDirectory directory;
  const Outcome ended =
      run_program(ONERUN_EMBEDDING_HOST, directory.path().string() + " open_late sync");
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.output, "late: failed_precondition: the process is exiting\n");
}

class EndWhileOpening : public ::testing::TestWithParam<std::string> {};

/// It is refused, and closes what it has opened before anything that it needs ends.
TEST_P(EndWhileOpening, WaitsForTheOpening) {
  const TemporaryDirectory directory;
  const Outcome ended =
      run_program("timeout", "60 " ONERUN_EMBEDDING_HOST " " + directory.path().string() + " " +
                                 GetParam() + " memory");
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.output, "open: failed_precondition: the process is exiting\n");
}

INSTANTIATE_TEST_SUITE_P(Hosts, EndWhileOpening,
                         ::testing::Values("open_first", "open_second", "open_in_callback"),
                         [](const auto& scenario) { return scenario.param; });

TEST(EndOfProcessTest, OfAChildOwesNothingToWhatItsParentCloses) {
  const TemporaryDirectory directory;
  const Outcome ended =
      run_program("timeout", "60 " ONERUN_EMBEDDING_HOST " " + directory.path().string() +
                                 " fork_after_drop sync");
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.output, "");
}

#ifdef ONERUN_EXIT_HANDLERS
/// With the durability `memory` a store writes tables when it closes, which is in the handler: all
/// that RocksDB needs for it must end later, so it must be registered before.
TEST(EndOfProcessTest, ComesBeforeTheEndOfAllThatRocksDbNeeds) {
  const TemporaryDirectory directory;
  const Outcome ended =
      run_program("sh", "-c 'LD_PRELOAD=" ONERUN_EXIT_HANDLERS " " ONERUN_EMBEDDING_HOST " " +
                            (directory / "data").string() + " global memory 9>&1'");
  ASSERT_EQ(ended.status, 0) << ended.output;
  const std::size_t handler = ended.output.rfind("libonerun.so");
  ASSERT_NE(handler, std::string::npos) << ended.output;
  ASSERT_NE(ended.output.find("librocksdb.so"), std::string::npos) << ended.output;
  EXPECT_LT(ended.output.rfind("librocksdb.so"), handler) << ended.output;
}
#endif

}  // namespace
}  // namespace onerun::test
