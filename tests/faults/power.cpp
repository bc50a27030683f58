// onerun-power: cuts the power at random moments, again and again, and looks whether what was
// acknowledged is there.
#include <CLI/CLI.hpp>

#include <iostream>

#include "tests/faults/clients.hpp"
#include "tests/support/command_line.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::test {
namespace {

constexpr unsigned kCyclesOfADirectory = 20;

struct Settings {
  unsigned cycles = 50;
  std::uint64_t seed = 0;
};

/// Some work, a cut in the middle of it, and a look at what is left.
bool cycle(Clients& clients) {
  const auto disk = std::make_shared<FailingDisk>();
  const Status opened = clients.open(disk);
  if (!opened.ok()) {
    std::cout << "can't open after a power cut: " << opened << std::endl;
    return false;
  }
  clients.look();
  const std::uint64_t requests = clients.draw(60);
  for (std::uint64_t i = 0; i < requests; ++i) {
    clients.ask();
    if (clients.draw(3) == 0) clients.work();
  }
  disk->cut_power();
  for (int i = 0; i < 3; ++i) clients.ask();
  clients.work();
  clients.end_process();
  disk->lose_what_was_not_synced([&](std::uint64_t bound) { return clients.draw(bound); });
  clients.audit();
  if (const auto& wrong = clients.checker().violation()) std::cout << *wrong << std::endl;
  return !clients.checker().violation();
}

int run(const Settings& settings) {
  std::cout << "seed " << settings.seed << std::endl;
  std::optional<TemporaryDirectory> directory;
  std::optional<Clients> clients;
  std::uint64_t checked = 0;
  for (unsigned i = 0; i < settings.cycles; ++i) {
    if (i % kCyclesOfADirectory == 0) {
      if (clients) checked += clients->checker().checked();
      clients.reset();
      directory.emplace();
      clients.emplace(directory->path(), settings.seed + i);
    }
    if (!cycle(*clients)) {
      std::cout << "in cycle " << i + 1 << std::endl;
      return 1;
    }
  }
  checked += clients->checker().checked();
  std::cout << settings.cycles << " power cuts, " << checked << " answers checked, none wrong"
            << std::endl;
  return 0;
}

}  // namespace
}  // namespace onerun::test

int main(int argc, char** argv) {
  onerun::test::Settings settings;
  settings.seed = std::random_device()();
  CLI::App app("Cuts the power at random and looks what is left.", "onerun-power");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--cycles", settings.cycles, "How often")
      ->check(onerun::test::at_least(1))
      ->capture_default_str();
  app.add_option("--seed", settings.seed, "Of the random moments; default: from the system")
      ->check(onerun::test::at_least(0));
  onerun::test::parse_command_line(app, argc, argv);
  return onerun::test::run(settings);
}
