// The audit finds each kind of damage, and nothing in a store that is whole.
#include "store/audit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/big_endian.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/run_index.hpp"
#include "core/transition.hpp"
#include "store/memory_store.hpp"
#include "tests/support/history.hpp"
#include "tests/support/stores.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;

constexpr core::NamespaceNumber kNumber = 1;

Timestamp at(std::int64_t ms) { return Timestamp(Duration(ms)); }

RunId run_id(std::uint8_t last) {
  Uuid uuid{};
  uuid[6] = 0x70;
  uuid[8] = 0x80;
  uuid[15] = last;
  return RunId(uuid);
}

/// A namespace with an open run of `open` and a closed one of `closed`.
class AuditTest : public ::testing::Test {
 protected:
  AuditTest() : epoch_(*store_.acquire_epoch()) {
    core::NamespaceRecord record{.name = NamespaceName("orders")};
    put(Family::kMeta, std::string(keys::kNextNamespace), core::big_endian(kNumber + 1));
    put(Family::kMeta, keys::namespace_record(kNumber), core::encode_namespace(record));
    put(Family::kMeta, keys::namespace_counts(kNumber),
        core::encode_counts({.open = 1, .closed = 1}));
    make("open", run_id(1), false);
    make("closed", run_id(2), true);
  }

  void make(const std::string& id, const RunId& run, bool closes, Timestamp start = at(1000)) {
    make(StartRequest{.workflow_id = WorkflowId(id)}, run, closes, start);
  }
  void make(const StartRequest& request, const RunId& run, bool closes = false,
            Timestamp start = at(1000)) {
    const WorkflowId& id = request.workflow_id;
    std::vector<core::IdEvent> events = {core::test::started(run, start, {}, request)};
    if (closes) events.push_back(core::test::closed(run, at(2000), RunStatus::kCompleted, {}));
    apply(id, {}, events);
  }
  void apply(const WorkflowId& id, core::WorkflowState state,
             const std::vector<core::IdEvent>& events) {
    const auto transition = core::apply(kNumber, id, state, events);
    ASSERT_TRUE(transition.ok());
    const core::WriteSet* writes = &transition->writes;
    ASSERT_TRUE(
        store_.commit({.epoch = epoch_, .number = store_.last_commit() + 1, .writes = {&writes, 1}})
            .ok());
  }

  core::WorkflowState state_of(const std::string& id) {
    std::string value;
    const auto found = store_.get(Family::kHead, head_of(id), value);
    return found.ok() && *found ? *core::decode_head(value) : core::WorkflowState();
  }

  /// The current run of "closed", which has closed, is followed by one that is open.
  void start_again(const RunId& run, Timestamp start) {
    const StartRequest request{.workflow_id = WorkflowId("closed")};
    const core::WorkflowState state = state_of("closed");
    const RunId before = state.current ? state.current->run_id : RunId();
    apply(request.workflow_id, state, {core::test::started(run, start, before, request)});
  }
  void close(const RunId& run, Timestamp time) {
    apply(WorkflowId("closed"), state_of("closed"),
          {core::test::closed(run, time, RunStatus::kCompleted, {})});
  }

  /// The open run of "closed" is continued.
  void go_on(const RunId& run, const RunId& next, Timestamp time) {
    const StartRequest request{.workflow_id = WorkflowId("closed")};
    const core::WorkflowState state = state_of("closed");
    apply(request.workflow_id, state,
          {core::test::closed(run, time, RunStatus::kContinuedAsNew, {}, next),
           continued(next, time, run, state.current->first_run())});
  }

  /// A run of "closed" that begins as the next one of a chain.
  static core::RunEvent continued(const RunId& run, Timestamp time, const RunId& before,
                                  const RunId& first) {
    return core::test::continued(run, time,
                                 {.workflow_id = WorkflowId("closed"),
                                  .previous_run_id = before,
                                  .first_execution_run_id = first,
                                  .continued_execution_run_id = before,
                                  .initiator = Initiator::kWorkflow});
  }

