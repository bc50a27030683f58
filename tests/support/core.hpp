// Short ways to make what the deciders are asked with.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/decide.hpp"
#include "core/transition.hpp"
#include "core/uuid.hpp"
#include "onerun/limits.hpp"

namespace onerun::core::test {

inline Timestamp at(std::int64_t ms) { return Timestamp(Duration(ms)); }

/// A run id that is easy to tell from others.
inline RunId run_id(unsigned number) { return RunId(make_uuid_v7(std::uint64_t{number} << 12, 1)); }

inline const WorkflowId kId("order-17");

/// A workflow id whose history is told step by step, as the actor would live it.
class Life {
 public:
  WorkflowState state;
  NamespaceConfig config = {.retention = {}};
  const TimeZones* zones = nullptr;
  Timestamp now = at(1'000'000);
  unsigned next_run = 1;

  Facts facts(Known known = {}) {
    return {.now = now,
            .config = config,
            .zones = zones,
            .fresh_run_id = run_id(next_run++),
            .known = std::move(known)};
  }

  /// Decides and, if something happened, lives on with it.
  Result<Answer> does(const Command& command, Known known = {}) {
    Decision decision = decide(state, command, facts(std::move(known)));
    last_events = decision.events.size();
    if (!decision.events.empty()) {
      auto transition = apply(1, kId, state, decision.events);
      if (!transition.ok()) return transition.status();
      last = std::move(*transition);
    }
    return decision.answer;
  }

  Result<StartResult> start(StartCommand command = {.workflow_id = kId}) {
    auto answer = does(command);
    if (!answer.ok()) return answer.status();
    return std::get<StartResult>(*answer);
  }

  Result<RunInfo> close(RunStatus status, RunId run = {}) {
    return info(does(CloseCommand{.run = {kId, std::move(run)}, .status = status}));
  }

  static Result<RunInfo> info(const Result<Answer>& answer) {
    if (!answer.ok()) return answer.status();
    return std::get<RunInfo>(*answer);
  }

  /// A life whose current run has this status; kUnspecified: none.
  static Life with_current(RunStatus status) {
    Life life;
    if (status == RunStatus::kUnspecified) return life;
    EXPECT_TRUE(life.start({.workflow_id = kId, .request_id = RequestId("first")}).ok());
    if (is_closed(status)) {
      EXPECT_TRUE(life.close(status).ok());
    } else {
      life.state.current->status = status;
    }
    return life;
  }

  Transition last;
  std::size_t last_events = 0;
};

}  // namespace onerun::core::test
