// onerun-power: cuts the power at random calls to the disk, again and again, and looks whether what
// was acknowledged is there.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <random>

#include "tests/faults/clients.hpp"
#include "tests/support/command_line.hpp"
#include "tests/support/temporary_directory.hpp"

namespace onerun::test {
namespace {

constexpr unsigned kCyclesOfADirectory = 10;
constexpr std::uint64_t kMostLivesOfACycle = 3;

// Bounds for the call at which the power goes: about as many as are made.
constexpr std::uint64_t kCallsOfMaking = 300;
constexpr std::uint64_t kCallsOfOpening = 100;
constexpr std::uint64_t kCallsOfWorking = 60;
constexpr std::uint64_t kCallsOfClosing = 20;
constexpr unsigned kManyCycles = 50;

/// A few cycles may lose too little by chance, as one in fifty runs of 50 does: there are more
/// then.
constexpr unsigned kMostTimesCycles = 4;

struct Settings {
  std::string program;
  unsigned cycles = 50;
  std::uint64_t seed = 0;
};

/// A third of the directories, whose seeds are ten apart. By its own seed alone, so that a run that
/// is given it begins with that very directory.
Durability durability_of(std::uint64_t seed) {
  return seed % 3 == 1 ? Durability::kAsync : Durability::kSync;
}

/// What the process was about when the power went.
enum class Moment { kMaking, kOpening, kWorking, kClosing, kIdle };
constexpr std::array<const char*, 5> kMoments = {"making the directory", "opening it", "at work",
                                                 "closing it", "idle"};

struct Sums {
  std::map<Moment, unsigned> moments;
  unsigned lost_log = 0;   ///< cycles in which bytes of the log were lost
  unsigned torn_log = 0;   ///< or became others
  unsigned lost_name = 0;  ///< or the change of a name was lost
  std::uint64_t checked = 0;
};

/// Cycles of power on one directory.
class PowerCuts {
 public:
  PowerCuts(std::uint64_t seed, Sums& sums)
      : clients_({.directory = directory_.path(), .seed = seed, .durability = durability_of(seed)}),
        sums_(sums) {}

  ~PowerCuts() { sums_.checked += clients_.checker().checked(); }

  /// Some work, a cut in the middle of it, and a look at what is left. Returns what is wrong.
  std::optional<std::string> cycle(bool is_last) {
    disk_ = std::make_shared<FailingDisk>();
    const Moment moment = run_until_the_cut();
    if (clients_.checker().violation()) return clients_.checker().violation();
    ++sums_.moments[moment];
    const PowerLoss loss = clients_.lose_power();
    sums_.lost_log += loss.log_bytes > 0 ? 1 : 0;
    sums_.torn_log += loss.torn_logs > 0 ? 1 : 0;
    sums_.lost_name += loss.names > 0 ? 1 : 0;
    look_at_what_is_left(is_last);
    return clients_.checker().violation();
  }

  /// Leaves the directory as it is. Returns where.
  std::filesystem::path keep() {
    clients_.kill();
    return directory_.keep();
  }

 private:
  /// The power will go at one of the next calls of the disk.
  void set_power_cut(std::uint64_t calls) {
    auto& dice = clients_.dice();
    disk_->set_power_cut({.at = 1 + dice.draw(calls), .written_percent = dice.draw(101)});
  }

  /// Lives of the process. Before the last one it is shut down, or killed: then the next one finds
  /// what was not synced.
  Moment run_until_the_cut() {
    for (std::uint64_t before = clients_.dice().draw(kMostLivesOfACycle); before > 0; --before) {
      if (!open()) return Moment::kOpening;
      work();
      clients_.dice().chance(50) ? clients_.kill() : clients_.shut_down();
    }
    const bool is_new = !std::filesystem::exists(directory_ / "FORMAT");
    const Aim aim = some_aim(is_new);
    if (aim == Aim::kOpening) set_power_cut(is_new ? kCallsOfMaking : kCallsOfOpening);
    const bool is_open = open();
    if (!disk_->has_power()) return is_new ? Moment::kMaking : Moment::kOpening;
    if (!is_open) return Moment::kOpening;
    if (aim == Aim::kWorking) set_power_cut(kCallsOfWorking);
    work();
    if (!disk_->has_power()) return Moment::kWorking;
    if (aim != Aim::kClosing) return Moment::kIdle;
    set_power_cut(kCallsOfClosing);
    clients_.shut_down();
    return disk_->has_power() ? Moment::kIdle : Moment::kClosing;
  }

  enum class Aim { kOpening, kWorking, kClosing };

