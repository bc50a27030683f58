// The version of the library, and of the bytes that it writes.
#pragma once

#define ONERUN_VERSION_MAJOR 0
#define ONERUN_VERSION_MINOR 1
#define ONERUN_VERSION_PATCH 0
#define ONERUN_VERSION "0.1.0"

namespace onerun {

/// The on-disk format that this library writes (docs/format.md). A newer one is refused.
inline constexpr unsigned kFormatVersion = 3;

}  // namespace onerun
