#include "core/addressing.hpp"

#include "core/retention.hpp"
#include "core/text.hpp"

namespace onerun::core {

const RunHead* find_run(const WorkflowState& state, const RunRef& ref, const Context& context) {
  const RunHead* run = ref.run_id.empty() ? nullptr : context.other_run;
  if (state.current && (ref.run_id.empty() || ref.run_id == state.current->run_id)) {
    run = context.current_is_reclaimed ? nullptr : &*state.current;
  }
  if (run == nullptr || is_expired(context.retention, *run, context.now)) return nullptr;
  return run;
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

Status already_closed(const WorkflowId& workflow_id, const RunHead& run) {
  return Status(StatusCode::kNotFound,
                "run \"" + printable(run.run_id.text()) + "\" of workflow id \"" +
                    printable(workflow_id.text()) +
                    "\" is closed already: " + std::string(to_string(run.status)),
                AlreadyClosed{run.run_id, run.status, run.close_time});
}

Status other_chain(const WorkflowId& workflow_id, const RunId& first_execution_run_id) {
  return Status(StatusCode::kNotFound,
                "the current run of workflow id \"" + printable(workflow_id.text()) +
                    "\" does not belong to the chain that run \"" +
                    printable(first_execution_run_id.text()) + "\" began",
                Missing{Missing::What::kRun});
}

}  // namespace onerun::core