  void count(std::uint64_t open, std::uint64_t closed) {
    put(Family::kMeta, keys::namespace_counts(kNumber),
        core::encode_counts({.open = open, .closed = closed}));
  }

  /// Takes a closed run of "closed" away with all that belongs to it, but for the counts.
  void take_away(const RunId& run, RunStatus status, Timestamp start, Timestamp end) {
    erase(Family::kRun, keys::run(kNumber, run));
    erase(Family::kDue, keys::due(kNumber, {keys::DueStage::kRun, status, end, run}));
    erase(Family::kClosed, core::run_index::key(kNumber, status, {start, run}));
  }

  void enqueue(const std::string& id, const core::QueuedStart& queued) {
    const StartRequest request{.workflow_id = WorkflowId(id)};
    apply(request.workflow_id, state_of(id), {core::test::waits(at(3000), request, queued)});
  }

  void put(Family family, const std::string& key, const std::string& value) {
    ASSERT_TRUE(
        test::commit(store_, epoch_, [&](auto& writes) { writes.put(family, key, value); }).ok());
  }
  void erase(Family family, const std::string& key) {
    ASSERT_TRUE(
        test::commit(store_, epoch_, [&](auto& writes) { writes.erase(family, key); }).ok());
  }

  /// The problems, each as `family: sentence`.
  std::vector<std::string> problems() {
    std::vector<std::string> found;
    const auto report = audit(store_, now_, [&](const AuditProblem& problem) {
      found.push_back(std::string(name_of(problem.family)) + ": " + problem.what);
    });
    EXPECT_TRUE(report.ok());
    EXPECT_EQ(report->problems, found.size());
    return found;
  }

  void expect_only(const std::string& part) {
    const auto found = problems();
    ASSERT_EQ(found.size(), 1u) << ::testing::PrintToString(found);
    EXPECT_NE(found[0].find(part), std::string::npos) << found[0];
  }

  /// Each of the sentences is that of one problem, and there are no others.
  void expect_just(const std::vector<std::string>& parts) {
    const auto found = problems();
    EXPECT_EQ(found.size(), parts.size()) << ::testing::PrintToString(found);
    for (const std::string& part : parts) {
      EXPECT_TRUE(std::ranges::any_of(
          found,
          [&](const std::string& problem) { return problem.find(part) != std::string::npos; }))
          << part << " is not in " << ::testing::PrintToString(found);
    }
  }

  static std::string not_led_to(const RunId& run) {
    return "run: the way from the head of the workflow id over the runs before does not lead to "
           "run " +
           run.text();
  }

  /// Has "closed" run twice more. All its runs are closed then.
  void make_three_runs() {
    start_again(run_id(4), at(3000));
    close(run_id(4), at(3100));
    start_again(run_id(5), at(3500));
    close(run_id(5), at(3600));
    count(1, 3);
  }

  /// Changes what a run of "closed" says of its beginning, and the head if it is the current one.
  void rewrite(const RunId& run, Timestamp start, Timestamp end, const RunId& before) {
    const StartRequest request{.workflow_id = WorkflowId("closed")};
    const std::string history =
        core::test::bytes_of(core::test::started(run, start, before, request)) +
        core::test::bytes_of(core::test::closed(run, end, RunStatus::kCompleted, {}));
    put(Family::kRun, keys::run(kNumber, run), history);
    core::WorkflowState state = state_of("closed");
    if (state.current->run_id != run) return;
    state.current = core::decode_run(run, history)->head;
    put(Family::kHead, head_of("closed"), core::encode_head(state));
  }

  void put_namespace(const core::NamespaceRecord& record) {
    put(Family::kMeta, keys::namespace_record(kNumber), core::encode_namespace(record));
  }

  /// Takes a run that started at 1000 out of the index.
  void unlist(const RunId& run, RunStatus status) {
    erase(core::run_index::family_of(status),
          core::run_index::key(kNumber, status, {at(1000), run}));
  }

