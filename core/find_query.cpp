#include "core/find_query.hpp"

#include <algorithm>
#include <utility>

namespace onerun::core {
namespace {

bool is_indexed(FilterField field) {
  switch (field) {
    case FilterField::kRunId:
    case FilterField::kExecutionStatus:
    case FilterField::kStartTime:
    case FilterField::kCloseTime: return true;
    case FilterField::kWorkflowId:
    case FilterField::kWorkflowType:
    case FilterField::kTaskQueue:
    case FilterField::kFirstExecutionRunId:
    case FilterField::kExecutionTime:
    case FilterField::kSearchAttribute: return false;
  }
  return false;
}

/// True if no condition asks for what only the run itself has.
struct IndexDecides {
  bool operator()(const FilterAllOf& all) const { return of(all.parts); }
  bool operator()(const FilterAnyOf& any) const { return of(any.parts); }
  bool operator()(const FilterCondition& condition) const { return is_indexed(condition.field); }

  static bool of(const std::vector<Filter>& parts) {
    return std::ranges::all_of(
        parts, [](const Filter& part) { return std::visit(IndexDecides{}, part.node); });
  }
};

/// Whether the filter matches a run as far as the index has it.
bool matches_indexed(const Filter& filter, const IndexedRun& run, RunStatus status) {
  const WorkflowId no_workflow_id;
  const std::string no_text;
  const SearchAttributes no_attributes;
  return filter.matches({.workflow_id = no_workflow_id,
                         .run_id = run.place.run_id,
                         .first_execution_run_id = run.place.run_id,
                         .workflow_type = no_text,
                         .task_queue = no_text,
                         .status = status,
                         .start_time = run.place.start_time,
                         .execution_time = run.place.start_time,
                         .close_time = run.close_time,
                         .search_attributes = no_attributes});
}

}  // namespace

FindQuery::FindQuery(std::string text, Filter filter)
    : text_(std::move(text)),
      filter_(std::move(filter)),
      bounds_(bounds_of(filter_)),
      index_decides_(std::visit(IndexDecides{}, filter_.node)) {}

Result<FindQuery> FindQuery::parse(std::string_view filter) {
  auto parsed = parse_filter(filter);
  if (!parsed.ok()) return parsed.status();
  return FindQuery(std::string(filter), std::move(*parsed));
}

Verdict FindQuery::judge(const IndexedRun& run) const {
  const Timestamp start = run.place.start_time;
  if (start < bounds_.earliest_start || start > bounds_.latest_start) return Verdict::kDoesNotMatch;
  if (!index_decides_) return Verdict::kAskTheRun;
  const bool matches = matches_indexed(filter_, run, run.status);
  // Which of the open statuses a run has is not in the index.
  if (is_open(run.status) && matches_indexed(filter_, run, RunStatus::kPaused) != matches) {
    return Verdict::kAskTheRun;
  }
  return matches ? Verdict::kMatches : Verdict::kDoesNotMatch;
}

bool FindQuery::matches(const RunRecord& run) const {
  const RunHead& head = run.head;
  return filter_.matches(
      {.workflow_id = run.started.workflow_id,
       .run_id = head.run_id,
       .first_execution_run_id = head.first_run(),
       .workflow_type = run.started.workflow_type,
       .task_queue = run.started.task_queue,
       .status = head.status,
       .start_time = head.start_time,
       .execution_time = head.execution_time(),
       .close_time = is_closed(head.status) ? std::optional(head.close_time) : std::nullopt,
       .search_attributes = run.started.search_attributes});
}

}  // namespace onerun::core
