// onerun-overload: what becomes of a runtime that is asked for more than it can do. Measures the
// peak and three times the sustained rate in turns, then how soon all is as before; and what one
// hot id does to the others. A failure is an answer that overload does not explain, or more memory
// than kMostResident; with --judge also what overload_verdict.hpp says of goodput and latency.
#include <CLI/CLI.hpp>
#include <onerun/onerun.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "generate.hpp"
#include "median.hpp"
#include "process.hpp"
#include "session.hpp"
#include "settings.hpp"
#include "tally.hpp"
#include "tests/load/overload_verdict.hpp"
#include "tests/support/command_line.hpp"
#include "text.hpp"

namespace onerun::load {
namespace {

constexpr std::uint64_t kMaxInFlight = 4096;
constexpr double kSustained = 0.7;  ///< of the peak: a rate at which latency is still low
constexpr double kOverload = 3;     ///< of the sustained rate
constexpr double kOthers = 0.2;     ///< of the peak: what other ids ask for beside a hot one
constexpr std::uint64_t kBesideOthers = 1024;  ///< requests under way of a hot id, or of many
constexpr int kSecondsBefore = 3;
constexpr int kSecondsAfter = 5;
/// Of what is compared, for each second of the other stretches.
constexpr unsigned kTurnsForEachSecond = 5;
constexpr std::chrono::seconds kTurn(1);

/// With the runtime's default options and the places for requests above: memtables, the log that
/// waits for them, block cache, and what is under way. Sanitizers need a multiple.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kMostResident = std::uint64_t{16} << 30;
#else
constexpr std::uint64_t kMostResident = std::uint64_t{1} << 30;
#endif

/// What came of one stretch of load.
struct Measured {
  double answers_per_second = 0;  ///< that are no refusals by admission
  double p50_ms = 0;
  double p99_ms = 0;
  std::uint64_t overloaded = 0;
  std::uint64_t resident = 0;  ///< bytes, at most
};

/// The same stretch again and again.
class Turns {
 public:
  void add(const Measured& turn) {
    answers_per_second_.push_back(turn.answers_per_second);
    p50_ms_.push_back(turn.p50_ms);
    p99_ms_.push_back(turn.p99_ms);
    overloaded_ += turn.overloaded;
  }

  double answers_per_second() const { return median(answers_per_second_); }
  double last_answers_per_second() const { return answers_per_second_.back(); }
  double p99_ms() const { return median(p99_ms_); }

  void print(const std::string& name) const {
    std::printf("%-44s %10.0f %9.2f %9.2f %10s\n", name.c_str(), answers_per_second(),
                median(p50_ms_), p99_ms(), with_commas(overloaded_).c_str());
  }

 private:
  std::vector<double> answers_per_second_;
  std::vector<double> p50_ms_;
  std::vector<double> p99_ms_;
  std::uint64_t overloaded_ = 0;
};

/// Some load, and others beside it.
struct Beside {
  Turns load = {};
  Turns others = {};

  void print(const std::string& name) const {
    load.print(name);
    others.print("other ids beside it");
  }
};

struct Wanted {
  unsigned seconds = 10;  ///< of each stretch
  std::uint64_t seed = 0;
  bool judge = false;
};

class Overload {
 public:
  explicit Overload(const Wanted& wanted)
      : seconds_(wanted.seconds), judges_(wanted.judge), seed_(wanted.seed) {}

  int run() {
    std::printf("seed %lu\n", seed_);
    Settings settings = base();
    settings.max_in_flight = kMaxInFlight;
    auto session = Session::open(settings, nullptr);
    if (!session.ok()) {
      std::cerr << session.status() << '\n';
      return 1;
    }
    session_ = &*session;
    std::printf("%-44s %10s %9s %9s %10s %9s\n", "", "answers/s", "p50 ms", "p99 ms", "refused",
                "MiB");
    overload();
    hot_id();
    std::printf("resident memory, most: %lu MiB, of %lu that it may be\n", most_resident_ >> 20,
                kMostResident >> 20);
    return verdict();
  }

