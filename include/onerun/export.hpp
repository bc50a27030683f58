// The macro that marks what the shared library exports. Everything else is hidden.
#pragma once

#if defined(__GNUC__) || defined(__clang__)
#define ONERUN_EXPORT [[gnu::visibility("default")]]
#else
#define ONERUN_EXPORT
#endif
