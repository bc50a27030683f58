// The runs of a workflow id, along the links that they have anyway: no index is needed for them.
#include <utility>

#include "core/text.hpp"
#include "onerun/limits.hpp"
#include "store/candidates.hpp"
#include "store/stored.hpp"

namespace onerun::store {
namespace {

using Run = std::optional<core::RunRecord>;

Status too_many_removed(const WorkflowId& workflow_id) {
  return Status(StatusCode::kResourceExhausted,
                "workflow id \"" + core::printable(workflow_id.text()) + "\" has more than " +
                    std::to_string(limits::kRemovedRuns) + " removed runs in a row",
                Exhausted{"removed_runs", limits::kRemovedRuns, 1, limits::kRemovedRuns});
}

}  // namespace

LinkedRuns::LinkedRuns(const Store& store, core::NamespaceNumber name_space, WorkflowId workflow_id,
                       RunId first)
    : store_(store),
      name_space_(name_space),
      workflow_id_(std::move(workflow_id)),
      first_(std::move(first)),
      next_(first_) {}

/// Where a run is gone its link leads on; also where its id has been brought again for a later one.
Result<Run> LinkedRuns::next() {
  Status begun = std::exchange(is_first_, false) ? begin() : Status();
  if (!begun.ok()) return begun;
  while (!next_.empty()) {
    auto run = read(next_);
    if (!run.ok()) return run;
    const auto is_next = *run ? leads_back((*run)->head) : Result<bool>(false);
    if (!is_next.ok()) return is_next.status();
    if (*is_next) {
      followed_.clear();
      links_ = 0;
      next_ = (*run)->head.previous_run_id;
      return run;
    }
    if (++links_ > limits::kRemovedRuns) return too_many_removed(workflow_id_);
    auto before = followed_.insert(next_).second ? before_link(next_) : Result<RunId>(RunId());
    if (!before.ok()) return before.status();
    next_ = std::move(*before);
  }
  return Run();
}

/// False for a run that was given already, or came later than the last one.
Result<bool> LinkedRuns::leads_back(const core::RunHead& run) {
  if (run.start_time > last_start_) return false;
  if (run.start_time != last_start_) of_last_start_.clear();
  last_start_ = run.start_time;
  if (!of_last_start_.insert(run.run_id).second) return false;
  if (run.run_id == first_) first_start_ = run.start_time;
  if (run.run_id == first_ || run.start_time != first_start_) return true;
  // It began in the same instant as the first one here. If the way goes round, it may have been
  // given before that.
  const auto goes_round = leads_to_first(run.previous_run_id);
  if (!goes_round.ok()) return goes_round.status();
  const auto is_later = *goes_round ? comes_before_first(run.run_id) : Result<bool>(false);
  if (!is_later.ok()) return is_later.status();
  return !*is_later;
}

/// True if the way from there leads to the run that the walk began with.
Result<bool> LinkedRuns::leads_to_first(RunId at) const {
  for (std::size_t steps = 0; steps < limits::kRemovedRuns && !at.empty(); ++steps) {
    if (at == first_) return true;
    const auto run = read(at);
    if (!run.ok()) return run.status();
    if (*run && (*run)->head.start_time != first_start_) return false;
    auto before = *run ? Result<RunId>((*run)->head.previous_run_id) : before_link(at);
    if (!before.ok()) return before.status();
    at = std::move(*before);
  }
  return false;
}

/// True if the way from the current run comes to that run before it comes to the first one here.
Result<bool> LinkedRuns::comes_before_first(const RunId& run_id) const {
  LinkedRuns all(store_, name_space_, workflow_id_, {});
  while (true) {
    const auto run = all.next();
    if (!run.ok()) return run.status();
    if (!*run || (*run)->head.run_id == first_) return false;
    if ((*run)->head.run_id == run_id) return true;
  }
}

/// Without a run to begin with, or if it is gone, the head says where the way begins.
Status LinkedRuns::begin() {
  if (!next_.empty()) {
    const auto run = read(next_);
    if (!run.ok() || *run) return run.status();
  }
  const auto id = read_state(store_, name_space_, workflow_id_);
  if (!id.ok()) return id.status();
  next_ = id->previous_run_id();
  return {};
}

/// The run before one that is gone; empty if it has left no link.
Result<RunId> LinkedRuns::before_link(const RunId& run_id) const {
  auto link = read_link(store_, name_space_, {run_id, workflow_id_});
  if (!link.ok()) return link.status();
  return *link ? std::move((*link)->previous_run_id) : RunId();
}

Result<Run> LinkedRuns::read(const RunId& run_id) const {
  auto stored = read_run(store_, name_space_, run_id);
  if (!stored.ok()) return stored.status();
  if (!*stored) return Run();
  core::RunRecord& run = (*stored)->run;
  // A start that waits may have brought the id of a run that is gone.
  const bool is_it =
      run.started.workflow_id == workflow_id_ && run.head.status != RunStatus::kUnspecified;
  return is_it ? Run(std::move(run)) : Run();
}

}  // namespace onerun::store
