// Load that is made up: starts, or all operations in a mix; a number at a time, or at a rate.
#pragma once

#include <chrono>

#include "journal.hpp"
#include "session.hpp"
#include "settings.hpp"
#include "tally.hpp"

namespace onerun::load {

/// Runs the load to its end and waits for all answers. Returns how long it took.
std::chrono::nanoseconds generate(const Settings& settings, Session& session, Journal& journal,
                                  Tally& tally);

}  // namespace onerun::load
