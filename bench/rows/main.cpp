// onerun-rows: measures one row of bench/README.md from end to end, and prints a line of JSON for
// each figure. It measures and judges no time: only a wrong answer is a failure.
#include <CLI/CLI.hpp>
#include <onerun/onerun.hpp>

#include <array>
#include <cmath>
#include <iostream>
#include <string>

#include "bench/rows/figure.hpp"
#include "bench/rows/row.hpp"
#include "tests/support/command_line.hpp"

namespace onerun::bench {
namespace {

struct Row {
  const char* name;
  const char* help;
  Result<Figures> (*measure)(const RowSettings&);
};

constexpr std::array kRows = {
    Row{"fdatasync", "what fdatasync takes on that disk", measure_fdatasync},
    Row{"starts", "starts with the options below", measure_starts},
    Row{"starts-4096", "starts of new ids, 4,096 outstanding", measure_starts_4096},
    Row{"starts-64", "starts of new ids, 64 outstanding", measure_starts_64},
    Row{"one-at-a-time", "one caller, one start at a time", measure_one_at_a_time},
    Row{"batch", "starts of new ids, 1,000 a call", measure_batch},
    Row{"no-write", "refused, deduplicated and used existing; ids by zipf", measure_no_write},
    Row{"pairs", "start and complete of a new id", measure_pairs},
    Row{"memory-store", "starts of new ids on the in-memory store", measure_memory_store},
    Row{"sustained", "p99 and longest answer at 70 % of the peak", measure_sustained},
    Row{"memory", "resident memory of open runs, and of live actors", measure_memory},
    Row{"disk", "bytes of a closed run after compaction", measure_disk},
    Row{"reclaim", "expired runs reclaimed while starts go on", measure_reclaim},
    Row{"reopen", "from opening to the first answer after SIGKILL", measure_reopen},
    Row{"retained", "starts with closed runs retained", measure_retained},
    Row{"history", "reading a run of 50,000 events", measure_history},
};

int run(const Row& row, const RowSettings& settings) {
  const auto figures = row.measure(settings);
  if (!figures.ok()) {
    std::cerr << "onerun-rows: " << row.name << ": " << figures.status().message() << '\n';
    return 1;
  }
  for (const Figure& figure : *figures) std::cout << to_line(figure) << '\n';
  return 0;
}

int main_of(int argc, char** argv) {
  RowSettings settings;
  double seconds = 10;
  CLI::App app("Measures from end to end; prints a line of JSON for each figure.", "onerun-rows");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.require_subcommand(1);
  for (const Row& row : kRows) app.add_subcommand(row.name, row.help)->fallthrough();
  app.add_option("--seconds", seconds, "Of each stretch of load that is measured")
      ->check(CLI::Range(0.01, 86'400.0))
      ->capture_default_str();
  app.add_option("--scale", settings.scale, "Of the number of runs that a row needs")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--runs", settings.runs, "Instead of that number")
      ->check(test::at_least(1, settings.runs));
  app.add_option("--rate", settings.rate, "Starts a second, with sustained and reclaim")
      ->check(CLI::PositiveNumber);
  app.add_option("--dir", settings.dir, "Where stores are made, and removed afterwards")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--data-dir", settings.data_dir,
                 "With retained: the store with the closed runs; kept, and filled if need be");
  app.add_option("--outstanding", settings.outstanding, "With starts: requests under way at once")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_option("--payload", settings.payload_bytes, "With starts: bytes of input of each")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{limits::kPayloadBytes}))
      ->capture_default_str();
  app.add_option("--id-count", settings.id_count,
                 "With starts: draw from that many ids, each with an open run at first, which the "
                 "start terminates; 0: every start has an id of its own")
      ->capture_default_str();
  app.add_flag("--zipf", settings.zipf, "With --id-count: draw by zipf, not uniformly");
  test::parse_command_line(app, argc, argv);
  settings.stretch = std::chrono::milliseconds(std::llround(seconds * 1000));
  for (const Row& row : kRows) {
    if (app.got_subcommand(row.name)) return run(row, settings);
  }
  return 2;
}

}  // namespace
}  // namespace onerun::bench

int main(int argc, char** argv) { return onerun::bench::main_of(argc, argv); }