  /// A directory is made once only.
  Aim some_aim(bool is_new) {
    if (clients_.dice().chance(is_new ? 70 : 30)) return Aim::kOpening;
    return clients_.dice().chance(85) ? Aim::kWorking : Aim::kClosing;
  }

  /// Returns whether it could. It must, unless the power goes.
  bool open() {
    const Status opened = clients_.open(disk_);
    if (!opened.ok() && disk_->has_power()) {
      clients_.checker().complain("can't open: " + opened.to_string());
    }
    return opened.ok();
  }

  void work() {
    const std::uint64_t steps = clients_.dice().draw(60);
    for (std::uint64_t i = 0; i < steps && disk_->has_power() && clients_.may_go_on(); ++i) {
      clients_.step();
    }
  }

  /// At a copy, which is opened on a disk that is well: the next cut may come while this is.
  void look_at_what_is_left(bool is_last) {
    const TemporaryDirectory parent;
    const auto copy = parent / "copy";
    std::filesystem::copy(directory_.path(), copy, std::filesystem::copy_options::recursive);
    const Status opened = clients_.open_at(copy, std::make_shared<FailingDisk>());
    if (!opened.ok()) return clients_.checker().complain("can't open: " + opened.to_string());
    clients_.look();
    if (is_last) clients_.expire_everything();
    clients_.shut_down();
    clients_.audit_closed(copy, is_last);
  }

  TemporaryDirectory directory_;
  Clients clients_;
  std::shared_ptr<FailingDisk> disk_;
  Sums& sums_;
};

void print(unsigned cycles, const Sums& sums) {
  std::cout << cycles << " power cuts:";
  for (const auto& [moment, cuts] : sums.moments) {
    std::cout << " " << cuts << " " << kMoments[static_cast<std::size_t>(moment)] << ",";
  }
  std::cout << "\n"
            << sums.lost_log << " lost bytes of the log, " << sums.torn_log << " tore it, "
            << sums.lost_name << " lost changes of names; " << sums.checked
            << " answers checked, none wrong" << std::endl;
}

/// A disk that never loses anything tests nothing.
bool bites(const Settings& settings, const Sums& sums) {
  if (settings.cycles < kManyCycles) return true;
  return sums.lost_log > 0 && sums.torn_log > 0 && sums.lost_name > 0 &&
         (settings.cycles < 10 * kManyCycles || sums.moments.size() == kMoments.size());
}

int fail(const Settings& settings, unsigned cycle, const std::string& wrong,
         const std::filesystem::path& left) {
  const unsigned first = cycle - cycle % kCyclesOfADirectory;
  const std::uint64_t seed = settings.seed + first;
  const unsigned cycles = std::min(kCyclesOfADirectory, settings.cycles - first);
  std::cout << wrong << "\nin cycle " << cycle + 1 << ", of the directory with seed " << seed
            << "\n";
  print_evidence(
      left, {settings.program, "--seed", std::to_string(seed), "--cycles", std::to_string(cycles)});
  return 1;
}

int run(const Settings& settings) {
  std::cout << "seed " << settings.seed << std::endl;
  Sums sums;
  std::optional<PowerCuts> cuts;
  unsigned end = settings.cycles;
  for (unsigned i = 0; i < end; ++i) {
    const bool is_new = i % kCyclesOfADirectory == 0 || i == settings.cycles;
    if (is_new) cuts.emplace(settings.seed + i, sums);
    const bool is_last = i + 1 == settings.cycles || (i + 1) % kCyclesOfADirectory == 0;
    if (const auto wrong = cuts->cycle(is_last)) return fail(settings, i, *wrong, cuts->keep());
    const bool needs_more = i + 1 == end && !bites(settings, sums);
    if (needs_more && end < kMostTimesCycles * settings.cycles) end += kCyclesOfADirectory;
  }
  cuts.reset();
  print(end, sums);
  if (bites(settings, sums)) return 0;
  std::cout << "too little was lost for this to be a test" << std::endl;
  return 1;
}

}  // namespace
}  // namespace onerun::test

int main(int argc, char** argv) {
  onerun::test::Settings settings;
  settings.program = argv[0];
  settings.seed = std::random_device()();
  CLI::App app("Cuts the power at random and looks what is left.", "onerun-power");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--cycles", settings.cycles, "How often")
      ->check(onerun::test::at_least(1, settings.cycles))
      ->capture_default_str();
  app.add_option("--seed", settings.seed, "Of the random moments; default: from the system")
      ->check(onerun::test::at_least(0, settings.seed));
  onerun::test::parse_command_line(app, argc, argv);
  return onerun::test::run(settings);
}