  std::string head_of(const std::string& id) { return keys::head(kNumber, WorkflowId(id)); }
  std::string due_of(const RunId& run, keys::DueStage stage) {
    const bool is_own = stage == keys::DueStage::kRun;
    return keys::due(
        kNumber, {stage, RunStatus::kCompleted, at(2000), run, WorkflowId(is_own ? "" : "closed")});
  }

  MemoryStore store_;
  Epoch epoch_;
  Timestamp now_ = at(5000);
};

TEST_F(AuditTest, FindsNothingInAWholeStore) {
  const auto report = audit(store_, now_, [](const AuditProblem& p) { ADD_FAILURE() << p.what; });
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->namespaces, 1u);
  EXPECT_EQ(report->workflow_ids, 2u);
  EXPECT_EQ(report->open_runs, 1u);
  EXPECT_EQ(report->closed_runs, 1u);
}

TEST_F(AuditTest, FindsASecondOpenRun) {
  make("open", run_id(3), false);
  put(Family::kMeta, keys::namespace_counts(kNumber),
      core::encode_counts({.open = 2, .closed = 1}));
  expect_only("run: the run is open, and the current run is another");
}

TEST_F(AuditTest, FindsAnOpenRunWithoutAHead) {
  erase(Family::kHead, head_of("open"));
  expect_only("run: the run is open and its workflow id has none");
}

TEST_F(AuditTest, ComparesTheQueueWithTheStartsThatWait) {
  std::string head;
  ASSERT_TRUE(*store_.get(Family::kHead, head_of("open"), head));
  enqueue("open", {.run_id = run_id(7), .deadline = at(9000)});
  EXPECT_TRUE(problems().empty());

  const std::string timer = keys::timer(kNumber, {at(9000), run_id(7)});
  erase(Family::kTimer, timer);
  expect_only("run: the run has a deadline, and nothing will end it then");
  put(Family::kTimer, timer, "open");

  std::string record;
  ASSERT_TRUE(*store_.get(Family::kRun, keys::run(kNumber, run_id(7)), record));
  erase(Family::kRun, keys::run(kNumber, run_id(7)));
  erase(Family::kTimer, timer);
  expect_only("head: the queued start " + run_id(7).text() + " is not there");
  put(Family::kRun, keys::run(kNumber, run_id(7)), record);
  put(Family::kTimer, timer, "open");

  put(Family::kHead, head_of("open"), head);
  expect_only("run: the start waits, and its workflow id does not know");
}

TEST_F(AuditTest, TakesAWaitingStartForAnotherThanTheGoneRunWhoseIdItBrings) {
  const StartRequest request{.workflow_id = WorkflowId("again")};
  apply(request.workflow_id, {}, {core::test::started(run_id(5), at(5000), run_id(7), request)});
  enqueue("again", {.run_id = run_id(7)});
  put(Family::kMeta, keys::namespace_counts(kNumber),
      core::encode_counts({.open = 2, .closed = 1}));
  EXPECT_EQ(problems(), std::vector<std::string>());
}

TEST_F(AuditTest, FindsAQueuedStartOfAnotherRequest) {
  enqueue("open", {.run_id = run_id(7)});
  core::WorkflowState state = state_of("open");
  state.queue[0].request_id = RequestId("another");
  put(Family::kHead, head_of("open"), core::encode_head(state));
  expect_only("head: the queued start " + run_id(7).text() + " is not there");
}

TEST_F(AuditTest, FindsAHeadThatIsOlderThanARun) {
  const core::WorkflowState older = state_of("closed");
  start_again(run_id(4), at(3000));
  close(run_id(4), at(4000));
  count(1, 2);
  EXPECT_EQ(problems(), std::vector<std::string>());
  put(Family::kHead, head_of("closed"), core::encode_head(older));
  expect_only("due: the head of the workflow id is older than run " + run_id(4).text());
}

TEST_F(AuditTest, FindsAHeadWithoutARunThatIsOlderThanARun) {
  start_again(run_id(4), at(3000));
  close(run_id(4), at(4000));
  count(1, 2);
  const core::WorkflowState older{.last = core::LastRun{run_id(2), at(2500)}};
  put(Family::kHead, head_of("closed"), core::encode_head(older));
  const keys::Due left{keys::DueStage::kLink, RunStatus::kCompleted, at(2500), run_id(9),
                       WorkflowId("closed")};
  put(Family::kDue, keys::due(kNumber, left), "closed");
  expect_only("due: the head of the workflow id is older than run " + run_id(4).text());
}

