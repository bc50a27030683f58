// Kills onerun-load with SIGKILL at random moments of its work, again and again on one directory,
// and after each kill looks whether every start that was acknowledged is there, and whether
// anything in the store can't be. The load program's journal says what was acknowledged.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <onerun/onerun.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "store/audit.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/support/temporary_directory.hpp"

extern char** environ;

namespace onerun {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 60s;

struct Settings {
  std::string load;
  unsigned kills = 10;
  std::uint64_t seed = 0;
};

struct Totals {
  std::uint64_t acknowledged = 0;
  std::uint64_t lost = 0;
  std::uint64_t problems = 0;
};

/// A process that is told to die.
class Victim {
 public:
  explicit Victim(std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    ::posix_spawn_file_actions_destroy(&actions);
  }

  bool spawned() const { return pid_ > 0; }

  /// True if it was alive until now.
  bool kill() const {
    int status = 0;
    ::kill(pid_, SIGKILL);
    return ::waitpid(pid_, &status, 0) == pid_ && WIFSIGNALED(status);
  }

 private:
  pid_t pid_ = -1;
};

class Crashes {
 public:
  explicit Crashes(const Settings& settings) : settings_(settings), random_(settings.seed) {}

  int run() {
    std::cout << "seed " << settings_.seed << std::endl;
    for (unsigned round = 1; round <= settings_.kills; ++round) {
      if (!kill_once() || !check(round)) return 1;
    }
    std::cout << settings_.kills << " kills, " << totals_.acknowledged
              << " acknowledged starts: " << totals_.lost << " lost, " << totals_.problems
              << " problems in the store" << std::endl;
    return totals_.lost + totals_.problems == 0 ? 0 : 1;
  }

 private:
  std::uint64_t draw(std::uint64_t bound) { return random_() % bound; }

  bool kill_once() {
    std::filesystem::remove(journal());
    // Starts that may be refused have ids of their own: otherwise all could be open for ever.
    const bool may_be_refused = draw(2) == 0;
    const Victim victim({settings_.load,
                         "closed",
                         "--data-dir",
                         data().string(),
                         "--acknowledged",
                         journal().string(),
                         "--id-count",
                         may_be_refused ? "0" : std::to_string(1 + draw(5000)),
                         "--conflict",
                         may_be_refused ? "fail" : "terminate_existing",
                         "--complete",
                         std::to_string(draw(101)),
                         "--outstanding",
                         std::to_string(1 + draw(1024)),
                         "--max-idle-actors",
                         "500",
                         "--duration",
                         "1h",
                         "--seed",
                         std::to_string(draw(1'000'000))});
    if (!victim.spawned()) return complain("can't start " + settings_.load);
    // Most die at work; some while they are still opening what the last one left.
    if (draw(4) != 0 && !wait_for_work()) {
      victim.kill();
      return complain("no start was acknowledged within a minute");
    }
    std::this_thread::sleep_for(std::chrono::microseconds(draw(200'000)));
    return victim.kill() || complain("the load program ended by itself");
  }

  bool wait_for_work() const {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    std::error_code none_yet;
    while (std::filesystem::file_size(journal(), none_yet) == 0 || none_yet) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }

  bool check(unsigned round) {
    const Totals before = totals_;
    if (!look_for_acknowledged() || !look_into_store()) return false;
    std::cout << "kill " << round << ": " << totals_.acknowledged - before.acknowledged
              << " acknowledged, " << totals_.lost - before.lost << " lost, "
              << totals_.problems - before.problems << " problems" << std::endl;
    return true;
  }

  bool look_for_acknowledged() {
    auto runtime = Runtime::open({.data_dir = data()});
    if (!runtime.ok()) return complain(runtime.status().to_string());
    const Namespace name_space = runtime->namespace_("load");
    std::ifstream journal_of_starts(journal());
    for (std::string line; std::getline(journal_of_starts, line);) {
      if (journal_of_starts.eof()) break;  // half a line: the kill came into its write
      const auto space = line.find(' ');
      const RunRef run{WorkflowId(line.substr(0, space)),
                       RunId(std::string_view(line).substr(space + 1))};
      ++totals_.acknowledged;
      if (!name_space.describe(run).get().ok()) {
        ++totals_.lost;
        std::cout << "lost: " << line << std::endl;
      }
    }
    return true;
  }

  bool look_into_store() {
    const auto opened = store::open_rocksdb_store({.data_dir = data()});
    if (!opened.ok()) return complain(opened.status().to_string());
    const auto report = store::audit(*opened->store, [](const store::AuditProblem& problem) {
      std::cout << name_of(problem.family) << " " << problem.key << " (" << problem.workflow_id
                << "): " << problem.what << std::endl;
    });
    if (!report.ok()) return complain(report.status().to_string());
    totals_.problems += report->problems;
    return true;
  }

  bool complain(const std::string& what) const {
    std::cout << what << std::endl;
    return false;
  }

  std::filesystem::path data() const { return directory_ / "data"; }
  std::filesystem::path journal() const { return directory_ / "acknowledged"; }

  const Settings settings_;
  std::mt19937_64 random_;
  const test::TemporaryDirectory directory_;
  Totals totals_;
};

}  // namespace
}  // namespace onerun

int main(int argc, char** argv) {
  onerun::Settings settings;
  settings.seed = std::random_device()();
  CLI::App app("Kills onerun-load at random and looks what is left.", "onerun-crash");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("load", settings.load, "Path of onerun-load")->required();
  app.add_option("--kills", settings.kills, "How often")->capture_default_str();
  app.add_option("--seed", settings.seed, "Of the random moments; default: from the system");
  CLI11_PARSE(app, argc, argv);
  return onerun::Crashes(settings).run();
}
