// The kinds of events that a history is made of.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string_view>

#include "onerun/export.hpp"

namespace onerun {

/// Kind of an event. Numbers are those of Temporal's history events.
/// Source: specification section 10.
enum class EventType : std::uint16_t {
  kRunStarted = 1,
  kRunCompleted = 2,
  kRunFailed = 3,
  kRunTimedOut = 4,
  kWorkflowTaskFailed = 9,  ///< here: a reset began the run; the events before it were copied
  kRunCancelRequested = 20,
  kRunCanceled = 21,
  kRunSignaled = 26,
  kRunTerminated = 27,
  kRunContinuedAsNew = 28,
  kRunOptionsUpdated = 55,
  kRunPaused = 58,
  kRunUnpaused = 59,
};

/// Name of the value in lower case with underscores (`run_cancel_requested`), or "unknown".
ONERUN_EXPORT std::string_view to_string(EventType type);

ONERUN_EXPORT std::ostream& operator<<(std::ostream& out, EventType type);

}  // namespace onerun
