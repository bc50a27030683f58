// Which facts a command needs: asked once, before the decision.
#pragma once

#include "core/command.hpp"
#include "core/decide/facts.hpp"
#include "core/workflow_state.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// What `needs` looks at besides the state and the command.
struct NeedsContext {
  Timestamp now;
  const Retention& retention;
  /// Everything that was decided about the current run is on the store. Then a closed run may have
  /// been removed by now.
  bool current_is_stored = true;
};

/// The facts that the decision of a command rests on.
Needs needs(const WorkflowState& state, const Command& command, const NeedsContext& context);

/// True if the command may begin a run that follows the current one in its chain.
bool may_continue_chain(const WorkflowState& state, const Command& command);

/// True if the command may end the open run while starts wait for that.
bool may_end_turn(const WorkflowState& state, const Command& command);

/// True if the decision may begin a run, so that it is given a fresh run id.
bool may_begin_run(const WorkflowState& state, const Command& command, const Known& known);

}  // namespace onerun::core