TEST_F(AuditTest, FindsAClosedRunThatItsWorkflowIdHasForgotten) {
  erase(Family::kHead, head_of("closed"));
  expect_only("due: the workflow id has no head, and its run " + run_id(2).text());
  now_ = at(2000) + Retention().closed;  // its time has passed, and the clean-up may be at work
  EXPECT_EQ(problems(), std::vector<std::string>());
}

/// A change of the configuration lets go of what an earlier retention may have taken, and of no
/// more.
TEST_F(AuditTest, FindsAForgottenRunBehindAChangeOfTheConfiguration) {
  erase(Family::kHead, head_of("closed"));
  core::NamespaceRecord record{.name = NamespaceName("orders"), .config_version = 2};
  put_namespace(record);
  expect_only("due: the workflow id has no head, and its run " + run_id(2).text());
  record.kept_since = at(2000);
  put_namespace(record);
  expect_only("due: the workflow id has no head, and its run " + run_id(2).text());
  record.kept_since = at(2001);
  put_namespace(record);
  EXPECT_EQ(problems(), std::vector<std::string>());
}

TEST_F(AuditTest, FindsARunThatIsGoneAndTookTheWayAlong) {
  make_three_runs();
  EXPECT_EQ(problems(), std::vector<std::string>());
  take_away(run_id(4), RunStatus::kCompleted, at(3000), at(3100));
  count(1, 2);
  expect_only(not_led_to(run_id(2)));
  now_ = at(2000) + Retention().closed;  // its time has passed, and the clean-up may be at work
  EXPECT_EQ(problems(), std::vector<std::string>());
}

TEST_F(AuditTest, FindsARunThatLeadsToItself) {
  make_three_runs();
  rewrite(run_id(4), at(3000), at(3100), run_id(4));
  expect_only(not_led_to(run_id(2)));
}

TEST_F(AuditTest, FindsARunThatLeadsNowhere) {
  make_three_runs();
  rewrite(run_id(4), at(3000), at(3100), run_id(9));
  expect_only(not_led_to(run_id(2)));
}

TEST_F(AuditTest, FindsACurrentRunThatForgotThoseBefore) {
  make_three_runs();
  rewrite(run_id(5), at(3500), at(3600), {});
  expect_just({not_led_to(run_id(2)), not_led_to(run_id(4))});
}

TEST_F(AuditTest, FindsARunThatIsSkipped) {
  make_three_runs();
  rewrite(run_id(5), at(3500), at(3600), run_id(2));
  expect_only(not_led_to(run_id(4)));
}

TEST_F(AuditTest, FindsAChainThatLacksARunInTheMiddle) {
  start_again(run_id(4), at(3000));
  go_on(run_id(4), run_id(5), at(3500));
  go_on(run_id(5), run_id(6), at(3600));
  count(2, 3);
  EXPECT_EQ(problems(), std::vector<std::string>());
  take_away(run_id(5), RunStatus::kContinuedAsNew, at(3500), at(3600));
  count(2, 2);
  expect_just({"due: the next run of the chain of " + run_id(4).text() + ", " + run_id(5).text(),
               not_led_to(run_id(2)), not_led_to(run_id(4))});

  const core::Link link{run_id(4), RunStatus::kContinuedAsNew, at(3600)};
  const keys::Link of{run_id(5), WorkflowId("closed")};
  const keys::Due left{keys::DueStage::kLink, link.status, link.close_time, of.run_id,
                       of.workflow_id};
  put(Family::kRun, keys::link(kNumber, of), core::encode_link(link));
  put(Family::kDue, keys::due(kNumber, left), "closed");
  EXPECT_EQ(problems(), std::vector<std::string>()) << "it was removed, and has left a link";
}

