// onerun-sim: simulated schedules, as many as wanted. A failure prints its seed, and that seed
// gives it again.
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <random>
#include <string>

#include "core/fault.hpp"
#include "onerun/version.hpp"
#include "tests/sim/world.hpp"
#include "tests/support/command_line.hpp"

namespace {

constexpr unsigned kMostSteps = 1'000;

struct Settings {
  std::uint64_t schedules = 10'000;
  std::optional<std::uint64_t> seed;
  unsigned steps = 120;
  bool trace = false;
  std::string fault;
  bool list_faults = false;
};

std::optional<onerun::core::Fault> fault_named(const std::string& name) {
  for (const auto& [fault, its_name] : onerun::core::kFaults) {
    if (its_name == name) return fault;
  }
  return std::nullopt;
}

/// What is wrong with the name of a fault; empty if nothing is.
std::string check_fault(const std::string& name) {
  return fault_named(name) ? std::string() : "\"" + name + "\" is none; see --list-faults";
}

onerun::sim::WorldResult run_one(const Settings& settings, std::uint64_t seed) {
  onerun::sim::WorldOptions options{.seed = seed, .steps = settings.steps};
  if (settings.trace) {
    options.trace = [](const std::string& what) { std::cout << "  " << what << std::endl; };
  }
  return onerun::sim::World(options).run();
}

int run(const Settings& settings) {
  const std::uint64_t first = settings.seed.value_or(std::random_device()());
  std::cout << "seed " << first << ", " << settings.schedules << " schedules" << std::endl;
  const auto begun = std::chrono::steady_clock::now();
  std::uint64_t answers = 0;
  std::uint64_t lives = 0;
  for (std::uint64_t i = 0; i < settings.schedules; ++i) {
    const auto result = run_one(settings, first + i);
    answers += result.answers_checked;
    lives += result.lives;
    if (result.violation) {
      std::cout << "schedule " << i + 1 << ", seed " << first + i << ": " << *result.violation
                << "\nagain, step by step: onerun-sim --schedules 1 --trace --steps "
                << settings.steps << " --seed " << first + i
                << (settings.fault.empty() ? "" : " --fault " + settings.fault) << std::endl;
      return 1;
    }
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  std::cout << settings.schedules << " schedules, " << lives << " processes, " << answers
            << " answers checked, no violation; "
            << static_cast<std::uint64_t>(static_cast<double>(settings.schedules) / seconds)
            << " schedules/s" << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Simulated schedules of onerun: crashes, faults, every order of events.",
               "onerun-sim");
  app.set_version_flag("--version", std::string("onerun-sim ") + ONERUN_VERSION);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--schedules", settings.schedules, "How many")
      ->check(onerun::test::at_least(0, settings.schedules))
      ->capture_default_str();
  app.add_option("--seed", settings.seed, "Of the first; the others follow. Default: random")
      ->check(onerun::test::at_least(0, settings.seed));
  app.add_option("--steps", settings.steps,
                 "Of each schedule; after many more the checker knows too many ways to where it is")
      ->check(CLI::Range(0U, kMostSteps))
      ->capture_default_str();
  app.add_flag("--trace", settings.trace, "Print every step");
  app.add_option("--fault", settings.fault, "Switch on a deliberate fault")->check(check_fault);
  app.add_flag("--list-faults", settings.list_faults, "Print the names of the faults");
  onerun::test::parse_command_line(app, argc, argv);

  if (settings.list_faults) {
    for (const auto& [fault, name] : onerun::core::kFaults) std::cout << name << '\n';
    return 0;
  }
  if (!settings.fault.empty()) onerun::core::active_fault = *fault_named(settings.fault);
  return run(settings);
}
