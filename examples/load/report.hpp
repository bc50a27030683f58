// The results: a table for people, JSON for programs.
#pragma once

#include <onerun/onerun.hpp>

#include <chrono>
#include <iosfwd>

#include "replay.hpp"
#include "settings.hpp"
#include "tally.hpp"

namespace onerun::load {

/// Returns an error if the results can't be written where they should be; before the work, not
/// after it.
Status check_results_file(const Settings& settings);

void print_generated(std::ostream& out, const Settings& settings, const Tally& tally,
                     std::chrono::nanoseconds took);
void print_replayed(std::ostream& out, const Settings& settings, const Tally& tally,
                    const ReplayResult& result);

/// Write the file that the settings name, if they name one.
/// Errors: unavailable.
Status write_generated(const Settings& settings, const Tally& tally, std::chrono::nanoseconds took);
Status write_replayed(const Settings& settings, const Tally& tally, const ReplayResult& result);

}  // namespace onerun::load