TEST_F(AuditTest, FindsANextRunThatDoesNotContinueItsChain) {
  start_again(run_id(4), at(3000));
  go_on(run_id(4), run_id(5), at(3500));
  count(2, 2);
  core::WorkflowState state = state_of("closed");
  const auto put_second = [&](const event::RunStarted& started) {
    const std::string event =
        core::test::bytes_of(core::test::continued(run_id(5), at(3500), started));
    put(Family::kRun, keys::run(kNumber, run_id(5)), event);
    state.current = core::decode_run(run_id(5), event)->head;
    put(Family::kHead, head_of("closed"), core::encode_head(state));
  };
  event::RunStarted from{.workflow_id = WorkflowId("closed"),
                         .previous_run_id = run_id(4),
                         .initiator = Initiator::kCronSchedule};
  put_second(from);
  expect_only("due: the run names " + run_id(5).text() + " as the next of its chain, which");
  from.continued_execution_run_id = run_id(4);
  from.first_execution_run_id = run_id(2);
  put_second(from);
  expect_only("run: the run continues " + run_id(4).text() + ", and says that another run began");
  from.continued_execution_run_id = run_id(2);
  put_second(from);
  EXPECT_NE(::testing::PrintToString(problems()).find("which is not the one before it"),
            std::string::npos);
}

TEST_F(AuditTest, FindsAHeadOfALastRunThatNothingEnds) {
  const core::WorkflowState left{.last = core::LastRun{run_id(8), at(2500)}};
  put(Family::kHead, head_of("gone"), core::encode_head(left));
  expect_only("head: the head names no run but the last, " + run_id(8).text());
  const keys::Due due{keys::DueStage::kLink, RunStatus::kFailed, at(2500), run_id(9),
                      WorkflowId("gone")};
  put(Family::kDue, keys::due(kNumber, due), "gone");
  EXPECT_EQ(problems(), std::vector<std::string>());
  put(Family::kDue, keys::due(kNumber, due), "open");
  expect_only("due: the entry names another workflow id");
}

TEST_F(AuditTest, FindsKeysThatAreOfNoFamily) {
  put(Family::kEvent, keys::run(kNumber, run_id(1)), "?");
  expect_only("event: the key is not one of a batch or of a request id");
  erase(Family::kEvent, keys::run(kNumber, run_id(1)));
  for (const char* key : {"foo", "counts/abc", "namespace/12345", "formats"}) {
    put(Family::kMeta, key, "?");
    expect_only("meta: the key is none of the family");
    erase(Family::kMeta, key);
  }
}

TEST_F(AuditTest, FindsTwoNamespacesOfOneName) {
  put(Family::kMeta, std::string(keys::kNextNamespace), core::big_endian(kNumber + 2));
  put(Family::kMeta, keys::namespace_record(kNumber + 1),
      core::encode_namespace({.name = NamespaceName("orders")}));
  expect_just({"meta: the second namespace that is called \"orders\"",
               "meta: the second namespace with the id 00000000-0000-0000-0000-000000000000"});
}

TEST_F(AuditTest, SaysOnceThatANamespaceCannotBeRead) {
  put(Family::kMeta, keys::namespace_record(kNumber), "?");
  expect_only("meta: corrupt record: namespace: malformed");
}

TEST_F(AuditTest, FindsALinkThatLeadsToItself) {
  const core::Link link{run_id(8), RunStatus::kCompleted, at(2000)};
  put(Family::kRun, keys::link(kNumber, {run_id(8), WorkflowId("closed")}),
      core::encode_link(link));
  put(Family::kDue, due_of(run_id(8), keys::DueStage::kLink), "closed");
  expect_only("run: the link of run " + run_id(8).text() + " leads to itself");
}

TEST_F(AuditTest, FindsALinkThatNothingEnds) {
  const core::Link link{run_id(1), RunStatus::kCompleted, at(2000)};
  const std::string key = keys::link(kNumber, {run_id(8), WorkflowId("closed")});
  put(Family::kRun, key, core::encode_link(link));
  expect_only("run: the link of run " + run_id(8).text() + " stays");
  put(Family::kDue, due_of(run_id(8), keys::DueStage::kLink), "closed");
  EXPECT_TRUE(problems().empty());
  put(Family::kRun, key, "?");
  expect_only("run: the link can't be read");
}

