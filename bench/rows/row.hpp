// The rows: each measures one thing from end to end, and gives one figure or two.
#pragma once

#include <onerun/onerun.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "bench/rows/figure.hpp"

namespace onerun::bench {

/// How large and how long.
struct RowSettings {
  std::chrono::milliseconds stretch = std::chrono::seconds(10);  ///< of load that is measured
  double scale = 1;                        ///< of the number of runs that a row needs
  std::optional<std::uint64_t> runs;       ///< instead of that number
  std::optional<double> rate;              ///< starts a second, where a row has a rate
  std::filesystem::path dir = "/var/tmp";  ///< where stores are made, and removed afterwards
  std::filesystem::path data_dir;          ///< of `retained`: kept, and filled if it is not
  // Of `starts`.
  std::uint64_t outstanding = 4096;
  std::uint64_t payload_bytes = 0;
  std::uint64_t id_count = 0;  ///< 0: every start has an id of its own
  bool zipf = false;           ///< otherwise ids are drawn uniformly

  std::uint64_t runs_or(std::uint64_t usual) const {
    const auto scaled = static_cast<std::uint64_t>(static_cast<double>(usual) * scale);
    return runs.value_or(scaled > 0 ? scaled : 1);
  }
};

/// What fdatasync takes on that disk; others are to be seen beside it.
Result<Figures> measure_fdatasync(const RowSettings& settings);

/// Starts with whatever is asked for, for the curves.
Result<Figures> measure_starts(const RowSettings& settings);
Result<Figures> measure_starts_4096(const RowSettings& settings);
Result<Figures> measure_starts_64(const RowSettings& settings);
Result<Figures> measure_one_at_a_time(const RowSettings& settings);
Result<Figures> measure_batch(const RowSettings& settings);
Result<Figures> measure_pairs(const RowSettings& settings);
Result<Figures> measure_memory_store(const RowSettings& settings);
Result<Figures> measure_sustained(const RowSettings& settings);

/// Answers of the three kinds that write nothing, for ids of which some are asked for all the time
/// and most hardly ever.
Result<Figures> measure_no_write(const RowSettings& settings);

Result<Figures> measure_memory(const RowSettings& settings);
Result<Figures> measure_disk(const RowSettings& settings);
Result<Figures> measure_reclaim(const RowSettings& settings);
Result<Figures> measure_reopen(const RowSettings& settings);
Result<Figures> measure_retained(const RowSettings& settings);

/// `runs`: the events of the one run that it reads.
Result<Figures> measure_history(const RowSettings& settings);

}  // namespace onerun::bench
