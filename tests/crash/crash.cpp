// Kills onerun-load with SIGKILL, again and again on one directory: at random moments of its work,
// and at named points. After each kill it looks whether any answer that the dead process gave, as
// its journal tells, is contradicted by what is there, whether a namespace that it has deleted is
// gone with all that it held, and whether anything in the store can't be.
#include <CLI/CLI.hpp>
#include <onerun/onerun.hpp>
#include <onerun/testing.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "store/audit.hpp"
#include "store/rocksdb_store.hpp"
#include "tests/crash/journal_reader.hpp"
#include "tests/crash/victim.hpp"
#include "tests/support/command_line.hpp"
#include "tests/support/silent_sink.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 120s;
constexpr unsigned kKillsOfADirectory = 20;  ///< each opening reads the whole log again
constexpr auto kRetention = 1s;              ///< so that each life has something to reclaim
constexpr std::string_view kKept = "load";
constexpr std::string_view kDeleted = "deleted";

/// Where a process can die, and up to how often it comes there before.
struct Death {
  std::string_view point;  ///< empty: at a random moment
  std::uint64_t times;

  /// The deletion of a namespace is durable then, and its contents are being removed.
  bool deletes() const { return point == "deleting_namespace"; }
};

/// Half of the deaths are at random moments, the others each at one of the points.
constexpr std::array<Death, 10> kDeaths{{{"", 0},
                                         {"before_sync", 40},
                                         {"", 0},
                                         {"after_sync", 40},
                                         {"", 0},
                                         {"recovering", 4},
                                         {"", 0},
                                         {"reclaiming", 6},
                                         {"", 0},
                                         {"deleting_namespace", 20}}};

// So that a run may begin with any directory.
static_assert(kKillsOfADirectory % kDeaths.size() == 0);

struct Settings {
  std::string program;
  std::string load;
  std::string load_with_kill_points;
  unsigned kills = 10;
  std::uint64_t seed = 0;
};

/// Kills on one directory.
class Directory {
 public:
  Directory(const Settings& settings, std::uint64_t seed) : settings_(settings), random_(seed) {}

  /// Returns whether everything was as it should be.
  bool kill_and_check(const Death& death) { return kill_once(death) && check(death); }

  std::uint64_t answers() const { return journal_reader_.answers(); }

  /// Leaves it there, with the journal of the last kill. Returns where.
  const std::filesystem::path& keep() { return directory_.keep(); }

 private:
  std::uint64_t draw(std::uint64_t bound) { return random_() % bound; }

