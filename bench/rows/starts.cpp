// Starts of new ids: how many a second, how soon they are answered, and for how long that lasts.
#include <algorithm>
#include <vector>

#include "bench/rows/fill.hpp"
#include "bench/rows/machine.hpp"
#include "bench/rows/row.hpp"
#include "median.hpp"
#include "temporary_directory.hpp"

namespace onerun::bench {
namespace {

using namespace std::chrono_literals;

Figure starts_figure(const std::string& row, const Came& came, double value) {
  return {row, value, {{"p50_us", came.p50_us}, {"p99_us", came.p99_us}, {"max_us", came.max_us}}};
}

/// Starts on a store of its own, with whatever else the row asks for.
template <class Adjust>
Result<Came> put_load_on_new_store(const RowSettings& row, Adjust adjust) {
  const auto scratch = load::TemporaryDirectory::make(row.dir);
  if (!scratch.ok()) return scratch.status();
  load::Settings settings = load_on(scratch->path() / "data", row.stretch);
  adjust(settings);
  return put_load(settings);
}

template <class Adjust>
Result<Figures> measure(const std::string& name, const RowSettings& row, Adjust adjust) {
  const auto came = put_load_on_new_store(row, adjust);
  if (!came.ok()) return came.status();
  return Figures{starts_figure(name, *came, came->starts_per_second)};
}

constexpr std::uint64_t kSyncs = 1'000;

std::uint64_t syncs_of(const RowSettings& row) {
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(kSyncs * row.scale), 10);
}

}  // namespace

Result<Figures> measure_fdatasync(const RowSettings& settings) {
  load::LatencyHistogram took;
  const Status status = time_fdatasync(settings.dir, syncs_of(settings), took);
  if (!status.ok()) return status;
  const double p50 = took.percentile_us(0.5);
  return Figures{{"fdatasync",
                  p50,
                  {{"p50_us", p50},
                   {"p99_us", took.percentile_us(0.99)},
                   {"max_us", took.max_us()},
                   {"times", took.count()}}}};
}

/// With a number of ids each of them has an open run at first, and every start terminates one.
Result<Figures> measure_starts(const RowSettings& settings) {
  const auto scratch = load::TemporaryDirectory::make(settings.dir);
  if (!scratch.ok()) return scratch.status();
  load::Settings load = load_on(scratch->path() / "data", settings.stretch);
  load.outstanding = settings.outstanding;
  load.payload_bytes = settings.payload_bytes;
  if (settings.id_count > 0) {
    const Status filled = fill_open_quickly(load.data_dir, settings.id_count);
    if (!filled.ok()) return filled;
    load.id_count = settings.id_count;
    load.ids = settings.zipf ? load::IdDistribution::kZipf : load::IdDistribution::kUniform;
    load.conflict = ConflictPolicy::kTerminateExisting;
  }
  const auto came = put_load(load);
  if (!came.ok()) return came.status();
  Figure figure = starts_figure("starts", *came, came->starts_per_second);
  figure.details["outstanding"] = settings.outstanding;
  figure.details["payload_bytes"] = settings.payload_bytes;
  figure.details["id_count"] = settings.id_count;
  return Figures{figure};
}

Result<Figures> measure_starts_4096(const RowSettings& settings) {
  return measure("starts-4096", settings, [](load::Settings&) {});
}

Result<Figures> measure_starts_64(const RowSettings& settings) {
  return measure("starts-64", settings, [](load::Settings& load) { load.outstanding = 64; });
}

/// In turns with fdatasync, which is seldom the same for long.
Result<Figures> measure_one_at_a_time(const RowSettings& row) {
  constexpr int kTurns = 5;
  const auto scratch = load::TemporaryDirectory::make(row.dir);
  if (!scratch.ok()) return scratch.status();
  load::Settings settings = load_on(scratch->path() / "data", row.stretch / kTurns);
  settings.outstanding = 1;
  auto session = load::Session::open(settings, nullptr);
  if (!session.ok()) return session.status();
  std::vector<double> starts;
  std::vector<double> syncs;
  std::vector<double> above;
  for (int turn = 0; turn < kTurns; ++turn) {
    load::LatencyHistogram sync;
    Status status = time_fdatasync(row.dir, syncs_of(row), sync);
    if (!status.ok()) return status;
    const auto came = put_load(settings, *session);
    if (!came.ok()) return came.status();
    starts.push_back(came->p50_us);
    syncs.push_back(sync.percentile_us(0.5));
    above.push_back(starts.back() - syncs.back());
    ++settings.seed;
  }
  return Figures{{"one-at-a-time",
                  load::median(above),
                  {{"p50_us", load::median(starts)},
                   {"fdatasync_p50_us", load::median(syncs)},
                   {"above_us_by_turn", above}}}};
}

Result<Figures> measure_batch(const RowSettings& settings) {
  return measure("batch", settings, [](load::Settings& load) {
    load.batch = 1'000;
    load.outstanding = 8 * load.batch;
  });
}

Result<Figures> measure_pairs(const RowSettings& settings) {
  const auto came =
      put_load_on_new_store(settings, [](load::Settings& load) { load.complete_percent = 100; });
  if (!came.ok()) return came.status();
  return Figures{starts_figure("pairs", *came, came->completed_per_second)};
}

Result<Figures> measure_memory_store(const RowSettings& settings) {
  return measure("memory-store", settings,
                 [](load::Settings& load) { load.store = StoreKind::kMemory; });
}

/// The peak is that of a store which has been under load for a while, unless a rate is given.
Result<Figures> measure_sustained(const RowSettings& row) {
  constexpr double kShare = 0.7;
  const auto scratch = load::TemporaryDirectory::make(row.dir);
  if (!scratch.ok()) return scratch.status();
  load::Settings settings = load_on(scratch->path() / "data", std::min(row.stretch, 30'000ms));
  auto session = load::Session::open(settings, nullptr);
  if (!session.ok()) return session.status();
  double rate = row.rate.value_or(0);
  double peak = 0;
  for (int i = 0; i < 2 && !row.rate; ++i) {  // the first warms up
    const auto came = put_load(settings, *session);
    if (!came.ok()) return came.status();
    peak = came->starts_per_second;
    rate = kShare * peak;
    settings.seed += 1'000'000;
  }
  settings.mode = load::Mode::kOpen;
  settings.rate = rate;
  settings.outstanding = 65'000;
  settings.duration = row.stretch;
  const auto came = put_load(settings, *session);
  if (!came.ok()) return came.status();
  const nlohmann::ordered_json details = {
      {"rate", rate},
      {"peak", peak},
      {"seconds", std::chrono::duration<double>(row.stretch).count()},
      {"starts_per_second", came->starts_per_second},
      {"p50_us", came->p50_us},
      {"p99_us", came->p99_us},
      {"max_us", came->max_us}};
  return Figures{{"sustained-p99", came->p99_us / 1e3, details},
                 {"sustained-stall", came->max_us / 1e3, details}};
}

}  // namespace onerun::bench
