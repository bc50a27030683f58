// What can be asked of a workflow id, after the public API has checked it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
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
  RunId first_execution_run_id = {};         ///< kTerminated only; specification section 3.7
  std::uint64_t expected_last_event_id = 0;  ///< 0: whatever it is
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

/// Close an open run, and begin the next one of its chain.
struct ContinueCommand {
  RunRef run;
  ContinueRequest next;
};

/// Close a run whose deadline has passed. Asked by the runtime, for a run by its id.
struct TimeOutCommand {
  RunRef run;
};

/// Give a signal to an open run.
struct SignalCommand {
  RunRef run;
  Signal signal;
};

/// Pause an open run, or end its pause.
struct PauseCommand {
  RunRef run;
  bool pauses;
  PauseOptions options = {};
};

/// Begin a run from a point in the history of another.
struct ResetCommand {
  RunRef run;
  ResetRequest request;
};

using Command =
    std::variant<StartCommand, CloseCommand, RequestCancelCommand, RemoveCommand, ContinueCommand,
                 TimeOutCommand, SignalCommand, PauseCommand, ResetCommand>;

/// The run that a command is about; null for a start.
inline const RunRef* run_of(const Command& command) {
  return std::visit(
      [](const auto& c) -> const RunRef* {
        if constexpr (std::is_same_v<std::decay_t<decltype(c)>, StartCommand>) {
          return nullptr;
        } else {
          return &c.run;
        }
      },
      command);
}

}  // namespace onerun::core
