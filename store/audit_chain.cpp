#include "store/audit_chain.hpp"

#include "core/keys.hpp"
#include "core/retention.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;
using core::RunHead;
using core::RunRecord;

/// True for a run that continues the one before it; a reset copies what its base continued.
bool is_continuation(const RunRecord& run) {
  return !run.head.continued_execution_run_id.empty() && run.base_run_id.empty();
}

/// A chain is linked in both directions, and is one chain.
Status check_continued(AuditView& view, const AuditPlace& place, const RunRecord& run,
                       const RunHead& before) {
  const std::string& workflow_id = run.started.workflow_id.text();
  const std::string continued = "the run continues " + before.run_id.text();
  if (before.new_execution_run_id != run.head.run_id) {
    return view.problem(place, workflow_id,
                        continued + ", which does not name it as the next of its chain");
  }
  const bool is_one_chain =
      before.first_run() == run.head.first_run() && before.lineage_run() == run.head.lineage_run();
  return is_one_chain ? Status()
                      : view.problem(place, workflow_id,
                                     continued + ", and says that another run began their chain");
}

/// The next run of the chain is there and continues this one, or it is gone and has left a link.
Status check_next(AuditView& view, const AuditPlace& place, const RunRecord& run,
                  Timestamp latest) {
  const RunHead& head = run.head;
  const RunId& next = head.new_execution_run_id;
  if (next.empty()) return {};
  const WorkflowId& workflow_id = run.started.workflow_id;
  const auto after = view.run(place, next);
  if (!after.ok()) return after.status();
  if (*after && (*after)->started.workflow_id == workflow_id) {
    return (*after)->head.continued_execution_run_id == head.run_id
               ? Status()
               : view.problem(place, workflow_id.text(),
                              "the run names " + next.text() +
                                  " as the next of its chain, which does not continue it");
  }
  const Retention& retention = place.name_space->record.config.retention;
  if (!is_kept(place, head.close_time, core::retention_of(retention, head.status), latest)) {
    return {};
  }
  std::string link;
  const auto found =
      view.store().get(Family::kRun, keys::link(place.number, {next, workflow_id}), link);
  if (!found.ok()) return found.status();
  return *found ? Status()
                : view.problem(place, workflow_id.text(),
                               "the next run of the chain of " + head.run_id.text() + ", " +
                                   next.text() + ", is not there and has left no link");
}

/// The workflow id has not forgotten the run.
Status check_known(AuditView& view, const AuditPlace& place, const RunRecord& run,
                   const core::WorkflowState& state, Timestamp latest) {
  const std::string& workflow_id = run.started.workflow_id.text();
  if (is_older(state, run.head)) {
    return view.problem(place, workflow_id,
                        "the head of the workflow id is older than run " + run.head.run_id.text());
  }
  const Retention& retention = place.name_space->record.config.retention;
  const bool is_used = is_kept(place, run.head.close_time,
                               core::id_retention_of(retention, run.head.status), latest);
  return state.current || state.last || !is_used
             ? Status()
             : view.problem(place, workflow_id,
                            "the workflow id has no head, and its run " + run.head.run_id.text() +
                                " has not expired; unless the clock was set back");
}

}  // namespace

bool is_older(const core::WorkflowState& state, const RunHead& run) {
  if (run.previous_run_id.empty()) return false;
  if (state.current) {
    const RunHead& current = *state.current;
    return current.run_id == run.previous_run_id && is_closed(current.status) &&
           current.close_time <= run.start_time && current.previous_run_id != run.run_id;
  }
  return state.last && state.last->run_id == run.previous_run_id &&
         state.last->gone_close_time <= run.start_time;
}

Status check_before(AuditView& view, const AuditPlace& place, const RunRecord& run) {
  const std::string& workflow_id = run.started.workflow_id.text();
  const RunId& before = run.head.previous_run_id;
  if (is_continuation(run) && run.head.continued_execution_run_id != before) {
    return view.problem(place, workflow_id,
                        "the run continues " + run.head.continued_execution_run_id.text() +
                            ", which is not the one before it");
  }
  if (before.empty()) return {};
  const auto previous = view.run(place, before);
  if (!previous.ok()) return previous.status();
  if (!*previous || (*previous)->started.workflow_id != run.started.workflow_id) return {};
  const RunHead& head = (*previous)->head;
  // A start that waits, or a run that began later, has brought the id of one that is gone; unless
  // it says itself that this run came after it.
  const bool is_later =
      head.status == RunStatus::kUnspecified || head.start_time >= run.head.start_time;
  if (is_later && head.new_execution_run_id != run.head.run_id) return {};
  const bool leads_back = is_closed(head.status) && head.close_time <= run.head.start_time;
  if (!leads_back) {
    return view.problem(place, workflow_id,
                        "the run before it, " + before.text() + ", had not closed when it began");
  }
  return is_continuation(run) ? check_continued(view, place, run, head) : Status();
}

Status check_after(AuditView& view, const AuditPlace& place, const RunRecord& run,
                   Timestamp latest) {
  const auto state = view.head(place, run.started.workflow_id);
  if (!state.ok()) return state.status();
  // Of the current run all is said when the head is looked at.
  const bool is_current =
      *state && (*state)->current && (*state)->current->run_id == run.head.run_id;
  if (is_current) return {};
  Status next = check_next(view, place, run, latest);
  return next.ok() && *state ? check_known(view, place, run, **state, latest) : next;
}

}  // namespace onerun::store
