// What the machine says of this process and of its disk.
#pragma once

#include <onerun/status.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "histogram.hpp"

namespace onerun::bench {

/// Resident memory once the allocator has given back what is free.
std::uint64_t resident_bytes_in_use();

/// Waits until this process does next to nothing: merges of tables are over. Not longer than that.
void wait_until_at_rest(std::chrono::seconds longest);

/// Appends 4 KiB to a new file with room for it, and makes them durable, so many times.
/// Errors: as the system says.
Status time_fdatasync(const std::filesystem::path& parent, std::uint64_t times,
                      load::LatencyHistogram& took);

}  // namespace onerun::bench
