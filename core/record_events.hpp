// The fields of events in a history, and how one event is told from the next.
#pragma once

#include "core/record_values.hpp"

namespace onerun::core {

// Fields that every event has.
enum EventField : unsigned { kType = 1, kTime = 2 };

// Fields of particular kinds of event.
enum StartedField : unsigned {
  kWorkflowId = 3,
  kRequestId = 4,
  kWorkflowType = 5,
  kInput = 6,
  kMemo = 7,
  kTag = 8,
  kStartedIdentity = 9,
  kPreviousRunId = 10,
  kFirstExecutionRunId = 11,
  kContinuedExecutionRunId = 12,
  kInitiator = 13,
  kAttempt = 14,
  kBackoff = 15,
  kExecutionDeadline = 16,
  kExecutionTimeout = 17,
  kRunTimeout = 18,
  kRetryPolicy = 19,
  kContinuedFailure = 20,
  kChainRequestId = 21,
  kCronSchedule = 22,
  kLastCompletionResult = 23,
  kQueueDeadline = 24,  // of a start that waits
  kLineageRunId = 25,
  kClockAtStart = 26,
};
enum ClosedField : unsigned {
  kResult = 3,
  kFailure = 4,
  kCloseReason = 5,
  kCloseIdentity = 6,
  kNewExecutionRunId = 7,
  kRetryState = 8,
};
enum CancelField : unsigned { kCancelReason = 3, kCancelIdentity = 4 };
enum OptionsField : unsigned { kAttachedRequestId = 3 };
enum SignaledField : unsigned {
  kSignalName = 3,
  kSignalInput = 4,
  kSignalRequestId = 5,
  kSignalIdentity = 6,
};

enum PauseField : unsigned { kPauseReason = 3, kPauseIdentity = 4, kPauseRequestId = 5 };
enum ResetField : unsigned {
  kBaseRunId = 3,
  kResetRequestId = 4,
  kResetReason = 5,
  kResetIdentity = 6,
  kResetPreviousRunId = 7,
  kResetOriginalRunId = 8,
  kResetLineageRunId = 9,
  kResetExecutionDeadline = 10,
  kResetChainRequestId = 11,
  kDroppedSignal = 12,
  kResetClockAtStart = 13,
};
enum ResetNotedField : unsigned { kResetRunId = 3 };

// Records among a run's events that are none: their numbers are above those of Temporal's.
inline constexpr EventType kResetNoted = static_cast<EventType>(1000);
inline constexpr EventType kStartQueued = static_cast<EventType>(1001);

/// The status of a run that an event of that type closes; kUnspecified if it closes none.
constexpr RunStatus closed_by(EventType type) {
  switch (type) {
    case EventType::kCompleted: return RunStatus::kCompleted;
    case EventType::kFailed: return RunStatus::kFailed;
    case EventType::kTimedOut: return RunStatus::kTimedOut;
    case EventType::kCanceled: return RunStatus::kCanceled;
    case EventType::kTerminated: return RunStatus::kTerminated;
    case EventType::kContinuedAsNew: return RunStatus::kContinuedAsNew;
    default: return RunStatus::kUnspecified;
  }
}

/// An event before its own fields are read: kind and time lead every event, in that order.
struct RawEvent {
  EventType type;
  Timestamp time;
  std::string_view fields;
};

/// What a reset says of itself.
void write_reset_point(wire::Writer& out, const ResetPoint& point);
bool read_reset_point(const wire::Field& field, ResetPoint& point);

/// Makes the run what the reset makes of what was copied.
void fold_reset_point(const ResetPoint& point, RunRecord& run);

/// Takes the first event off a history. Returns `corrupt` if there is none.
Result<RawEvent> take_event(std::string_view& history);

}  // namespace onerun::core
