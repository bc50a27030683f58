// Starts on a store that retains many closed runs, beside starts on an empty one.
#include <onerun/onerun.hpp>

#include <system_error>
#include <vector>

#include "bench/rows/fill.hpp"
#include "bench/rows/machine.hpp"
#include "bench/rows/row.hpp"
#include "median.hpp"
#include "temporary_directory.hpp"

namespace onerun::bench {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int kRounds = 3;
constexpr Duration kRetention = std::chrono::hours(24 * 365);

/// Closed runs of a store that is there or not.
Result<std::uint64_t> closed_runs(const fs::path& data_dir) {
  if (!fs::exists(data_dir / "FORMAT")) return std::uint64_t{0};
  const auto runtime = Runtime::open({.data_dir = data_dir});
  if (!runtime.ok()) return runtime.status();
  const auto description = runtime->namespace_("load").describe_namespace().get();
  if (!description.ok()) return description.status();
  return description->closed_runs;
}

/// Fills up to that many closed runs, and lets merges of tables come to an end.
Status fill_up(const fs::path& data_dir, std::uint64_t runs) {
  const auto there = closed_runs(data_dir);
  if (!there.ok()) return there.status();
  if (*there >= runs) return {};
  Status filled = fill_closed(data_dir, runs - *there);
  if (!filled.ok()) return filled;
  const auto runtime = Runtime::open({.data_dir = data_dir});
  wait_until_at_rest(600s);
  return runtime.status();
}

/// A store with the same contents. RocksDB never writes to a table file again: those are shared.
Status clone(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to / "store", error);
  for (const auto& entry : fs::recursive_directory_iterator(from, error)) {
    if (error) break;
    if (!entry.is_regular_file()) continue;
    const fs::path target = to / fs::relative(entry.path(), from);
    if (entry.path().extension() == ".sst") {
      fs::create_hard_link(entry.path(), target, error);
    } else {
      fs::copy_file(entry.path(), target, error);
    }
    if (error) break;
  }
  return error ? Status(StatusCode::kUnavailable, "can't clone the store: " + error.message())
               : Status();
}

Result<Came> starts_on(const fs::path& data_dir, std::chrono::milliseconds stretch) {
  load::Settings settings = load_on(data_dir, stretch);
  settings.retention = kRetention;
  return put_load(settings);
}

/// Starts on a clone of the full store and on an empty one; which is first changes with the round.
Result<Came> starts_in_turns(const fs::path& full, const fs::path& data_dir, bool is_full,
                             std::chrono::milliseconds stretch) {
  if (!is_full) return starts_on(data_dir / "empty", stretch);
  const Status cloned = clone(full, data_dir / "full");
  if (!cloned.ok()) return cloned;
  return starts_on(data_dir / "full", stretch);
}

/// Starts a second on both, of each round.
struct Rounds {
  std::vector<double> full;
  std::vector<double> empty;
  std::vector<double> full_p99_us;
  std::vector<double> shares;  ///< of full in empty, in percent
};

/// In turns, since what else the machine does changes meanwhile.
Result<Rounds> compare(const fs::path& full, const fs::path& scratch,
                       std::chrono::milliseconds stretch) {
  Rounds rounds;
  for (int round = 0; round < kRounds; ++round) {
    const fs::path data_dir = scratch / std::to_string(round);
    const bool is_full_first = round % 2 == 0;
    for (const bool is_full : {is_full_first, !is_full_first}) {
      const auto came = starts_in_turns(full, data_dir, is_full, stretch);
      if (!came.ok()) return came.status();
      if (is_full) rounds.full_p99_us.push_back(came->p99_us);
      (is_full ? rounds.full : rounds.empty).push_back(came->starts_per_second);
    }
    rounds.shares.push_back(100 * rounds.full.back() / rounds.empty.back());
    std::error_code ignored;
    fs::remove_all(data_dir, ignored);
  }
  return rounds;
}

}  // namespace

Result<Figures> measure_retained(const RowSettings& settings) {
  const std::uint64_t runs = settings.runs_or(1'000'000);
  const bool is_kept = !settings.data_dir.empty();
  // On one file system, or tables could not be shared.
  const auto scratch = load::TemporaryDirectory::make(
      is_kept ? fs::absolute(settings.data_dir).parent_path() : settings.dir);
  if (!scratch.ok()) return scratch.status();
  const fs::path full = is_kept ? settings.data_dir : scratch->path() / "full";
  const Status filled = fill_up(full, runs);
  if (!filled.ok()) return filled;
  const auto rounds = compare(full, scratch->path(), settings.stretch);
  if (!rounds.ok()) return rounds.status();
  return Figures{{"retained",
                  load::median(rounds->shares),
                  {{"closed_runs", runs},
                   {"shares", rounds->shares},
                   {"starts_per_second", load::median(rounds->full)},
                   {"p99_us", load::median(rounds->full_p99_us)},
                   {"starts_per_second_on_empty_store", load::median(rounds->empty)}}}};
}

}  // namespace onerun::bench
