// What the system says of this process.
#pragma once

#include <onerun/status.hpp>

#include <cstdint>
#include <string>

namespace onerun::load {

/// Resident memory.
std::uint64_t resident_bytes();

/// The most of it that there was, since the process began or the last `forget_peak_resident`.
std::uint64_t peak_resident_bytes();

/// Returns whether the system lets it; otherwise the peak stays.
bool forget_peak_resident();

/// Time of the processor that this process has used.
double cpu_seconds();

/// What `errno` says of something that failed, as unavailable.
Status system_error(const std::string& what);

}  // namespace onerun::load
