// A workflow id whose runs follow each other, told step by step to the deciders.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "core/history/codec.hpp"
#include "core/records.hpp"
#include "tests/support/core.hpp"

namespace onerun::core::test {

/// A result that need not be looked at: most steps of a test only lead up to the one that counts.
template <class T>
struct Told : Result<T> {
  // NOLINTNEXTLINE(google-explicit-constructor): it is the result
  Told(Result<T> result) : Result<T>(std::move(result)) {}
};

/// A life that knows the record of its current run, as the actor reads it from the store.
class ChainLife : public Life {
 public:
  Told<RunInfo> ask(const Command& command) {
    const auto record = decode_run(state.current->run_id, history);
    EXPECT_TRUE(record.ok()) << record.status();
    return tell(decide(state, command, facts({.current_run = *record})));
  }

  Told<StartResult> begin(StartCommand start) {
    const Decision decision = decide(state, Command(std::move(start)), facts());
    const auto answer = decision.answer;
    tell(decision);
    if (!answer.ok()) return Result<StartResult>(answer.status());
    return Result<StartResult>(std::get<StartResult>(*answer));
  }

  Told<RunInfo> continue_as_new(ContinueRequest next = {}) {
    return ask(ContinueCommand{{kId}, std::move(next)});
  }
  Told<RunInfo> fail(Failure failure = {}) {
    return ask(CloseCommand{
        .run = {kId}, .status = RunStatus::kFailed, .close = {.failure = std::move(failure)}});
  }
  Told<RunInfo> time_out() { return ask(TimeOutCommand{{kId, state.current->run_id}}); }

  const RunHead& run() const { return *state.current; }
  RunRecord record() const { return *decode_run(state.current->run_id, history); }

  std::string history;         ///< of the current run
  std::string closed_history;  ///< of the one before it

 private:
  Told<RunInfo> tell(const Decision& decision) {
    for (const IdEvent& event : decision.events) {
      const auto* added = std::get_if<RunEvent>(&event);
      if (added == nullptr) continue;
      if (begins_run(event)) closed_history = std::exchange(history, {});
      history += encode(added->event);
    }
    if (!decision.events.empty()) {
      auto transition = apply(1, kId, state, decision.events);
      EXPECT_TRUE(transition.ok()) << transition.status();
      last = std::move(*transition);
      // What the history says is what the head says.
      EXPECT_EQ(decode_run(state.current->run_id, history)->head, *state.current);
      EXPECT_EQ(*decode_head(encode_head(state))->current, *state.current);
    }
    if (!decision.answer.ok()) return Result<RunInfo>(decision.answer.status());
    const auto* info = std::get_if<RunInfo>(&*decision.answer);
    return Result<RunInfo>(info == nullptr ? RunInfo() : *info);
  }
};

}  // namespace onerun::core::test
