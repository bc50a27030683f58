// What the model takes for possible, where the outside was told little.
#include "tests/sim/model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace onerun::sim {
namespace {

const WorkflowId kId("a");

ModelRun closed(const std::string& run_id) {
  return {.id = RunId(run_id), .status = RunStatus::kCompleted, .request = RequestId(run_id)};
}

/// As its start was never answered.
ModelRun untold() { return {.status = RunStatus::kCompleted, .request = RequestId("lost")}; }

Result<RunDescription> description_of(const std::string& run_id, bool is_current) {
  RunDescription description;
  description.run.run_id = description.run.first_execution_run_id = RunId(run_id);
  description.run.original_execution_run_id = description.run.lineage_run_id = RunId(run_id);
  description.run.status = RunStatus::kCompleted;
  description.run.close_time = Timestamp();
  description.close = CloseInfo();
  description.is_current = is_current;
  description.history_length = 1;
  return description;
}

std::vector<ModelId> described(const ModelId& state, const RunId& named,
                               const Result<RunDescription>& answer) {
  return explain_description(state, {kId, named}, Retention(), Timestamp(), answer);
}

TEST(ExplainDescription, NamesARunThatWasNeverTold) {
  const ModelId state{.runs = {untold(), closed("x")}};
  const auto states = described(state, RunId("y"), description_of("y", false));
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states.front().runs.front().id, RunId("y"));
}

TEST(ExplainDescription, GivesNoSecondRunAnIdThatARunHas) {
  const ModelId state{.runs = {untold(), closed("x"), untold()}};
  EXPECT_THAT(described(state, RunId("x"), description_of("x", false)),
              ::testing::ElementsAre(state));
}

TEST(ExplainDescription, RefusesACurrentRunWithTheIdOfAFormerOne) {
  const ModelId state{.runs = {closed("x"), untold()}, .has_current = true};
  EXPECT_THAT(described(state, {}, description_of("x", true)), ::testing::IsEmpty());
}

TEST(Explain, RefusesANewRunWithTheIdOfAFormerOne) {
  const ModelId state{.runs = {closed("x")}, .has_current = true};
  const Operation start{.kind = Operation::Kind::kStart,
                        .now = {},
                        .start = {.workflow_id = kId, .request_id = RequestId("r")}};
  const auto started = [&](const std::string& run_id) {
    StartResult result{.rule = StartRule::kStarted, .started = true, .run_id = RunId(run_id)};
    result.first_execution_run_id = result.original_execution_run_id = RunId(run_id);
    result.status = RunStatus::kRunning;
    const ModelAnswer answer = Result<StartResult>(result);
    return explain(state, start, Retention(), InUse::kNo, &answer);
  };
  EXPECT_THAT(started("y"), ::testing::SizeIs(1));
  EXPECT_THAT(started("x"), ::testing::IsEmpty());
}

// ---- the runs of a workflow id ----

RunInfo info_of(const std::string& run_id) {
  RunInfo info{.run_id = RunId(run_id), .first_execution_run_id = RunId(run_id)};
  info.original_execution_run_id = info.lineage_run_id = RunId(run_id);
  info.status = RunStatus::kCompleted;
  info.close_time = Timestamp();
  return info;
}

TEST(ExplainsRuns, NewestFirstAndAllThatAreRetained) {
  const ModelId state{.runs = {closed("x"), closed("y")}, .has_current = true};
  const auto lists = [&](const std::vector<RunInfo>& runs, bool way_may_end = false) {
    return explains_runs(state, Retention(), Timestamp(), way_may_end, runs);
  };
  EXPECT_TRUE(lists({info_of("y"), info_of("x")}));
  EXPECT_FALSE(lists({info_of("x"), info_of("y")}));
  EXPECT_FALSE(lists({info_of("y")})) << "the way to x is lost";
  EXPECT_FALSE(lists({info_of("y"), info_of("x"), info_of("z")}));
  EXPECT_TRUE(lists({info_of("y")}, true));
  EXPECT_FALSE(lists({info_of("x")}, true)) << "only older ones may be missing";
}

TEST(ExplainsRuns, WithTheRunsThatTheyGoBackTo) {
  ModelId state{.runs = {closed("x")}, .has_current = true};
  const auto lists = [&](const RunInfo& run) {
    return explains_runs(state, Retention(), Timestamp(), false, {run});
  };
  RunInfo told = info_of("x");
  EXPECT_TRUE(lists(told));
  told.lineage_run_id = RunId(std::string_view("y"));
  EXPECT_FALSE(lists(told));
  told = info_of("x");
  told.original_execution_run_id = RunId(std::string_view("y"));
  EXPECT_FALSE(lists(told));
  state.runs.front().id = {};  // nobody has been told
  EXPECT_FALSE(lists(told));
  EXPECT_TRUE(lists(info_of("x")));
}

TEST(ExplainsRuns, NotThoseThatMayBeGone) {
  ModelId state{.runs = {closed("x"), closed("y")}, .has_current = true};
  state.runs.front().record_may_go = true;
  EXPECT_TRUE(explains_runs(state, Retention(), Timestamp(), false, {info_of("y")}));
  EXPECT_TRUE(explains_runs(state, Retention(), Timestamp(), false, {info_of("y"), info_of("x")}));
}

