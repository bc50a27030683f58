#include "bench/rows/figure.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

namespace onerun::bench {
namespace {

enum class Better { kMore, kLess };

/// What a figure should come to, on two cores with the load in the same process.
struct Target {
  const char* row;
  const char* what;
  const char* unit;
  Better better;
  std::optional<double> at_least;
  std::optional<double> reach_for = {};
};

constexpr std::array kTargets = {
    Target{"fdatasync", "append of 4 KiB and fdatasync, p50", "us", Better::kLess, std::nullopt},
    Target{"starts", "starts", "starts/s", Better::kMore, std::nullopt},
    Target{"starts-4096", "starts of new ids, 4,096 outstanding", "starts/s", Better::kMore,
           120'000, 200'000},
    Target{"starts-64", "starts of new ids, 64 outstanding", "starts/s", Better::kMore, 50'000,
           80'000},
    Target{"one-at-a-time", "one start at a time, p50 above that of fdatasync", "us", Better::kLess,
           150, 60},
    Target{"batch", "starts of new ids, 1,000 a call", "starts/s", Better::kMore, 180'000, 300'000},
    Target{"no-write", "refused, deduplicated, used existing", "answers/s", Better::kMore, 200'000,
           400'000},
    Target{"pairs", "start and complete of a new id", "pairs/s", Better::kMore, 60'000, 100'000},
    Target{"memory-store", "starts of new ids, in-memory store", "starts/s", Better::kMore, 200'000,
           400'000},
    Target{"sustained-p99", "p99 at 70 % of the peak", "ms", Better::kLess, 10, 5},
    Target{"sustained-stall", "longest answer at 70 % of the peak", "ms", Better::kLess, 200, 50},
    Target{"memory-passivated", "resident, open runs passivated", "MB", Better::kLess, 200, 100},
    Target{"memory-actor", "resident, a live actor", "KB", Better::kLess, 2.0, 1.5},
    Target{"disk", "a closed run after compaction", "B", Better::kLess, 250, 150},
    Target{"reclaim", "expired runs reclaimed while starts go on", "runs/s", Better::kMore, 100'000,
           300'000},
    Target{"reclaim-p99", "p99 of starts meanwhile, above what it is alone", "%", Better::kLess, 50,
           20},
    Target{"reopen", "open to first answer after SIGKILL", "s", Better::kLess, 3, 1},
    Target{"retained", "starts with closed runs retained, of those on an empty store", "%",
           Better::kMore, 70, 90},
    Target{"history-follow", "following a run of 50,000 events from its start, an event", "us",
           Better::kLess, 2, 1},
    Target{"history-page", "a page from the middle of it, the longest of 200", "ms", Better::kLess,
           5, 1},
};

const Target& target_of(const std::string& row) {
  const auto* const found =
      std::ranges::find_if(kTargets, [&](const Target& target) { return row == target.row; });
  if (found == kTargets.end()) throw std::logic_error("no row " + row);
  return *found;
}

nlohmann::ordered_json to_json(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nullptr;
}

}  // namespace

std::string to_line(const Figure& figure) {
  const Target& target = target_of(figure.row);
  nlohmann::ordered_json line;
  line["row"] = figure.row;
  line["what"] = target.what;
  line["value"] = figure.value;
  line["unit"] = target.unit;
  line["at_least"] = to_json(target.at_least);
  line["reach_for"] = to_json(target.reach_for);
  line["better"] = target.better == Better::kMore ? "more" : "less";
  line.update(figure.details);
  return line.dump();
}

}  // namespace onerun::bench