TEST_F(AuditTest, FindsARunThatIsNotListed) {
  unlist(run_id(1), RunStatus::kRunning);
  expect_only("run: the run is not in the family open");
  make("another", run_id(4), false);
  unlist(run_id(2), RunStatus::kCompleted);
  EXPECT_GE(problems().size(), 2u);
}

TEST_F(AuditTest, FindsAClosedRunThatIsListedWithAnotherCloseTime) {
  put(Family::kClosed, core::run_index::key(kNumber, RunStatus::kCompleted, {at(1000), run_id(2)}),
      core::run_index::encode_close_time(at(2001)));
  expect_only("run: the run is not in the family closed as it should be");
}

TEST_F(AuditTest, FindsAnEntryOfTheIndexThatIsOfNoSuchRun) {
  for (const auto& [status, run] :
       {std::pair(RunStatus::kRunning, run_id(2)), std::pair(RunStatus::kFailed, run_id(2)),
        std::pair(RunStatus::kCompleted, run_id(1)), std::pair(RunStatus::kRunning, run_id(9))}) {
    const std::string key = core::run_index::key(kNumber, status, {at(1000), run});
    put(core::run_index::family_of(status), key, "");
    expect_only("the entry is for a run that is not there or is another");
    erase(core::run_index::family_of(status), key);
  }
  put(Family::kOpen, core::run_index::prefix_of(kNumber, RunStatus::kRunning) + "?", "");
  expect_only("open: the key is not one of the index of runs");
}

TEST_F(AuditTest, FindsAHeadWithoutARun) {
  erase(Family::kRun, keys::run(kNumber, run_id(1)));
  unlist(run_id(1), RunStatus::kRunning);
  put(Family::kMeta, keys::namespace_counts(kNumber),
      core::encode_counts({.open = 0, .closed = 1}));
  expect_only("head: the head names run");
}

TEST_F(AuditTest, AcceptsAHeadThatWaitsForTheEndOfItsIdRetention) {
  erase(Family::kRun, keys::run(kNumber, run_id(2)));
  erase(Family::kDue, due_of(run_id(2), keys::DueStage::kRun));
  unlist(run_id(2), RunStatus::kCompleted);
  put(Family::kMeta, keys::namespace_counts(kNumber),
      core::encode_counts({.open = 1, .closed = 0}));
  expect_only("nothing will end that");
  put(Family::kDue, due_of(run_id(2), keys::DueStage::kId), "closed");
  EXPECT_TRUE(problems().empty());
}

TEST_F(AuditTest, FindsAHeadThatContradictsTheHistory) {
  std::string value;
  ASSERT_TRUE(*store_.get(Family::kHead, head_of("open"), value));
  auto head = *core::decode_head(value)->current;
  head.start_time = at(999);
  put(Family::kHead, head_of("open"), core::encode_head({.current = head}));
  expect_only("head: the head does not say what the history");
}

TEST_F(AuditTest, FindsAHeadThatNamesARunOfAnotherWorkflowId) {
  std::string value;
  ASSERT_TRUE(*store_.get(Family::kHead, head_of("open"), value));
  put(Family::kHead, head_of("stranger"), value);
  expect_only("which it does not have");
}

TEST_F(AuditTest, FindsAClosedRunThatNothingWillEnd) {
  erase(Family::kDue, due_of(run_id(2), keys::DueStage::kRun));
  expect_only("run: the run is closed and nothing will end its retention");
}

TEST_F(AuditTest, FindsADueEntryForNothing) {
  put(Family::kDue, due_of(run_id(9), keys::DueStage::kRun), "open");
  expect_only("due: the entry is for a run that is not there");
}