 private:
  int verdict() const {
    std::vector<std::string> failures;
    if (judges_) failures = failures_in(figures_);
    if (errors_ > 0) {
      failures.push_back(std::to_string(errors_) + " errors, the first: " + first_error_);
    }
    if (most_resident_ > kMostResident) failures.emplace_back("more memory than there may be");
    for (const std::string& failure : failures) std::cerr << "fails: " << failure << '\n';
    return failures.empty() ? 0 : 1;
  }

  Settings base() {
    Settings settings;
    settings.duration = stretch_;
    settings.outstanding = kMaxInFlight;
    settings.conflict = ConflictPolicy::kFail;
    settings.seed = ++seed_;  // so that no stretch meets an id of another
    return settings;
  }

  Settings open(double rate, std::chrono::milliseconds duration) {
    Settings settings = base();
    settings.mode = Mode::kOpen;
    settings.rate = rate;
    settings.outstanding = 1'000'000;  // arrivals do not wait for answers
    settings.duration = duration;
    return settings;
  }

  /// Prints what comes of it, and the most memory that there was meanwhile.
  Measured measure(const std::string& name, const Settings& settings) {
    const Measured measured = watch_memory(settings);
    std::printf("%-44s %10.0f %9.2f %9.2f %10s %9lu\n", name.c_str(), measured.answers_per_second,
                measured.p50_ms, measured.p99_ms, with_commas(measured.overloaded).c_str(),
                measured.resident >> 20);
    std::fflush(stdout);
    return measured;
  }

  Measured watch_memory(const Settings& settings) {
    forget_peak_resident();
    Measured measured = generate_load(settings);
    measured.resident = peak_resident_bytes();
    most_resident_ = std::max(most_resident_, measured.resident);
    return measured;
  }

  /// Threads: any.
  Measured generate_load(const Settings& settings) {
    Tally tally;
    Journal none;
    const auto took = generate(settings, *session_, none, tally);
    note_errors(tally);
    return {.answers_per_second = static_cast<double>(tally.operations() - tally.errors()) /
                                  std::chrono::duration<double>(took).count(),
            .p50_ms = tally.latency.percentile_us(0.5) / 1e3,
            .p99_ms = tally.latency.percentile_us(0.99) / 1e3,
            .overloaded = tally.overloaded()};
  }

  void note_errors(const Tally& tally) {
    const std::lock_guard lock(mutex_);
    if (tally.unexplained_errors() > 0 && errors_ == 0) first_error_ = tally.first_error();
    errors_ += tally.unexplained_errors();
  }

  /// The sustained rate is that of the last peak: a machine that others use does not stay as fast
  /// as it was.
  void overload() {
    measure("to warm up: 4,096 at once", base());  // until tables are merged, as in a long life
    measure("to warm up", base());
    const Measured first = measure("as many as it can", base());
    others_rate_ = kOthers * first.answers_per_second;
    Turns peak;
    Turns over;
    take_turns<2>({[&] { peak.add(watch_memory(for_a_turn(base()))); },
                   [&] {
                     const double usual = kSustained * peak.last_answers_per_second();
                     over.add(watch_memory(open(kOverload * usual, kTurn)));
                   }},
                  [&] {
                    figures_.goodput.push_back(over.last_answers_per_second() /
                                               peak.last_answers_per_second());
                  });
    peak.print("as many as it can, in turns with");
    over.print("three times the sustained rate");
    std::printf("goodput at three times the sustained rate, median: %.0f %% of the peak\n",
                100 * median(figures_.goodput));
    for (unsigned round = 0; round < (seconds_ + 1) / 2; ++round) recovery();
    std::printf("p99 in the seconds after overload, median: %.2f of what it was before\n",
                after_of_before(figures_));
  }

