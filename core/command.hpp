// What can be asked of a workflow id, after the public API has checked it.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "onerun/ids.hpp"
#include "onerun/policy.hpp"
#include "onerun/run.hpp"
#include "onerun/start.hpp"

namespace onerun::core {

using StartCommand = StartRequest;

/// Close an open run: complete, fail, report_canceled or terminate, as `status` says.
struct CloseCommand {
  RunRef run;
  RunStatus status;
  CloseInfo close = {};
  RunId first_execution_run_id = {};  ///< kTerminated only; specification section 3.7
};

/// Record that an open run should be canceled.
struct RequestCancelCommand {
  RunRef run;
  CancelOptions options = {};
};

/// Remove a run and all its records.
struct RemoveCommand {
  RunRef run;
};

using Command = std::variant<StartCommand, CloseCommand, RequestCancelCommand, RemoveCommand>;

}  // namespace onerun::core
