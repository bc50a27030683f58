// Load that is made up: starts, a number at a time (closed) or at a rate (open).
#pragma once

#include <chrono>

#include "session.hpp"
#include "settings.hpp"
#include "tally.hpp"

namespace onerun::load {

/// Runs the load to its end and waits for all answers. Returns how long it took.
/// Errors: unavailable if the journal of acknowledged starts can't be written.
Result<std::chrono::nanoseconds> generate(const Settings& settings, Session& session, Tally& tally);

}  // namespace onerun::load
