// A run for filters to look at, which keeps what a FilteredRun refers to.
#pragma once

#include <string>

#include "core/filter.hpp"

namespace onerun::core::test {

struct KeptRun {
  WorkflowId workflow_id{"order-17"};
  RunId run_id{std::string_view("018e4c5a-9a00-7001-8000-0000000000aa")};
  RunId first_execution_run_id{std::string_view("first run")};
  std::string workflow_type = "order";
  std::string task_queue = "orders";
  RunStatus status = RunStatus::kRunning;
  Timestamp start_time{Duration(1'795'341'600'000)};  // 2026-11-22T10:00:00Z
  Timestamp execution_time = start_time + Duration(500);
  std::optional<Timestamp> close_time = {};
  SearchAttributes search_attributes = {};

  FilteredRun as_filtered() const {
    return {.workflow_id = workflow_id,
            .run_id = run_id,
            .first_execution_run_id = first_execution_run_id,
            .workflow_type = workflow_type,
            .task_queue = task_queue,
            .status = status,
            .start_time = start_time,
            .execution_time = execution_time,
            .close_time = close_time,
            .search_attributes = search_attributes};
  }
};

}  // namespace onerun::core::test
