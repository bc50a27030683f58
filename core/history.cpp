// Names of events.
#include "onerun/history.hpp"

#include "core/names.hpp"

namespace onerun {
namespace {

constexpr core::NameTable<EventType, 13> kEventTypes{{
    {EventType::kStarted, "started"},
    {EventType::kCompleted, "completed"},
    {EventType::kFailed, "failed"},
    {EventType::kTimedOut, "timed_out"},
    {EventType::kReset, "reset"},
    {EventType::kCancelRequested, "cancel_requested"},
    {EventType::kCanceled, "canceled"},
    {EventType::kSignaled, "signaled"},
    {EventType::kTerminated, "terminated"},
    {EventType::kContinuedAsNew, "continued_as_new"},
    {EventType::kOptionsUpdated, "options_updated"},
    {EventType::kPaused, "paused"},
    {EventType::kUnpaused, "unpaused"},
}};

}  // namespace

std::string_view to_string(EventType type) { return core::name_of(kEventTypes, type); }

}  // namespace onerun