  /// From a steady load to overload and back.
  void recovery() {
    const double usual =
        kSustained * measure("as many as it can", for_a_turn(base())).answers_per_second;
    Turns before;
    for (int second = 1; second <= kSecondsBefore; ++second) {
      before.add(watch_memory(open(usual, kTurn)));
    }
    before.print("70 % of that, the sustained rate");
    measure("three times that", open(kOverload * usual, stretch_));
    Recovery recovery{.before = before.p99_ms()};
    for (int second = 1; second <= kSecondsAfter; ++second) {
      const std::string name = "the sustained rate, second " + std::to_string(second) + " after";
      recovery.after.push_back(measure(name, open(usual, kTurn)).p99_ms);
    }
    figures_.recoveries.push_back(std::move(recovery));
  }

  /// Each stretch for a second, there and back, again and again: what else the machine does, and
  /// whether tables are written, changes meanwhile. `after_each`: when each has had its turn.
  template <std::size_t N>
  void take_turns(
      std::array<std::function<void()>, N> stretches,
      const std::function<void()>& after_each = [] {}) {
    for (unsigned turn = 0; turn < kTurnsForEachSecond * seconds_; ++turn) {
      for (const auto& measure_stretch : stretches) measure_stretch();
      std::ranges::reverse(stretches);
      after_each();
    }
  }

  /// Others come at a steady rate: alone, beside one hot id, and beside as many requests for many
  /// ids. Each figure is the median of its turns.
  void hot_id() {
    for (const ConflictPolicy conflict :
         {ConflictPolicy::kUseExisting, ConflictPolicy::kTerminateExisting}) {
      const std::string policy(to_string(conflict));
      Turns alone;
      Beside hot;
      Beside many;
      take_turns<3>({[&] { alone.add(watch_memory(others())); },
                     [&] { measure_beside(load_on(1, conflict), hot); },
                     [&] { measure_beside(load_on(10'000, conflict), many); }});
      alone.print("other ids alone");
      hot.print("one hot id, " + policy);
      many.print("10,000 ids, " + policy);
      const double of_alone = hot.others.p99_ms() / alone.p99_ms();
      std::printf("p99 of the others beside a hot id: %.2f of alone, %.2f of beside many ids\n",
                  of_alone, hot.others.p99_ms() / many.others.p99_ms());
      std::fflush(stdout);
      figures_.beside_hot.push_back(
          {.what = policy,
           .goodput = hot.others.answers_per_second() / alone.answers_per_second(),
           .p99 = of_alone});
    }
  }

  Settings others() { return open(others_rate_, kTurn); }

  Settings for_a_turn(Settings settings) {
    settings.duration = kTurn;
    return settings;
  }

  Settings load_on(std::uint64_t ids, ConflictPolicy conflict) {
    Settings settings = for_a_turn(base());
    settings.id_count = ids;
    settings.outstanding = kBesideOthers;
    settings.conflict = conflict;
    return settings;
  }

  void measure_beside(const Settings& load, Beside& beside) {
    const Settings settings = others();
    std::thread thread([&] { beside.others.add(generate_load(settings)); });
    beside.load.add(watch_memory(load));
    thread.join();
  }

  const unsigned seconds_;
  const std::chrono::milliseconds stretch_ = std::chrono::seconds(seconds_);
  const bool judges_;
  Session* session_ = nullptr;
  double others_rate_ = 0;
  std::uint64_t seed_;
  std::uint64_t most_resident_ = 0;
  OverloadFigures figures_;

  std::mutex mutex_;
  std::uint64_t errors_ = 0;
  std::string first_error_;
};

}  // namespace
}  // namespace onerun::load

int main(int argc, char** argv) {
  onerun::load::Wanted wanted;
  wanted.seed = std::random_device()();
  CLI::App app("Asks a runtime for more than it can do, and measures what becomes of it.",
               "onerun-overload");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--seconds", wanted.seconds,
                 "Of each stretch of load; what is compared has one, five times for each of these")
      ->check(CLI::Range(1U, 3600U))
      ->capture_default_str();
  app.add_option("--seed", wanted.seed, "Of the ids; default: from the system")
      ->check(onerun::test::at_least(0, wanted.seed));
  app.add_flag("--judge", wanted.judge, "Fail if goodput or latency are not as they should be");
  onerun::test::parse_command_line(app, argc, argv);
  return onerun::load::Overload(wanted).run();
}
