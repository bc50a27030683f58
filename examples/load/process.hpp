// What the system says of this process.
#pragma once

#include <onerun/status.hpp>

#include <cstdint>
#include <string>

namespace onerun::load {

/// Resident memory.
std::uint64_t resident_bytes();

/// Time of the processor that this process has used.
double cpu_seconds();

/// What `errno` says of something that failed, as unavailable.
Status system_error(const std::string& what);

}  // namespace onerun::load
