// What each command needs to know, and what each event does to the outside.
#include "core/decide/needs.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/decide/effects.hpp"
#include "tests/support/core.hpp"
#include "tests/support/history.hpp"

namespace onerun::core {
namespace {

using test::at;
using test::kId;
using test::Life;
using test::run_id;

class NeedsTest : public ::testing::Test {
 protected:
  Needs needs_of(const Command& command, bool current_is_stored = true) const {
    return needs(state, command, {at(10), retention, current_is_stored});
  }

  /// The current run, with that status.
  RunHead& current(RunStatus status) {
    state.current = RunHead{.run_id = run_id(1), .status = status, .start_time = at(1)};
    return *state.current;
  }

  static CloseCommand close(RunId run = {}, RunStatus status = RunStatus::kCompleted) {
    return {.run = {kId, std::move(run)}, .status = status};
  }
  static SignalCommand signal(const std::string& request_id, RunId run = {}) {
    return {{kId, std::move(run)}, {.name = "n", .request_id = RequestId(request_id)}};
  }

  WorkflowState state;
  Retention retention;
};

TEST_F(NeedsTest, AStartOfAKnownIdNeedsNothing) {
  EXPECT_TRUE(needs_of(StartCommand{.workflow_id = kId}).empty());
  current(RunStatus::kRunning);
  EXPECT_TRUE(needs_of(StartCommand{.workflow_id = kId}).empty());
}

TEST_F(NeedsTest, AStartWithARunIdAsksWhetherItIsUsed) {
  const Needs needs = needs_of(StartCommand{.workflow_id = kId, .run_id = run_id(7)});
  EXPECT_EQ(needs, Needs{.brought_run_id = run_id(7)});
}

TEST_F(NeedsTest, AChangeOfTheOpenRunNeedsNothing) {
  current(RunStatus::kRunning);
  for (const RunId& run : {RunId(), run_id(1)}) {
    EXPECT_TRUE(needs_of(close(run)).empty());
    EXPECT_TRUE(needs_of(RequestCancelCommand{{kId, run}}).empty());
    EXPECT_TRUE(needs_of(PauseCommand{{kId, run}, true}).empty());
  }
}

TEST_F(NeedsTest, AnotherRunIsRead) {
  current(RunStatus::kRunning);
  EXPECT_EQ(needs_of(close(run_id(5))), Needs{.other_run = run_id(5)});
  CloseCommand by_chain = close(run_id(5), RunStatus::kTerminated);
  by_chain.first_execution_run_id = run_id(1);
  EXPECT_TRUE(needs_of(by_chain).empty()) << "a chain check addresses the current run";
}

TEST_F(NeedsTest, AClosedCurrentRunMayBeGoneOnceItIsStored) {
  current(RunStatus::kCompleted);
  EXPECT_EQ(needs_of(close()), Needs{.current_exists = run_id(1)});
  EXPECT_TRUE(needs_of(close(), false).empty()) << "nobody can have removed it yet";
}

TEST_F(NeedsTest, WhatMayContinueAChainReadsTheRun) {
  RunHead& run = current(RunStatus::kRunning);
  EXPECT_EQ(needs_of(ContinueCommand{{kId}, {}}), Needs{.current_run = run_id(1)});
  const TimeOutCommand time_out{{kId, run_id(1)}};
  EXPECT_TRUE(needs_of(time_out).empty());
  run.has_retry_policy = true;
  EXPECT_EQ(needs_of(time_out), Needs{.current_run = run_id(1)});
  EXPECT_EQ(needs_of(close({}, RunStatus::kFailed)), Needs{.current_run = run_id(1)});
  EXPECT_TRUE(needs_of(close()).empty()) << "a run that completes is not retried";
  run.has_cron_schedule = true;
  EXPECT_EQ(needs_of(close()), Needs{.current_run = run_id(1)});
  EXPECT_TRUE(needs_of(close({}, RunStatus::kTerminated)).empty());
}

TEST_F(NeedsTest, WhatMayEndATurnReadsTheNextStart) {
  current(RunStatus::kRunning);
  state.queue = {{.run_id = run_id(2), .deadline = at(10)}, {.run_id = run_id(3)}};
  const Needs next{.queued_start = run_id(3)};  // the first one has waited too long
  EXPECT_EQ(needs_of(close()), next);
  EXPECT_EQ(needs_of(RemoveCommand{{kId}}), next);
  EXPECT_TRUE(needs_of(PauseCommand{{kId}, true}).empty());
}

TEST_F(NeedsTest, SignalsAreReadOnceForTheOpenRun) {
  current(RunStatus::kRunning);
  EXPECT_TRUE(needs_of(signal("")).empty()) << "a signal without a request id may come twice";
  EXPECT_EQ(needs_of(signal("s")), Needs{.signals_of = run_id(1)});
  StartCommand with_signal{.workflow_id = kId, .request_id = RequestId("r")};
  with_signal.signal = Signal{.name = "n"};
  EXPECT_EQ(needs_of(with_signal), Needs{.signals_of = run_id(1)});
  state.signal_request_ids.emplace();
  EXPECT_TRUE(needs_of(signal("s")).empty());
  const Needs of_another{.other_run = run_id(5), .signals_of = run_id(5)};
  EXPECT_EQ(needs_of(signal("s", run_id(5))), of_another);
}

TEST_F(NeedsTest, SignalsOfAClosedRunAreReadEachTime) {
  current(RunStatus::kCompleted);
  state.signal_request_ids.emplace();
  const Needs again{.current_exists = run_id(1), .signals_of = run_id(1)};
  EXPECT_EQ(needs_of(signal("s")), again);
  EXPECT_TRUE(needs_of(signal("s"), false).empty());
}

TEST_F(NeedsTest, AResetReadsTheHistoryThatItCopies) {
  current(RunStatus::kRunning);
  const ResetCommand of_current{{kId}, {.request_id = RequestId("r")}};
  EXPECT_EQ(needs_of(of_current), Needs{.reset_base = run_id(1)});
  const ResetCommand of_another{{kId, run_id(5)}, {.request_id = RequestId("r")}};
  const Needs both{.other_run = run_id(5), .reset_base = run_id(5), .reset_current = run_id(1)};
  EXPECT_EQ(needs_of(of_another), both);
}

// ---- effects ----

using Effects = std::vector<Effect>;

TEST(Effects, OfAStartAreItsTimerAndItsWatchers) {
  StartRequest request{.workflow_id = kId};
  EXPECT_EQ(effects_of({}, {test::started(run_id(1), at(1), {}, request)}),
            (Effects{WakeWatchers{run_id(1)}}));
  request.run_timeout = Duration(100);
  EXPECT_EQ(effects_of({}, {test::started(run_id(1), at(1), {}, request)}),
            (Effects{SetTimer{run_id(1), at(101)}, WakeWatchers{run_id(1)}}));
}

TEST(Effects, OfAnEndDropTheTimerAndReleaseWhoWaits) {
  WorkflowState state{
      .current =
          RunHead{.run_id = run_id(1), .status = RunStatus::kRunning, .run_deadline = at(101)}};
  EXPECT_EQ(effects_of(state, {test::closed(run_id(1), at(5), RunStatus::kFailed)}),
            (Effects{DropTimer{run_id(1), at(101)}, CountClosed{RunStatus::kFailed},
                     ReleaseCloseWaiters{run_id(1)}, WakeWatchers{run_id(1)}}));
}

TEST(Effects, OfARunThatContinuesAnotherCountIt) {
  const event::RunStarted next{
      .workflow_id = kId, .continued_execution_run_id = run_id(1), .initiator = Initiator::kRetry};
  EXPECT_EQ(effects_of({}, {test::continued(run_id(2), at(5), next)}),
            (Effects{CountContinued{Initiator::kRetry}, WakeWatchers{run_id(2)}}));
}

TEST(Effects, OfAStartThatWaitsEndWithItsTurn) {
  const StartRequest request{.workflow_id = kId};
  const QueuedStart queued{.run_id = run_id(2), .deadline = at(50)};
  EXPECT_EQ(effects_of({}, {test::waits(at(1), request, queued)}),
            (Effects{SetTimer{run_id(2), at(50)}, WakeWatchers{run_id(2)}}));
  const WorkflowState waiting{.queue = {queued}};
  EXPECT_EQ(effects_of(waiting, {test::started(run_id(2), at(9), {}, request)}),
            (Effects{DropTimer{run_id(2), at(50)}, WakeWatchers{run_id(2)}}));
  EXPECT_EQ(effects_of(waiting, {StartDropped{run_id(2), at(50)}}),
            (Effects{DropTimer{run_id(2), at(50)}, ReleaseCloseWaiters{run_id(2)},
                     WakeWatchers{run_id(2)}}));
}

TEST(Effects, OfARemovalEndAnOpenRunAndReleaseWhoWaitsForAClosedOne) {
  const WorkflowState open{.current = RunHead{.run_id = run_id(1), .status = RunStatus::kRunning}};
  EXPECT_EQ(effects_of(open, {RunRemoved{run_id(1), RunStatus::kRunning, {}, {}, {}}}),
            (Effects{CountClosed{RunStatus::kTerminated}, ReleaseCloseWaiters{run_id(1)},
                     WakeWatchers{run_id(1)}}));
  EXPECT_EQ(effects_of({}, {RunRemoved{run_id(1), RunStatus::kFailed, {}, {}, {}}}),
            (Effects{ReleaseCloseWaiters{run_id(1)}, WakeWatchers{run_id(1)}}));
}

TEST(Effects, OfADecisionAreThoseOfItsEvents) {
  Life life = Life::with_current(RunStatus::kRunning);
  const Decision decision = decide(
      life.state,
      StartCommand{.workflow_id = kId, .conflict_policy = ConflictPolicy::kTerminateExisting},
      life.facts());
  EXPECT_EQ(decision.effects, effects_of(life.state, decision.events));
  EXPECT_EQ(decision.effects.size(), 4u);
  const Decision refused = decide(life.state, StartCommand{.workflow_id = kId}, life.facts());
  EXPECT_TRUE(refused.events.empty() && refused.effects.empty());
}

}  // namespace
}  // namespace onerun::core