TEST_F(AuditTest, FindsARunThatBeganBeforeTheOneBeforeItHadClosed) {
  const StartRequest request{.workflow_id = WorkflowId("closed")};
  const auto early = core::test::started(run_id(4), at(1500), run_id(2), request);
  const auto end = core::test::closed(run_id(4), at(1600), RunStatus::kCompleted, {});
  put(Family::kRun, keys::run(kNumber, run_id(4)),
      core::test::bytes_of(early) + core::test::bytes_of(end));
  put(Family::kDue,
      keys::due(kNumber, {keys::DueStage::kRun, RunStatus::kCompleted, at(1600), run_id(4)}),
      "closed");
  put(Family::kClosed, core::run_index::key(kNumber, RunStatus::kCompleted, {at(1500), run_id(4)}),
      core::run_index::encode_close_time(at(1600)));
  put(Family::kMeta, keys::namespace_counts(kNumber),
      core::encode_counts({.open = 1, .closed = 2}));
  expect_just({"had not closed when it began", not_led_to(run_id(4))});
}

/// Two runs, each of which is said to have followed the other.
TEST_F(AuditTest, FindsAChainThatGoesRoundInACircle) {
  const auto put_run = [&](const RunId& run, Timestamp start, const RunId& before,
                           const RunId& next) {
    const RunStatus status = RunStatus::kContinuedAsNew;
    const Timestamp end = start + Duration(1000);
    const std::string history =
        core::test::bytes_of(continued(run, start, before, run_id(2))) +
        core::test::bytes_of(core::test::closed(run, end, status, {}, next));
    put(Family::kRun, keys::run(kNumber, run), history);
    put(Family::kDue, keys::due(kNumber, {keys::DueStage::kRun, status, end, run}), "closed");
    put(Family::kClosed, core::run_index::key(kNumber, status, {start, run}),
        core::run_index::encode_close_time(end));
    return core::decode_run(run, history)->head;
  };
  unlist(run_id(2), RunStatus::kCompleted);
  erase(Family::kDue, due_of(run_id(2), keys::DueStage::kRun));
  put_run(run_id(2), at(1000), run_id(4), run_id(4));
  core::RunHead last = put_run(run_id(4), at(2000), run_id(2), run_id(2));
  put(Family::kHead, head_of("closed"), core::encode_head({.current = last}));
  put(Family::kMeta, keys::namespace_counts(kNumber),
      core::encode_counts({.open = 1, .closed = 2}));
  EXPECT_NE(::testing::PrintToString(problems()).find("had not closed when it began"),
            std::string::npos)
      << ::testing::PrintToString(problems());
}

TEST_F(AuditTest, FindsAChainThatHasLostItsNextRun) {
  const StartRequest request{.workflow_id = WorkflowId("closed")};
  const auto begun = core::test::started(run_id(2), at(1000), {}, request);
  const auto end = core::test::closed(run_id(2), at(2000), RunStatus::kCompleted, {}, run_id(9));
  const std::string history = core::test::bytes_of(begun) + core::test::bytes_of(end);
  put(Family::kRun, keys::run(kNumber, run_id(2)), history);
  const auto run = core::decode_run(run_id(2), history);
  put(Family::kHead, head_of("closed"), core::encode_head({.current = run->head}));
  expect_only("the next of its chain, which is not the current one");
}

TEST_F(AuditTest, FindsADeadlineThatIsNotKept) {
  put(Family::kMeta, keys::namespace_counts(kNumber),
      core::encode_counts({.open = 2, .closed = 1}));
  StartRequest request{.workflow_id = WorkflowId("timed")};
  request.run_timeout = std::chrono::seconds(5);
  make(request, run_id(5));
  EXPECT_EQ(problems(), std::vector<std::string>());
  erase(Family::kTimer, keys::timer(kNumber, {at(6000), run_id(5)}));
  expect_only("the run has a deadline, and nothing will end it then");
}

TEST_F(AuditTest, FindsATimerOfNoOpenRun) {
  put(Family::kTimer, keys::timer(kNumber, {at(6000), run_id(2)}), "closed");
  expect_only("timer: the timer is of a run that is not open");
}

