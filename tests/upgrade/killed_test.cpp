// An upgrade that is killed anywhere, and begun again, ends with a whole directory.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "tests/support/seed.hpp"
#include "tests/upgrade/format2.hpp"

namespace onerun {
namespace {

using std::chrono::microseconds;

class KilledUpgrade : public test::Format2 {
 protected:
  /// Starts a program that opens the directory. `kill_at`: as tests/crash/kill_points.cpp reads it.
  pid_t start(const std::string& kill_at = {}) {
    const std::string directory = data().string();
    const std::string order = "ONERUN_KILL_AT=" + kill_at;
    const pid_t child = ::fork();
    if (child == 0) {
      const char* const environment[] = {kill_at.empty() ? nullptr : order.c_str(), nullptr};
      ::execle(ONERUN_OPEN_ONCE, ONERUN_OPEN_ONCE, directory.c_str(), nullptr, environment);
      ::_exit(127);
    }
    return child;
  }

  /// Waits for its end. Returns whether it was killed.
  static bool was_killed(pid_t child) {
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    EXPECT_TRUE(killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) << status;
    return killed;
  }

  /// Kills it at each coming to the point in turn. Returns how many there were.
  int kill_at_each(const std::string& point) {
    int kills = 0;
    while (true) {
      unpack();
      const bool killed = was_killed(start(point + ":" + std::to_string(kills + 1)));
      open();
      expect_whole();
      if (!killed || HasFailure()) return kills;
      ++kills;
    }
  }
};

TEST_F(KilledUpgrade, EndsWholeWhereverItWasKilled) {
  EXPECT_GE(kill_at_each("upgrading"), 8) << "writes, the flush, two renames, the format";
}

TEST_F(KilledUpgrade, EndsWholeBeforeWhicheverSyncItWasKilled) {
  EXPECT_GE(kill_at_each("before_sync"), 3);
}

/// ONERUN_UPGRADE_KILLS: how many times; scripts/nightly.sh asks for 200.
TEST_F(KilledUpgrade, EndsWholeWheneverItWasKilled) {
  const std::uint64_t kills = test::seed_from(std::getenv("ONERUN_UPGRADE_KILLS"), 20);
  std::mt19937_64 random(test::seed_of_test(std::random_device()()));
  unpack();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(was_killed(start()));
  const auto longest =
      std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begun).count();
  std::uint64_t killed = 0;
  for (std::uint64_t i = 0; i < kills && !HasFailure(); ++i) {
    unpack();
    const pid_t child = start();
    std::this_thread::sleep_for(microseconds(random() % static_cast<std::uint64_t>(longest)));
    ::kill(child, SIGKILL);
    if (was_killed(child)) ++killed;
    open();
    expect_whole();
  }
  EXPECT_GE(killed, kills / 2) << "most of them ended before they were killed";
}

}  // namespace
}  // namespace onerun
