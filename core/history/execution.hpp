// Events of a run as a whole: their fields in the store, and what they do to a run.
#pragma once

#include <limits>
#include <tuple>

#include "core/history/fields.hpp"
#include "core/history/run_record.hpp"
#include "onerun/event/execution.hpp"

namespace onerun::core {

// The parts of `fold` (core/history/fold.hpp) for these kinds of events.
void fold_event(RunHead& run, Timestamp time, const event::RunStarted& event);
void fold_event(RunHead& run, Timestamp time, const event::RunCompleted& event);
void fold_event(RunHead& run, Timestamp time, const event::RunFailed& event);
void fold_event(RunHead& run, Timestamp time, const event::RunTimedOut& event);
void fold_event(RunHead& run, Timestamp time, const event::RunCanceled& event);
void fold_event(RunHead& run, Timestamp time, const event::RunTerminated& event);
void fold_event(RunHead& run, Timestamp time, const event::RunContinuedAsNew& event);
void fold_event(RunHead& run, Timestamp time, const event::RunCancelRequested& event);
void fold_event(RunHead& run, Timestamp time, const event::RunOptionsUpdated& event);
void fold_event(RunHead& run, Timestamp time, const event::RunPaused& event);
void fold_event(RunHead& run, Timestamp time, const event::RunUnpaused& event);

void fold_details(RunRecord& run, Timestamp time, event::RunStarted&& event);
void fold_details(RunRecord& run, Timestamp time, event::RunCompleted&& event);
void fold_details(RunRecord& run, Timestamp time, event::RunFailed&& event);
void fold_details(RunRecord& run, Timestamp time, event::RunTimedOut&& event);
void fold_details(RunRecord& run, Timestamp time, event::RunCanceled&& event);
void fold_details(RunRecord& run, Timestamp time, event::RunTerminated&& event);
void fold_details(RunRecord& run, Timestamp time, event::RunContinuedAsNew&& event);
void fold_details(RunRecord& run, Timestamp time, event::RunCancelRequested&& event);
void fold_details(RunRecord& run, Timestamp time, event::RunOptionsUpdated&& event);
void fold_details(RunRecord& run, Timestamp time, event::RunPaused&& event);
void fold_details(RunRecord& run, Timestamp time, event::RunUnpaused&& event);

/// When a run will have taken too long. Source: specification section 5.
std::optional<Timestamp> run_deadline_of(Timestamp time, const event::RunStarted& event);
std::optional<Timestamp> run_deadline(Timestamp execution_time, Duration run_timeout,
                                      const std::optional<Timestamp>& execution_deadline);

/// The status of a run that an event of that kind closes; kUnspecified if it closes none.
template <class Attributes>
inline constexpr RunStatus kClosedBy = RunStatus::kUnspecified;
template <>
inline constexpr RunStatus kClosedBy<event::RunCompleted> = RunStatus::kCompleted;
template <>
inline constexpr RunStatus kClosedBy<event::RunFailed> = RunStatus::kFailed;
template <>
inline constexpr RunStatus kClosedBy<event::RunTimedOut> = RunStatus::kTimedOut;
template <>
inline constexpr RunStatus kClosedBy<event::RunCanceled> = RunStatus::kCanceled;
template <>
inline constexpr RunStatus kClosedBy<event::RunTerminated> = RunStatus::kTerminated;
template <>
inline constexpr RunStatus kClosedBy<event::RunContinuedAsNew> = RunStatus::kContinuedAsNew;

template <>
struct Fields<event::RunStarted> {
  using Record = event::RunStarted;
  static constexpr auto kAll = std::tuple(
      field(3, &Record::workflow_id), field(4, &Record::request_id),
      field(5, &Record::workflow_type), field(6, &Record::input), field(7, &Record::memo),
      field(8, &Record::search_attributes), field(27, &Record::header),
      field(28, &Record::task_queue), field(29, &Record::workflow_task_timeout),
      field(30, &Record::parent), field(9, &Record::identity),
      field(17, &Record::execution_timeout), field(18, &Record::run_timeout),
      field(19, &Record::retry_policy), field(22, &Record::cron_schedule),
      field(10, &Record::previous_run_id), field(26, &Record::clock_at_start),
      field(11, &Record::first_execution_run_id), field(12, &Record::continued_execution_run_id),
      field(25, &Record::lineage_run_id),
      number_field(13, &Record::initiator, Initiator::kUnspecified, Initiator::kWorkflow,
                   Initiator::kCronSchedule),
      number_field(14, &Record::attempt, 1, 1, std::numeric_limits<std::uint32_t>::max()),
      field(15, &Record::backoff), field(16, &Record::execution_deadline),
      field(20, &Record::continued_failure), field(23, &Record::last_completion_result),
      field(21, &Record::chain_request_ids));
};

template <>
struct Fields<event::RunCompleted> {
  using Record = event::RunCompleted;
  static constexpr auto kAll = std::tuple(field(3, &Record::result), field(6, &Record::identity),
                                          field(7, &Record::new_execution_run_id));
};

template <>
struct Fields<event::RunFailed> {
  using Record = event::RunFailed;
  static constexpr auto kAll =
      std::tuple(field(4, &Record::failure), field(6, &Record::identity),
                 field(7, &Record::new_execution_run_id),
                 number_field(8, &Record::retry_state, RetryState::kRetryPolicyNotSet,
                              RetryState::kUnspecified, RetryState::kRetryPolicyNotSet));
};

template <>
struct Fields<event::RunTimedOut> {
  using Record = event::RunTimedOut;
  static constexpr auto kAll =
      std::tuple(field(7, &Record::new_execution_run_id),
                 number_field(8, &Record::retry_state, RetryState::kRetryPolicyNotSet,
                              RetryState::kUnspecified, RetryState::kRetryPolicyNotSet));
};

template <>
struct Fields<event::RunCanceled> {
  using Record = event::RunCanceled;
  static constexpr auto kAll = std::tuple(field(3, &Record::details), field(6, &Record::identity));
};

template <>
struct Fields<event::RunTerminated> {
  using Record = event::RunTerminated;
  static constexpr auto kAll = std::tuple(field(3, &Record::details), field(5, &Record::reason),
                                          field(6, &Record::identity));
};

template <>
struct Fields<event::RunContinuedAsNew> {
  using Record = event::RunContinuedAsNew;
  static constexpr auto kAll =
      std::tuple(field(6, &Record::identity), field(7, &Record::new_execution_run_id));
};

template <>
struct Fields<event::RunCancelRequested> {
  using Record = event::RunCancelRequested;
  static constexpr auto kAll = std::tuple(field(3, &Record::reason), field(4, &Record::identity));
};

template <>
struct Fields<event::RunOptionsUpdated> {
  using Record = event::RunOptionsUpdated;
  static constexpr auto kAll = std::tuple(field(3, &Record::attached_request_id));
};

template <>
struct Fields<event::RunPaused> {
  using Record = event::RunPaused;
  static constexpr auto kAll = std::tuple(field(3, &Record::reason), field(4, &Record::identity),
                                          field(5, &Record::request_id));
};

template <>
struct Fields<event::RunUnpaused> {
  using Record = event::RunUnpaused;
  static constexpr auto kAll = std::tuple(field(3, &Record::reason), field(4, &Record::identity),
                                          field(5, &Record::request_id));
};

}  // namespace onerun::core
