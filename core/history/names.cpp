// Names of events.
#include "core/names.hpp"

#include <ostream>

#include "onerun/event/type.hpp"

namespace onerun {
namespace {

constexpr core::NameTable<EventType, 13> kEventTypes{{
    {EventType::kRunStarted, "run_started"},
    {EventType::kRunCompleted, "run_completed"},
    {EventType::kRunFailed, "run_failed"},
    {EventType::kRunTimedOut, "run_timed_out"},
    {EventType::kWorkflowTaskFailed, "workflow_task_failed"},
    {EventType::kRunCancelRequested, "run_cancel_requested"},
    {EventType::kRunCanceled, "run_canceled"},
    {EventType::kRunSignaled, "run_signaled"},
    {EventType::kRunTerminated, "run_terminated"},
    {EventType::kRunContinuedAsNew, "run_continued_as_new"},
    {EventType::kRunOptionsUpdated, "run_options_updated"},
    {EventType::kRunPaused, "run_paused"},
    {EventType::kRunUnpaused, "run_unpaused"},
}};

}  // namespace

std::string_view to_string(EventType type) { return core::name_of(kEventTypes, type); }

std::ostream& operator<<(std::ostream& out, EventType type) { return out << to_string(type); }

}  // namespace onerun