TEST_F(AuditTest, FindsAChainThatIsLinkedOneWayOnly) {
  put(Family::kMeta, keys::namespace_counts(kNumber),
      core::encode_counts({.open = 2, .closed = 1}));
  const std::string event =
      core::test::bytes_of(continued(run_id(4), at(2000), run_id(2), run_id(2)));
  const core::RunHead head = core::decode_run(run_id(4), event)->head;
  put(Family::kRun, keys::run(kNumber, run_id(4)), event);
  put(Family::kOpen, core::run_index::key(kNumber, RunStatus::kRunning, {at(2000), run_id(4)}), "");
  put(Family::kHead, head_of("closed"), core::encode_head({.current = head}));
  expect_only("which does not name it as the next of its chain");
}

TEST_F(AuditTest, FindsWrongCounts) {
  put(Family::kMeta, keys::namespace_counts(kNumber),
      core::encode_counts({.open = 7, .closed = 1}));
  expect_only("the counts are 7 open and 1 closed, the contents 1 open and 1 closed");
}

TEST_F(AuditTest, FindsWhatBelongsToNoNamespace) {
  put(Family::kHead, keys::head(kNumber + 1, WorkflowId("x")), "?");
  expect_only("head: the key is of a namespace that does not exist");
}

TEST_F(AuditTest, FindsCountsOfNoNamespace) {
  put(Family::kMeta, keys::namespace_counts(kNumber + 1), core::encode_counts({}));
  expect_only("meta: the counts are of a namespace that does not exist");
}

TEST_F(AuditTest, FindsANumberThatTwoNamespacesWouldHave) {
  put(Family::kMeta, std::string(keys::kNextNamespace), core::big_endian(kNumber + 1));
  EXPECT_EQ(problems(), std::vector<std::string>());
  put(Family::kMeta, std::string(keys::kNextNamespace), core::big_endian(kNumber));
  expect_only("the next namespace would be number 1, and there is number 1");
  put(Family::kMeta, std::string(keys::kNextNamespace), "?");
  expect_only("the number of the next namespace can't be read");
  erase(Family::kMeta, std::string(keys::kNextNamespace));
  expect_only("the next namespace would be number 1, and there is number 1");
}

TEST_F(AuditTest, FindsRecordsThatCannotBeRead) {
  put(Family::kRun, keys::run(kNumber, run_id(1)), "?");
  const auto found = problems();
  EXPECT_NE(::testing::PrintToString(found).find("run: corrupt record"), std::string::npos);
  EXPECT_GE(found.size(), 1u);
}

TEST_F(AuditTest, LeavesADeletedNamespaceToItsCleanUp) {
  core::NamespaceRecord record{.name = NamespaceName("orders-deleted-00000"),
                               .state = NamespaceState::kDeleted};
  put(Family::kMeta, keys::namespace_record(kNumber), core::encode_namespace(record));
  erase(Family::kHead, head_of("open"));
  EXPECT_TRUE(problems().empty());
}

TEST_F(AuditTest, FindsARunThatHasOutlivedItsRetention) {
  core::NamespaceRecord record{.name = NamespaceName("orders")};
  record.config.retention.closed = std::chrono::seconds(5);
  put(Family::kMeta, keys::namespace_record(kNumber), core::encode_namespace(record));
  put(Family::kMeta, keys::namespace_counts(kNumber),
      core::encode_counts({.open = 2, .closed = 1}));
  const Timestamp end = at(2000) + std::chrono::seconds(5);  // of the run of "closed"
  now_ = end + 2 * kReclaimBound;
  make("later", run_id(3), false, end + kReclaimBound);
  EXPECT_EQ(problems(), std::vector<std::string>());
  put(Family::kMeta, keys::namespace_counts(kNumber),
      core::encode_counts({.open = 3, .closed = 1}));
  make("later still", run_id(4), false, end + kReclaimBound + Duration(1));
  expect_only("and the run is still there");
  now_ = end;  // the clock was ahead, and has been set back
  EXPECT_EQ(problems(), std::vector<std::string>());
}

}  // namespace
}  // namespace onerun::store
