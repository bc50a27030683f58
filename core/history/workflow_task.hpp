// Events of workflow tasks: their fields in the store, and what they do to a run.
#pragma once

#include <tuple>

#include "core/history/fields.hpp"
#include "core/history/run_record.hpp"
#include "onerun/event/workflow_task.hpp"

namespace onerun::core {

// The parts of `fold` (core/history/fold.hpp) for these kinds of events.
void fold_event(RunHead& run, Timestamp time, const event::WorkflowTaskFailed& event);
void fold_details(RunRecord& run, Timestamp time, event::WorkflowTaskFailed&& event);

template <>
struct Fields<event::WorkflowTaskFailed> {
  using Record = event::WorkflowTaskFailed;
  static constexpr auto kAll = std::tuple(
      field(3, &Record::base_run_id), field(4, &Record::request_id), field(5, &Record::reason),
      field(6, &Record::identity), field(7, &Record::previous_run_id),
      field(8, &Record::original_execution_run_id), field(9, &Record::lineage_run_id),
      field(10, &Record::execution_deadline), field(11, &Record::chain_request_ids),
      field(12, &Record::dropped_signals), field(13, &Record::clock_at_start));
};

}  // namespace onerun::core