  bool kill_once(const Death& death) {
    std::filesystem::remove(journal());
    const bool at_random = death.point.empty();
    const std::string kill_at =
        at_random ? "" : std::string(death.point) + ":" + std::to_string(1 + draw(death.times));
    const std::vector<std::string> command = arguments(death);
    Victim victim(command, kill_at);
    if (!victim.spawned()) return complain("can't start " + command.front());
    const auto blame = [&](const char* what) {
      return complain(victim.has_ended() ? victim.end() + " by itself" : what);
    };
    if (!at_random) {
      return victim.dies_within(kPatience) || blame("it did not come to the point in time");
    }
    // Most die at work; some while they are still opening what the last one left.
    if (draw(4) != 0 && !wait_for_work(victim)) return blame("no request was answered in time");
    std::this_thread::sleep_for(std::chrono::microseconds(draw(100'000)));
    return victim.kill() || blame("it could not be killed");
  }

  /// Load of any kind, on the same ids each time. What is deleted is another namespace.
  std::vector<std::string> arguments(const Death& death) {
    constexpr std::array kConflicts = {"fail", "use_existing", "terminate_existing"};
    const bool is_mixed = !death.deletes() && draw(4) != 0;
    std::vector<std::string> arguments = {
        death.point.empty() ? settings_.load : settings_.load_with_kill_points,
        is_mixed ? "mixed" : "closed"};
    const auto add = [&](std::string option, std::string value) {
      arguments.push_back(std::move(option));
      arguments.push_back(std::move(value));
    };
    add("--data-dir", data().string());
    add("--retention", std::to_string(std::chrono::seconds(kRetention).count()) + "s");
    // Starts alone would soon be refused for ever, by runs that the dead have left open.
    add("--conflict", is_mixed ? kConflicts[draw(kConflicts.size())] : "terminate_existing");
    add("--max-idle-actors", "500");
    add("--seed", std::to_string(random_()));
    add("--namespace", std::string(death.deletes() ? kDeleted : kKept));
    if (death.deletes()) {
      add("--operations", "5000");
      add("--outstanding", "256");
      arguments.emplace_back("--delete-namespace");
    } else {
      add("--journal", journal().string());
      add("--duration", "1h");
      add("--outstanding", std::to_string(1 + draw(512)));
      add("--id-count", std::to_string(500 + draw(4500)));
    }
    // What the system has survives the process, synced or not. The points are those of synced
    // commits.
    if (death.point.empty() && draw(3) == 0) add("--durability", "async");
    if (is_mixed) {
      // Chains, and timers that must not get lost; none of them fires meanwhile.
      add("--retry-attempts", std::to_string(sim::kModelRetryPolicy.maximum_attempts));
      if (draw(2) == 0) add("--run-timeout", "2h");
      if (draw(2) == 0) add("--execution-timeout", "30h");
    }
    if (!is_mixed) add("--complete", std::to_string(50 + draw(51)));
    return arguments;
  }

  bool wait_for_work(Victim& victim) const {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    std::error_code none_yet;
    while (std::filesystem::file_size(journal(), none_yet) == 0 || none_yet) {
      if (victim.has_ended() || std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }

  bool check(const Death& death) {
    const Status read = journal_reader_.read(journal());
    if (!read.ok()) return complain(read.to_string());
    checker_.crashed(false, false);
    return ask_runtime(death) && look_into_store(death);
  }

  /// At a time that stands still: what expires meanwhile is another matter.
  bool ask_runtime(const Death& death) {
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    const auto clock =
        std::make_shared<testing::ManualClock>(std::max(now, journal_reader_.last()));
    checker_.time_is(clock->now());
    auto runtime =
        Runtime::open({.data_dir = data(), .clock = clock, .log = std::make_shared<SilentSink>()});
    if (!runtime.ok()) return complain(runtime.status().to_string());
    describe_everything(*runtime);
    if (checker_.violation()) return complain(*checker_.violation());
    if (death.deletes() && !expect_deletion(*runtime)) return false;
    const Status ended = runtime->shutdown(kPatience);
    return ended.ok() || complain(ended.to_string());
  }

  void describe_everything(const Runtime& runtime) {
    const Namespace load = runtime.namespace_(kKept);
    const auto describe = [&](const RunRef& run) {
      checker_.described(run, load.describe(run).get());
    };
    for (const WorkflowId& workflow_id : checker_.workflow_ids()) describe({workflow_id, {}});
    for (const RunRef& run : checker_.known_runs()) describe(run);
    checker_.forget_gone_runs();
  }

  /// The name is free at once. What the namespace held goes on to be removed where the dead process
  /// left off, until it is not there under its other name either.
  static bool expect_deletion(Runtime& runtime) {
    const auto deleted = runtime.namespace_(kDeleted).describe_namespace().get();
    if (deleted.code() != StatusCode::kNotFound) {
      return complain("a namespace that was deleted is there: " + deleted.status().to_string());
    }
    const auto reclaimed = testing::reclaim_now(runtime);
    if (!reclaimed.ok()) return complain(reclaimed.status().to_string());
    const auto left = runtime.list_namespaces();
    if (!left.ok()) return complain(left.status().to_string());
    for (const NamespaceDescription& one : *left) {
      if (one.name.text() != kKept) return complain("namespace " + one.name.text() + " is left");
    }
    return true;
  }

  bool look_into_store(const Death& death) const {
    const auto store = store::open_rocksdb_store_to_read({.data_dir = data()});
    if (!store.ok()) return complain(store.status().to_string());
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    const auto report = store::audit(**store, now, [this](const store::AuditProblem& problem) {
      complain(std::string(name_of(problem.family)) + " " + problem.key + " (" +
               problem.workflow_id + "): " + problem.what);
    });
    if (!report.ok()) return complain(report.status().to_string());
    if (death.deletes() && report->namespaces != 1) {
      return complain("not one namespace in the store: " + std::to_string(report->namespaces));
    }
    return report->problems == 0;
  }

  static bool complain(const std::string& what) {
    std::cout << what << std::endl;
    return false;
  }

  std::filesystem::path data() const { return directory_ / "data"; }
  std::filesystem::path journal() const { return directory_ / "journal"; }

  const Settings& settings_;
  std::mt19937_64 random_;
  TemporaryDirectory directory_;
  sim::Checker checker_{Retention{.closed = kRetention}, sim::Checker::Memory::kShort};
  JournalReader journal_reader_{checker_};
};

int fail(const Settings& settings, unsigned kill, const std::string& point,
         const std::filesystem::path& left) {
  const unsigned first = kill - kill % kKillsOfADirectory;
  const std::uint64_t seed = settings.seed + first;
  const unsigned kills = std::min(kKillsOfADirectory, settings.kills - first);
  std::cout << "in kill " << kill + 1 << ", " << point << ", of the directory with seed " << seed
            << "\n";
  print_evidence(left, {settings.program, settings.load, settings.load_with_kill_points, "--seed",
                        std::to_string(seed), "--kills", std::to_string(kills)});
  return 1;
}

int run(const Settings& settings) {
  std::cout << "seed " << settings.seed << std::endl;
  std::optional<Directory> directory;
  std::map<std::string, unsigned> deaths;
  std::uint64_t answers = 0;
  for (unsigned i = 0; i < settings.kills; ++i) {
    if (i % kKillsOfADirectory == 0) directory.emplace(settings, settings.seed + i);
    const Death& death = kDeaths[i % kDeaths.size()];
    const std::string point(death.point.empty() ? "at a random moment" : death.point);
    const std::uint64_t before = directory->answers();
    if (!directory->kill_and_check(death)) return fail(settings, i, point, directory->keep());
    ++deaths[point];
    answers += directory->answers() - before;
    std::cout << "kill " << i + 1 << ", " << point << ": " << directory->answers() - before
              << " answers" << std::endl;
  }
  for (const auto& [point, number] : deaths) std::cout << number << " " << point << ", ";
  std::cout << settings.kills << " kills in all, " << answers
            << " answers, none lost or contradicted, no problems in the store" << std::endl;
  return 0;
}

}  // namespace
}  // namespace onerun::test

int main(int argc, char** argv) {
  onerun::test::Settings settings;
  settings.program = argv[0];
  settings.seed = std::random_device()();
  CLI::App app("Kills onerun-load, and looks what is left.", "onerun-crash");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("load", settings.load, "Path of onerun-load")->required();
  app.add_option("load-with-kill-points", settings.load_with_kill_points,
                 "Path of the one that has kill points")
      ->required();
  app.add_option("--kills", settings.kills, "How often")
      ->check(onerun::test::at_least(1, settings.kills))
      ->capture_default_str();
  app.add_option("--seed", settings.seed, "Of the random moments; default: from the system")
      ->check(onerun::test::at_least(0, settings.seed));
  onerun::test::parse_command_line(app, argc, argv);
  return onerun::test::run(settings);
}
