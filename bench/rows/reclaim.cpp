// Expired runs are reclaimed while starts go on: how many a second, and what the starts notice.
#include <onerun/onerun.hpp>

#include <thread>

#include "bench/rows/asking.hpp"
#include "bench/rows/fill.hpp"
#include "bench/rows/machine.hpp"
#include "bench/rows/row.hpp"

namespace onerun::bench {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr double kUsualRate = 10'000;  ///< of the starts

std::uint64_t closed_runs(const Namespace& name_space) {
  const auto description = name_space.describe_namespace().get();
  return description.ok() ? description->closed_runs : 0;
}

/// Starts at a rate until it is enough.
struct Starts {
  Starts(const Namespace& name_space, std::uint64_t first)
      : asking(
            65'000,
            [&name_space, first](std::uint64_t number) {
              return name_space.start({.workflow_id = id_of(first + number)});
            },
            [](std::uint64_t, const Asking::Answer& answer) { return answer.ok(); }) {}
  Asking asking;
};

double seconds_since(Steady::time_point begun) {
  return std::chrono::duration<double>(Steady::now() - begun).count();
}

/// Reclaimed a second, alone, from the closed runs that are left; 0 if there are none.
double reclaim_rest(const Namespace& name_space) {
  const std::uint64_t left = closed_runs(name_space);
  const auto begun = Steady::now();
  while (closed_runs(name_space) > 0) std::this_thread::sleep_for(10ms);
  return static_cast<double>(left) / seconds_since(begun);
}

Result<Figures> measure(const Namespace& name_space, std::uint64_t runs, double rate,
                        std::chrono::milliseconds stretch) {
  Starts alone(name_space, 0);
  alone.asking.paced(rate, after(stretch));

  const auto due = name_space.update_namespace({.retention = Retention{.closed = 1s}}).get();
  if (!due.ok()) return due.status();
  // The first of them are gone once the retention actor has looked.
  while (closed_runs(name_space) == runs) std::this_thread::sleep_for(1ms);
  const std::uint64_t left_before = closed_runs(name_space);
  const auto begun = Steady::now();
  Starts meanwhile(name_space, 1'000'000'000);
  const auto time_is_up = after(stretch);
  meanwhile.asking.paced(rate, [&] { return time_is_up() || closed_runs(name_space) < runs / 4; });
  const double reclaimed = static_cast<double>(left_before - closed_runs(name_space));
  const double per_second = reclaimed / seconds_since(begun);
  const double rest_per_second = reclaim_rest(name_space);
  for (const Starts* starts : {&alone, &meanwhile}) {
    if (!starts->asking.wrong().ok()) return starts->asking.wrong();
  }

  const double p99_alone = alone.asking.latency.percentile_us(0.99);
  const double p99 = meanwhile.asking.latency.percentile_us(0.99);
  const nlohmann::ordered_json details = {{"runs", runs},
                                          {"starts_per_second", rate},
                                          {"reclaimed_per_second_without_starts", rest_per_second},
                                          {"p50_alone_us", alone.asking.latency.percentile_us(0.5)},
                                          {"p99_alone_us", p99_alone},
                                          {"p50_us", meanwhile.asking.latency.percentile_us(0.5)},
                                          {"p99_us", p99}};
  return Figures{{"reclaim", per_second, details},
                 {"reclaim-p99", 100 * (p99 / p99_alone - 1), details}};
}

}  // namespace

Result<Figures> measure_reclaim(const RowSettings& settings) {
  const std::uint64_t runs = settings.runs_or(1'000'000);
  const auto scratch = make_closed(settings.dir, runs);
  if (!scratch.ok()) return scratch.status();
  auto session = load::Session::open(load_on(scratch->path() / "data", settings.stretch), nullptr);
  if (!session.ok()) return session.status();
  wait_until_at_rest(60s);
  return measure(session->name_space(), runs, settings.rate.value_or(kUsualRate), settings.stretch);
}

}  // namespace onerun::bench
