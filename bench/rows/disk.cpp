#include <numeric>

#include "bench/rows/compact.hpp"
#include "bench/rows/fill.hpp"
#include "bench/rows/row.hpp"

namespace onerun::bench {

/// Bytes of table files, of a store in which every run is closed and nothing else is.
Result<Figures> measure_disk(const RowSettings& settings) {
  const std::uint64_t runs = settings.runs_or(1'000'000);
  const auto scratch = make_closed(settings.dir, runs);
  if (!scratch.ok()) return scratch.status();
  const auto bytes = compact(scratch->path() / "data");
  if (!bytes.ok()) return bytes.status();
  const std::uint64_t total =
      std::accumulate(bytes->begin(), bytes->end(), std::uint64_t{0},
                      [](std::uint64_t sum, const auto& family) { return sum + family.second; });
  return Figures{{"disk",
                  static_cast<double>(total) / static_cast<double>(runs),
                  {{"runs", runs}, {"bytes", total}, {"bytes_by_family", *bytes}}}};
}

}  // namespace onerun::bench
