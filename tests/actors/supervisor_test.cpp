// Supervisors: actors on demand, dropped when idle, never with anything that the store does not
// have.
#include <gtest/gtest.h>

#include "actors/namespace_supervisor.hpp"
#include "tests/support/actors.hpp"

namespace onerun::actors {
namespace {

class SupervisorTest : public test::ActorTest {
 protected:
  SupervisorTest()
      : ActorTest({.supervisors_per_namespace = 2,
                   .max_idle_actors = 3,
                   .actor_idle_time = std::chrono::milliseconds(400)}) {}
};

TEST_F(SupervisorTest, MakesAnActorWhenItsIdIsFirstAskedFor) {
  EXPECT_EQ(actors_->live_actors(), 0u);
  ASSERT_TRUE(start("a").ok());
  EXPECT_EQ(actors_->live_actors(), 1u);
  EXPECT_EQ(start("a").code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(actors_->live_actors(), 1u);
  EXPECT_EQ(metric("onerun_actors_spawned_total"), 1);
}

TEST_F(SupervisorTest, ReadsTheHeadOnce) {
  ASSERT_TRUE(start("a").ok());
  const int reads = store_.reads;
  ASSERT_FALSE(start("a").ok());
  ASSERT_TRUE(complete("a").ok());
  EXPECT_EQ(store_.reads, reads);
}

TEST_F(SupervisorTest, DropsIdleActorsAndGoesOnFromTheStore) {
  const auto first = start("a");
  EXPECT_EQ(passivate(), 1u);
  EXPECT_EQ(actors_->live_actors(), 0u);
  const Status again = start("a").status();
  ASSERT_NE(again.detail<AlreadyStarted>(), nullptr);
  EXPECT_EQ(again.detail<AlreadyStarted>()->run_id, first->run_id);
  EXPECT_EQ(metric("onerun_actors_spawned_total"), 2);
  EXPECT_EQ(metric("onerun_actors_passivated_total"), 1);
}

TEST_F(SupervisorTest, MayDropItsLastActorToMakeRoom) {
  // One namespace has more actors than there may be, and all of them busy. The supervisor of
  // another, with a single idle actor, then has none left to drop.
  auto other = add_namespace(2, "other");
  std::vector<Future<Result<StartResult>>> busy;
  for (int i = 0; i < 8; ++i) busy.push_back(send_start("busy-" + std::to_string(i)));
  actors_->run_all();
  entry_.swap(other);
  auto refused = send_complete("nobody");
  actors_->run_all();
  auto again = send_complete("nobody");
  actors_->run_all();
  settle();
  EXPECT_EQ(refused.get().code(), StatusCode::kNotFound);
  EXPECT_EQ(again.get().code(), StatusCode::kNotFound);
}

TEST_F(SupervisorTest, KeepsAnActorWhoseDecisionIsNotDurable) {
  auto pending = send_start("a");
  actors_->run_all();
  auto passivated = actors_->passivate_now();
  actors_->run_all();
  EXPECT_EQ(*passivated.get(), 0u) << "the store does not know the run yet";
  // If it had been dropped, this start would find no run and start a second one.
  auto second = send_start("a");
  settle();
  EXPECT_TRUE(pending.get().ok());
  EXPECT_EQ(second.get().code(), StatusCode::kAlreadyExists);
}

TEST_F(SupervisorTest, KeepsAnActorThatHasARequestInItsMailbox) {
  ASSERT_TRUE(start("a").ok());
  auto waiting = send_complete("a");
  actors_->run_one();  // the supervisor has passed it on; the actor has not seen it
  auto passivated = actors_->passivate_now();
  // The supervisor handles the question before the actor handles the request.
  while (!passivated.ready()) actors_->run_one(actors_->runnable() - 1);
  EXPECT_EQ(*passivated.get(), 0u);
  settle();
  EXPECT_TRUE(waiting.get().ok());
}

TEST_F(SupervisorTest, KeepsNoMoreIdleActorsThanTold) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(start("id-" + std::to_string(i)).ok());
  // One supervisor may hold the bound alone; the other gives its share up at the next tick.
  for (int tick = 0; tick < 2; ++tick) {
    actors_->tick_supervisors();
    settle();
  }
  EXPECT_LE(actors_->live_actors(), 3u);
}

TEST_F(SupervisorTest, GivesAnIdleActorToAnotherIdWithoutWhatItKnew) {
  std::vector<RunId> runs;
  const auto id = [](int i) { return "id-" + std::to_string(i); };
  for (int i = 0; i < 20; ++i) {
    const auto started = start(id(i));
    ASSERT_TRUE(started.ok()) << started.status();
    runs.push_back(started->run_id);
  }
  EXPECT_LE(actors_->live_actors(), 4u) << "all others were taken over";
  for (int i = 0; i < 20; ++i) {
    const Status again = start(id(i)).status();
    ASSERT_NE(again.detail<AlreadyStarted>(), nullptr) << again;
    EXPECT_EQ(again.detail<AlreadyStarted>()->run_id, runs[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ(metric("onerun_actors_spawned_total") - metric("onerun_actors_passivated_total"),
            static_cast<double>(actors_->live_actors()));
}

TEST_F(SupervisorTest, GivesNoActorAwayWhoseDecisionIsNotDurable) {
  std::vector<Future<Result<StartResult>>> starts;
  for (int i = 0; i < 12; ++i) starts.push_back(send_start("id-" + std::to_string(i)));
  actors_->run_all();
  EXPECT_EQ(actors_->live_actors(), 12u);
  EXPECT_EQ(metric("onerun_actors_passivated_total"), 0);
  settle();
  for (auto& started : starts) EXPECT_TRUE(started.get().ok());
}

TEST_F(SupervisorTest, DropsWhatWasIdleForLongAndKeepsWhatWasUsed) {
  ASSERT_TRUE(start("old").ok());
  const int ticks = static_cast<int>(std::chrono::milliseconds(400) / actors_->supervisor_tick());
  for (int i = 0; i < ticks; ++i) {
    actors_->tick_supervisors();
    settle();
  }
  ASSERT_TRUE(start("new").ok());
  EXPECT_EQ(actors_->live_actors(), 2u);
  actors_->tick_supervisors();
  settle();
  EXPECT_EQ(actors_->live_actors(), 1u);
}

TEST_F(SupervisorTest, AnswersInTheOrderOfTheRequestsOfAnId) {
  std::vector<Future<Result<StartResult>>> starts;
  for (int i = 0; i < 20; ++i) {
    starts.push_back(send_start(
        {.workflow_id = WorkflowId("a"), .conflict_policy = ConflictPolicy::kTerminateExisting}));
    if (i % 3 == 0) actors_->run_one(actors_->runnable() - 1);
    if (i % 5 == 0) log_.commit_ready();
  }
  settle();
  RunId before;
  for (auto& future : starts) {
    const auto result = future.get();
    ASSERT_TRUE(result.ok());
    const auto displaced = result->displaced ? result->displaced->run_id : RunId();
    EXPECT_EQ(displaced, before) << "each start displaces the run of the one before it";
    before = result->run_id;
  }
}

}  // namespace
}  // namespace onerun::actors
