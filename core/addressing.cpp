#include "core/addressing.hpp"

#include "core/fault.hpp"
#include "core/retention.hpp"
#include "core/text.hpp"

namespace onerun::core {

const RunHead* find_run(const WorkflowState& state, const RunRef& ref, const Facts& facts) {
  const std::optional<RunHead>& other = facts.known.other_run;
  const RunHead* run = other && other->run_id == ref.run_id ? &*other : nullptr;
  if (state.current && (ref.run_id.empty() || ref.run_id == state.current->run_id)) {
    run = facts.known.current_is_gone ? nullptr : &*state.current;
  }
  const bool is_there = run != nullptr && run->status != RunStatus::kUnspecified &&
                        !is_expired(facts.config.retention, *run, facts.now);
  return is_there ? run : nullptr;
}

const RunHead* current_run(const WorkflowState& state, const Retention& retention, Timestamp now) {
  const RunHead* current = state.current ? &*state.current : nullptr;
  const bool is_gone = current != nullptr && is_id_expired(retention, *current, now);
  return is_gone ? nullptr : current;
}

Result<const RunHead*> existing_run(const WorkflowState& state, const RunRef& ref,
                                    const RunId& chain, const Facts& facts) {
  Status expected = check_current(state, ref, facts);
  if (!expected.ok()) return expected;
  // A chain check addresses the current run, whatever run id came with it (section 3.7).
  const RunRef addressed{ref.workflow_id, chain.empty() ? ref.run_id : RunId()};
  const RunHead* run = find_run(state, addressed, facts);
  if (run == nullptr) return no_such_run(addressed);
  return run;
}

Result<const RunHead*> open_run(const WorkflowState& state, const RunRef& ref, const RunId& chain,
                                const Facts& facts) {
  auto run = existing_run(state, ref, chain, facts);
  if (!run.ok()) return run;
  if (is_closed((*run)->status)) return already_closed(ref.workflow_id, **run);
  if (!chain.empty() && !(*run)->belongs_to(chain)) return other_chain(ref.workflow_id, chain);
  return run;
}

Status check_current(const WorkflowId& workflow_id, const RunId& expected, const RunHead* current) {
  if (current != nullptr && current->run_id == expected) return {};
  CurrentRunMoved moved{.expected = expected, .current = {}, .status = RunStatus::kUnspecified};
  std::string found = "it has no run";
  if (current != nullptr) {
    moved.current = current->run_id;
    moved.status = current->status;
    found = "the current run is \"" + printable(current->run_id.text()) + "\"";
  }
  return Status(StatusCode::kFailedPrecondition,
                "workflow id \"" + printable(workflow_id.text()) + "\": expected_run_id is \"" +
                    printable(expected.text()) + "\", but " + found,
                std::move(moved));
}

Status check_current(const WorkflowState& state, const RunRef& ref, const Facts& facts) {
  if (ref.expected_run_id.empty()) return {};
  return check_current(ref.workflow_id, ref.expected_run_id, current_run(state, facts));
}

Status no_such_run(const RunRef& ref) {
  const std::string id = printable(ref.workflow_id.text());
  if (ref.run_id.empty()) {
    return Status(StatusCode::kNotFound, "workflow id \"" + id + "\" has no run",
                  Missing{Missing::What::kWorkflow});
  }
  return Status(StatusCode::kNotFound,
                "workflow id \"" + id + "\" has no run \"" + printable(ref.run_id.text()) + "\"",
                Missing{Missing::What::kRun});
}

Status check_last_event(const WorkflowId& workflow_id, const RunHead& run, std::uint64_t expected) {
  if (expected == 0 || expected == run.history_length || ONERUN_FAULT(kIgnoreLastEvent)) return {};
  return Status(StatusCode::kFailedPrecondition,
                "run \"" + printable(run.run_id.text()) + "\" of workflow id \"" +
                    printable(workflow_id.text()) + "\": expected_last_event_id is " +
                    std::to_string(expected) + ", but its last event is " +
                    std::to_string(run.history_length),
                HistoryMoved{run.run_id, expected, run.history_length});
}

Status already_closed(const WorkflowId& workflow_id, const RunHead& run) {
  return Status(StatusCode::kNotFound,
                "run \"" + printable(run.run_id.text()) + "\" of workflow id \"" +
                    printable(workflow_id.text()) +
                    "\" is closed already: " + std::string(to_string(run.status)),
                AlreadyClosed{run.run_id, run.status, run.close_time});
}

Status is_paused(const WorkflowId& workflow_id, const RunHead& run) {
  return Status(StatusCode::kFailedPrecondition,
                "run \"" + printable(run.run_id.text()) + "\" of workflow id \"" +
                    printable(workflow_id.text()) + "\" is paused",
                IsPaused{run.run_id});
}

Status other_chain(const WorkflowId& workflow_id, const RunId& first_execution_run_id) {
  return Status(StatusCode::kNotFound,
                "the current run of workflow id \"" + printable(workflow_id.text()) +
                    "\" does not belong to the chain that run \"" +
                    printable(first_execution_run_id.text()) + "\" began",
                Missing{Missing::What::kRun});
}

}  // namespace onerun::core
