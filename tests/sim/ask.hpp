// An operation of the model as a request to a real engine.
#pragma once

#include <utility>

#include "runtime/engine.hpp"
#include "tests/sim/model.hpp"

namespace onerun::sim {

/// Asks the engine; `hear` is called with the Result once it is answered.
template <class Hear>
void ask(runtime::Engine& engine, const NamespaceName& name_space, const Operation& operation,
         Hear hear) {
  const auto change = [&](metrics::Operation kind, core::Command command) {
    engine.change_run(name_space, kind, std::move(command)).then([hear](Result<RunInfo> answer) {
      hear(std::move(answer));
    });
  };
  const auto close_info = [&] {
    if (operation.close_as != RunStatus::kFailed)
      return CloseInfo{.result = {Payload::bytes(operation.given)}};
    return CloseInfo{.failure = Failure{.message = operation.given}};
  };
  switch (operation.kind) {
    case Operation::Kind::kStart:
      engine.start(name_space, StartRequest(operation.start))
          .then([hear](Result<StartResult> answer) { hear(std::move(answer)); });
      break;
    case Operation::Kind::kClose:
      change(metrics::Operation::kComplete,
             core::CloseCommand{.run = operation.run,
                                .status = operation.close_as,
                                .close = close_info(),
                                .first_execution_run_id = operation.chain,
                                .expected_last_event_id = operation.last_event});
      break;
    case Operation::Kind::kCancel:
      change(
          metrics::Operation::kRequestCancel,
          core::RequestCancelCommand{operation.run, {.first_execution_run_id = operation.chain}});
      break;
    case Operation::Kind::kSignal:
      change(metrics::Operation::kSignal, core::SignalCommand{operation.run, operation.signal});
      break;
    case Operation::Kind::kContinue:
      change(metrics::Operation::kContinueAsNew,
             core::ContinueCommand{operation.run, operation.next});
      break;
    case Operation::Kind::kReset:
      change(metrics::Operation::kReset, core::ResetCommand{operation.run, operation.reset});
      break;
    case Operation::Kind::kPause:
      change(metrics::Operation::kPause, core::PauseCommand{operation.run, true, operation.pause});
      break;
    case Operation::Kind::kUnpause:
      change(metrics::Operation::kUnpause,
             core::PauseCommand{operation.run, false, operation.pause});
      break;
    case Operation::Kind::kRemove:
      change(metrics::Operation::kRemove, core::RemoveCommand{operation.run});
      break;
  }
}

}  // namespace onerun::sim
