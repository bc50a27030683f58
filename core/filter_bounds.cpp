// What all runs that match a filter have in common.
#include <algorithm>
#include <iterator>

#include "core/filter.hpp"

namespace onerun::core {
namespace {

constexpr Duration kMillisecond(1);

StatusSet statuses_that(bool (*have_it)(RunStatus)) {
  StatusSet set;
  for (std::size_t number = 0; number < set.size(); ++number) {
    set[number] = have_it(static_cast<RunStatus>(number));
  }
  return set;
}

StatusSet open_statuses() {
  return statuses_that([](RunStatus status) { return is_open(status); });
}
StatusSet closed_statuses() {
  return statuses_that([](RunStatus status) { return is_closed(status); });
}

FilterBounds everything() {
  FilterBounds bounds;
  bounds.statuses = open_statuses() | closed_statuses();
  return bounds;
}

// Without a status there is no run.
FilterBounds nothing() { return {}; }

Timestamp at_or_after(const FilterTime& time) {
  return time.is_later ? time.rounded_down + kMillisecond : time.rounded_down;
}

/// The test that is true where this one is false, of a value that is there; kIsNull if none is.
FilterTest opposite_of(FilterTest test) {
  switch (test) {
    case FilterTest::kLess: return FilterTest::kGreaterOrEqual;
    case FilterTest::kLessOrEqual: return FilterTest::kGreater;
    case FilterTest::kGreater: return FilterTest::kLessOrEqual;
    case FilterTest::kGreaterOrEqual: return FilterTest::kLess;
    case FilterTest::kOneOf:
    case FilterTest::kBetween:
    case FilterTest::kStartsWith:
    case FilterTest::kIsNull: return FilterTest::kIsNull;
  }
  return FilterTest::kIsNull;
}

/// Of a condition on the start time, which every run has.
FilterBounds bounds_by_start(const FilterCondition& condition) {
  const auto& times = std::get<std::vector<FilterTime>>(condition.values);
  FilterBounds bounds = everything();
  switch (condition.negated ? opposite_of(condition.test) : condition.test) {
    case FilterTest::kOneOf:
    case FilterTest::kBetween:
      bounds.earliest_start = at_or_after(times.front());
      bounds.latest_start = times.back().rounded_down;
      break;
    case FilterTest::kLess: bounds.latest_start = at_or_after(times[0]) - kMillisecond; break;
    case FilterTest::kLessOrEqual: bounds.latest_start = times[0].rounded_down; break;
    case FilterTest::kGreater: bounds.earliest_start = times[0].rounded_down + kMillisecond; break;
    case FilterTest::kGreaterOrEqual: bounds.earliest_start = at_or_after(times[0]); break;
    case FilterTest::kStartsWith:
    case FilterTest::kIsNull: break;
  }
  return bounds;
}

FilterBounds bounds_by_status(const FilterCondition& condition) {
  FilterBounds bounds = everything();
  StatusSet named;
  for (const RunStatus status : std::get<std::vector<RunStatus>>(condition.values)) {
    named.set(static_cast<std::size_t>(status));
  }
  bounds.statuses &= condition.negated ? ~named : named;
  return bounds;
}

/// Of any test but kIsNull: all others are true only of a time that is there, unless negated.
FilterBounds bounds_by_close(const FilterCondition& condition) {
  FilterBounds bounds = everything();
  if (!condition.negated) bounds.statuses = closed_statuses();
  return bounds;
}

template <class Id>
std::optional<std::vector<Id>> ids_of(const FilterCondition& condition) {
  if (condition.test != FilterTest::kOneOf || condition.negated) return std::nullopt;
  std::vector<Id> ids;
  for (const std::string& text : std::get<std::vector<std::string>>(condition.values)) {
    ids.emplace_back(text);
  }
  std::ranges::sort(ids);  // ids of runs have another order than their texts
  return ids;
}

FilterBounds bounds_of_null(const FilterCondition& condition) {
  FilterBounds bounds = everything();
  if (condition.field == FilterField::kSearchAttribute) return bounds;
  if (condition.field != FilterField::kCloseTime) return condition.negated ? bounds : nothing();
  bounds.statuses = condition.negated ? closed_statuses() : open_statuses();
  return bounds;
}

FilterBounds bounds_of_condition(const FilterCondition& condition) {
  if (condition.test == FilterTest::kIsNull) return bounds_of_null(condition);
  FilterBounds bounds = everything();
  switch (condition.field) {
    case FilterField::kWorkflowId: bounds.workflow_ids = ids_of<WorkflowId>(condition); break;
    case FilterField::kRunId: bounds.run_ids = ids_of<RunId>(condition); break;
    case FilterField::kExecutionStatus: return bounds_by_status(condition);
    case FilterField::kStartTime: return bounds_by_start(condition);
    case FilterField::kCloseTime: return bounds_by_close(condition);
    case FilterField::kWorkflowType:
    case FilterField::kFirstExecutionRunId:
    case FilterField::kExecutionTime:
    case FilterField::kTaskQueue:
    case FilterField::kSearchAttribute: break;
  }
  return bounds;
}

template <class Id>
using Ids = std::optional<std::vector<Id>>;

template <class Id>
Ids<Id> in_both(const Ids<Id>& a, const Ids<Id>& b) {
  if (!a || !b) return a ? a : b;
  Ids<Id> both(std::in_place);
  std::ranges::set_intersection(*a, *b, std::back_inserter(*both));
  return both;
}

template <class Id>
Ids<Id> in_either(const Ids<Id>& a, const Ids<Id>& b) {
  if (!a || !b) return std::nullopt;
  Ids<Id> either(std::in_place);
  std::ranges::set_union(*a, *b, std::back_inserter(*either));
  return either;
}

FilterBounds both_of(const FilterBounds& a, const FilterBounds& b) {
  return {.workflow_ids = in_both(a.workflow_ids, b.workflow_ids),
          .run_ids = in_both(a.run_ids, b.run_ids),
          .statuses = a.statuses & b.statuses,
          .earliest_start = std::max(a.earliest_start, b.earliest_start),
          .latest_start = std::min(a.latest_start, b.latest_start)};
}

FilterBounds either_of(const FilterBounds& a, const FilterBounds& b) {
  if (a.admits_nothing()) return b;
  if (b.admits_nothing()) return a;
  return {.workflow_ids = in_either(a.workflow_ids, b.workflow_ids),
          .run_ids = in_either(a.run_ids, b.run_ids),
          .statuses = a.statuses | b.statuses,
          .earliest_start = std::min(a.earliest_start, b.earliest_start),
          .latest_start = std::max(a.latest_start, b.latest_start)};
}

struct Bounder {
  FilterBounds operator()(const FilterAllOf& all) const {
    FilterBounds bounds = everything();
    for (const Filter& part : all.parts) bounds = both_of(bounds, bounds_of(part));
    return bounds;
  }

  FilterBounds operator()(const FilterAnyOf& any) const {
    FilterBounds bounds = nothing();
    for (const Filter& part : any.parts) bounds = either_of(bounds, bounds_of(part));
    return bounds;
  }

  FilterBounds operator()(const FilterCondition& condition) const {
    return bounds_of_condition(condition);
  }
};

template <class Id>
bool contains(const Ids<Id>& ids, const Id& id) {
  return !ids || std::ranges::binary_search(*ids, id);
}

}  // namespace

bool FilterBounds::admits(const FilteredRun& run) const {
  return contains(workflow_ids, run.workflow_id) && contains(run_ids, run.run_id) &&
         statuses[static_cast<std::size_t>(run.status)] && run.start_time >= earliest_start &&
         run.start_time <= latest_start;
}

bool FilterBounds::admits_nothing() const {
  return (workflow_ids && workflow_ids->empty()) || (run_ids && run_ids->empty()) ||
         statuses.none() || earliest_start > latest_start;
}

FilterBounds bounds_of(const Filter& filter) { return std::visit(Bounder{}, filter.node); }

}  // namespace onerun::core
