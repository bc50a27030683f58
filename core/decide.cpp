// Which decider answers which command.
#include "core/decide.hpp"

namespace onerun::core {
namespace {

struct Decider {
  const WorkflowState& state;
  const Context& context;

  Decision operator()(const StartCommand& c) const { return decide_start(state, c, context); }
  Decision operator()(const CloseCommand& c) const { return decide_close(state, c, context); }
  Decision operator()(const RequestCancelCommand& c) const {
    return decide_request_cancel(state, c, context);
  }
  Decision operator()(const RemoveCommand& c) const { return decide_remove(state, c, context); }
};

}  // namespace

Decision decide(const WorkflowState& state, const Command& command, const Context& context) {
  return std::visit(Decider{state, context}, command);
}

}  // namespace onerun::core