// ---- the chain of a run ----

/// x, continued by y, continued by z.
ModelId chain_of_three() {
  ModelId state{.runs = {closed("x"), closed("y"), closed("z")}, .has_current = true};
  for (std::size_t i = 0; i < 3; ++i) {
    ModelRun& run = state.runs[i];
    run.follows = run.continues = i > 0;
    run.has_next = i < 2;
    run.first = RunId(std::string_view("x"));
  }
  return state;
}

std::vector<RunInfo> told_of_chain(const std::vector<std::string>& run_ids) {
  std::vector<RunInfo> runs;
  for (const std::string& id : run_ids) {
    RunInfo info = info_of(id);
    info.first_execution_run_id = RunId(std::string_view("x"));
    if (id == "y") info.continued_execution_run_id = RunId(std::string_view("x"));
    if (id == "z") info.continued_execution_run_id = RunId(std::string_view("y"));
    if (id == "x") info.new_execution_run_id = RunId(std::string_view("y"));
    if (id == "y") info.new_execution_run_id = RunId(std::string_view("z"));
    runs.push_back(info);
  }
  return runs;
}

bool explains_chain(const ModelId& state, const std::string& run_id,
                    const Result<std::vector<RunInfo>>& told) {
  return !explain_chain(state, {kId, RunId(run_id)}, Retention(), Timestamp(), told).empty();
}

TEST(ExplainChain, AllOfItFromEachOfItsRuns) {
  const ModelId state = chain_of_three();
  for (const char* asked : {"x", "y", "z", ""}) {
    EXPECT_TRUE(explains_chain(state, asked, told_of_chain({"x", "y", "z"}))) << asked;
    EXPECT_FALSE(explains_chain(state, asked, told_of_chain({"y", "z"}))) << asked;
    EXPECT_FALSE(explains_chain(state, asked, told_of_chain({"x", "y"}))) << asked;
    EXPECT_FALSE(explains_chain(state, asked, told_of_chain({"z", "y", "x"}))) << asked;
    EXPECT_FALSE(explains_chain(state, asked, Status(StatusCode::kNotFound, "none"))) << asked;
  }
}

TEST(ExplainChain, EndsWhereARunIsGone) {
  ModelId state = chain_of_three();
  state.runs[1].record_gone = true;
  EXPECT_TRUE(explains_chain(state, "x", told_of_chain({"x"})));
  EXPECT_TRUE(explains_chain(state, "z", told_of_chain({"z"})));
  EXPECT_FALSE(explains_chain(state, "z", told_of_chain({"y", "z"})));
  EXPECT_TRUE(explains_chain(state, "y", Status(StatusCode::kNotFound, "none")));
}

// ---- histories ----

TEST(ExplainHistory, FromAnEventOnAndWithWhatWasGiven) {
  ModelRun run{.id = RunId(std::string_view("x"))};
  run.log = {{.given = "in"}, {.type = EventType::kRunSignaled, .given = "sent"}};
  const ModelId state{.runs = {run}, .has_current = true};
  const auto reads = [&](std::uint64_t first, const std::string& sent) {
    HistoryPage page{.run_id = run.id, .next_event_id = 3};
    page.events.push_back(
        {.event_id = 1, .attributes = event::RunStarted{.input = {Payload::bytes("in")}}});
    page.events.push_back(
        {.event_id = 2, .attributes = event::RunSignaled{.input = {Payload::bytes(sent)}}});
    page.events.erase(page.events.begin(),
                      page.events.begin() + static_cast<std::ptrdiff_t>(first - 1));
    return !explain_history(state, {kId}, Retention(), Timestamp(), page, first).empty();
  };
  EXPECT_TRUE(reads(1, "sent"));
  EXPECT_TRUE(reads(2, "sent"));
  EXPECT_TRUE(reads(3, "sent")) << "nothing yet";
  EXPECT_FALSE(reads(2, "another"));
}

// ---- what is due ----

TEST(TimeOut, OfStartsThatWaitIsInTheOrderOfTheirDeadlines) {
  using std::chrono::seconds;
  ModelRun open{.id = RunId(std::string_view("x")), .run_timeout = seconds(2)};
  ModelWaiting first{.run = {.id = RunId(std::string_view("y"))}};
  ModelWaiting second{.run = {.id = RunId(std::string_view("z"))}};
  first.deadline = Timestamp(seconds(1));
  const ModelId state{.runs = {open}, .has_current = true, .queue = {first, second}};
  std::vector<ModelId> on_the_way;
  const auto after = time_out(state, Retention(), Timestamp(seconds(5)), on_the_way);
  ASSERT_THAT(after, ::testing::SizeIs(1));
  EXPECT_THAT(on_the_way, ::testing::SizeIs(2)) << "the first is dropped, then the run times out";
  EXPECT_EQ(after.front().runs.back().id, second.run.id);
  EXPECT_TRUE(after.front().queue.empty());
}

}  // namespace
}  // namespace onerun::sim
