// Histories that are too long to lie beside their runs: written as they grow or as a whole, read
// from any event on, audited and erased.
#include "store/run_history.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/big_endian.hpp"
#include "core/history/codec.hpp"
#include "core/history/layout.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/transition.hpp"
#include "store/audit.hpp"
#include "store/memory_store.hpp"
#include "tests/support/core.hpp"
#include "tests/support/history.hpp"
#include "tests/support/payloads.hpp"
#include "tests/support/random_events.hpp"
#include "tests/support/stores.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;
using core::Event;
using core::RunRecord;
using core::test::at;
using core::test::run_id;

constexpr std::uint64_t kSeed = 20'261'201;
constexpr core::NamespaceNumber kNumber = 1;
const WorkflowId kId("long");

class RunHistoryTest : public ::testing::Test {
 protected:
  RunHistoryTest() : epoch_(*store_.acquire_epoch()) {
    const core::NamespaceRecord record{.name = NamespaceName("orders")};
    put(Family::kMeta, std::string(keys::kNextNamespace), core::big_endian(kNumber + 1));
    put(Family::kMeta, keys::namespace_record(kNumber), core::encode_namespace(record));
  }

  void put(Family family, const std::string& key, const std::string& value) {
    write([&](core::WriteSet& writes) { writes.put(family, key, value); });
  }
  void write(const std::function<void(core::WriteSet&)>& fill) {
    ASSERT_TRUE(test::commit(store_, epoch_, fill).ok());
  }

  /// One decision about the workflow id.
  void apply(const std::vector<core::IdEvent>& events) {
    const auto transition = core::apply(kNumber, kId, state_, events);
    ASSERT_TRUE(transition.ok()) << transition.status();
    const core::WriteSet* writes = &transition->writes;
    ASSERT_TRUE(
        store_.commit({.epoch = epoch_, .number = store_.last_commit() + 1, .writes = {&writes, 1}})
            .ok());
    open_ += transition->counts.open;
    closed_ += transition->counts.closed;
    put(Family::kMeta, keys::namespace_counts(kNumber),
        core::encode_counts({.open = static_cast<std::uint64_t>(open_),
                             .closed = static_cast<std::uint64_t>(closed_)}));
  }

  void start(const std::string& input = {}) {
    apply({core::test::started(run_id(1), at(1), {},
                               {.workflow_id = kId, .input = {Payload::bytes(input)}})});
  }
  void add(EventAttributes attributes) {
    apply({core::RunEvent(state_.current->run_id, {at(2), std::move(attributes)})});
  }
  void signal(const std::string& request_id, std::size_t bytes = 100) {
    add(event::RunSignaled{.name = "paid",
                           .input = {Payload::bytes(std::string(bytes, 's'))},
                           .request_id = RequestId(request_id)});
  }
  void signals(int number) {
    for (int i = 0; i < number; ++i) signal("s-" + std::to_string(++signaled_));
  }

  StoredRun read() const {
    auto stored = read_run(store_, kNumber, state_.current->run_id);
    EXPECT_TRUE(stored.ok()) << stored.status();
    EXPECT_TRUE(*stored);
    return std::move(**stored);
  }
  std::string whole() const { return *whole_history(store_, kNumber, read()).value(); }

  /// What is read of the run is what its whole history folds into.
  void expect_whole() {
    StoredRun stored = read();
    ASSERT_TRUE(stored.run.has_batches);
    const auto folded = core::decode_run(stored.run.head.run_id, whole());
    ASSERT_TRUE(folded.ok()) << folded.status();
    const RunRecord& run = stored.run;
    EXPECT_EQ(run.head, folded->head);
    EXPECT_EQ(run.head, *state_.current);
    EXPECT_EQ(run.started, folded->started);
    EXPECT_EQ(run.cancel_reason, folded->cancel_reason);
    EXPECT_EQ(run.pause, folded->pause);
    EXPECT_EQ(run.close, folded->close);
    EXPECT_EQ(run.base_run_id, folded->base_run_id);
    EXPECT_EQ(run.original_start_time, folded->original_start_time);
    EXPECT_EQ(run.reset_run_id, folded->reset_run_id);
    ASSERT_TRUE(read_signal_requests(store_, kNumber, stored.run).ok());
    EXPECT_EQ(run.signal_request_ids, folded->signal_request_ids);
    EXPECT_EQ(problems(), std::vector<std::string>());
  }

  std::vector<std::string> problems() {
    std::vector<std::string> found;
    const auto report = audit(store_, at(3), [&](const AuditProblem& problem) {
      found.push_back(std::string(name_of(problem.family)) + ": " + problem.what);
    });
    EXPECT_TRUE(report.ok()) << report.status();
    return found;
  }
  void expect_problem(const std::string& part) {
    const auto found = problems();
    ASSERT_FALSE(found.empty());
    EXPECT_NE(found[0].find(part), std::string::npos) << ::testing::PrintToString(found);
  }

  std::vector<std::pair<std::string, std::string>> keys_in(Family family) const {
    return test::scan(store_, family, "", "\xFF\xFF\xFF\xFF\xFF");
  }

  MemoryStore store_;
  const Epoch epoch_;
  core::WorkflowState state_;
  std::int64_t open_ = 0;
  std::int64_t closed_ = 0;
  int signaled_ = 0;
};

TEST_F(RunHistoryTest, KeepsAShortHistoryBesideItsRun) {
  start();
  signals(5);
  add(event::RunCompleted{.result = {Payload::bytes("ok")}});
  EXPECT_FALSE(read().run.has_batches);
  EXPECT_TRUE(keys_in(Family::kEvent).empty());
  EXPECT_EQ(problems(), std::vector<std::string>());
}

TEST_F(RunHistoryTest, NeverChangesWhatItHasWrittenOfALongOne) {
  start();
  signals(100);
  const auto before = keys_in(Family::kEvent);
  const std::string beside = read().value;
  signals(1);
  EXPECT_EQ(read().value, beside);
  const auto after = keys_in(Family::kEvent);
  EXPECT_EQ(after.size(), before.size() + 2) << "a batch, and a request id";
  const std::set<std::pair<std::string, std::string>> all(after.begin(), after.end());
  for (const auto& one : before) EXPECT_TRUE(all.contains(one));
}

TEST_F(RunHistoryTest, ReadsTheStateOfARunWithoutItsHistory) {
  start();
  signals(100);
  expect_whole();
  add(event::RunCancelRequested{.reason = "why", .identity = "who"});
  add(event::RunPaused{.reason = "lunch", .identity = "me", .request_id = RequestId("p-1")});
  expect_whole();
  EXPECT_EQ(read().run.cancel_reason, "why");
  EXPECT_EQ(read().run.pause->reason, "lunch");
  signals(10);
  add(event::RunUnpaused{});
  expect_whole();
  EXPECT_FALSE(read().run.pause);
  add(event::RunCompleted{.result = {Payload::bytes("done")}, .identity = "me"});
  expect_whole();
  EXPECT_EQ(test::text_of(read().run.close.result), "done");
}

TEST_F(RunHistoryTest, EndsAPauseThatBeganBesideTheRun) {
  start();
  add(event::RunPaused{.reason = "lunch"});
  signals(100);
  expect_whole();
  EXPECT_TRUE(read().run.pause);
  add(event::RunUnpaused{});
  expect_whole();
}

TEST_F(RunHistoryTest, PutsAllButTheFirstEventIntoBatchesBehindALargeInput) {
  start(std::string(2 * core::kBesideRunBytes, 'i'));
  EXPECT_FALSE(read().run.has_batches);
  add(event::RunFailed{.failure = Failure{.message = "no"}});
  expect_whole();
  EXPECT_EQ(read().run.events_beside, 1u);
}

TEST_F(RunHistoryTest, GivesThePagesOfAnyHistory) {
  core::test::RandomEvents random(kSeed);
  start();
  while (state_.current->history_length < 400) {
    Event event = random.any();
    const bool fits = core::misfit(*state_.current, event).empty() &&
                      !is_closed(core::closed_by(event)) &&
                      !std::holds_alternative<event::WorkflowTaskFailed>(event.attributes);
    if (fits) apply({core::RunEvent(run_id(1), std::move(event))});
  }
  expect_whole();
  const std::string history = whole();
  const StoredRun stored = read();
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t first = 1 + random.below(402);
    const std::size_t limit = 1 + random.below(60);
    const auto page = read_history(store_, kNumber, stored, first, limit);
    ASSERT_TRUE(page.ok() && *page) << page.status();
    ASSERT_EQ(**page, *core::test::read_history(run_id(1), history, first, limit));
  }
}

TEST_F(RunHistoryTest, WritesThatOfAResetAsItGrewByItself) {
  start();
  signals(300);
  const std::string history = whole();
  add(event::RunCompleted{});
  const core::RunHead before = *state_.current;
  const std::string reset = core::encode(
      Event{at(3), event::WorkflowTaskFailed{.base_run_id = before.run_id,
                                             .request_id = RequestId("again"),
                                             .previous_run_id = before.run_id,
                                             .original_execution_run_id = before.run_id,
                                             .lineage_run_id = before.run_id,
                                             .dropped_signals = {RequestId("left-out")}}});
  const auto begun = core::decode_run(run_id(2), history + reset);
  ASSERT_TRUE(begun.ok()) << begun.status();
  apply({core::RunReset{.run_id = run_id(2),
                        .history = std::make_shared<const std::string>(history + reset),
                        .head = std::make_shared<const core::RunHead>(begun->head),
                        .signal_request_ids = {}}});
  expect_whole();
  EXPECT_EQ(whole(), history + reset);
  EXPECT_EQ(read().run.base_run_id, before.run_id);
  signals(10);
  apply({core::RunEvent(run_id(2), {at(4), event::RunTerminated{.reason = "enough"}})});
  expect_whole();
}

TEST_F(RunHistoryTest, KeepsTheNotesBehindTheEndOfALongOne) {
  start();
  signals(100);
  const std::string open = whole();
  add(event::RunCompleted{});
  const std::string note = core::encode(core::ResetNote{at(3), run_id(9)});
  write([&](core::WriteSet& writes) {
    writes.append(Family::kRun, keys::run(kNumber, run_id(1)), note);
  });
  EXPECT_EQ(read().run.reset_run_id, run_id(9));
  EXPECT_EQ(whole(), open + core::encode(Event{at(2), event::RunCompleted{}}) + note);
}

TEST_F(RunHistoryTest, ErasesALongOneAndNoOther) {
  start();
  signals(100);
  const auto others = keys_in(Family::kEvent);
  apply({core::test::closed(run_id(1), at(2), RunStatus::kCompleted, {}),
         core::test::started(run_id(2), at(3), run_id(1), {.workflow_id = kId})});
  const auto with_end = keys_in(Family::kEvent);
  signals(100);
  const core::RunHead& run = *state_.current;
  ASSERT_TRUE(may_have_batches(run));
  apply({core::RunRemoved{run.run_id, run.status, at(4), run.start_time, run.previous_run_id,
                          may_have_batches(run)}});
  EXPECT_EQ(keys_in(Family::kEvent), with_end);
  EXPECT_EQ(with_end.size(), others.size() + 1);
}

TEST_F(RunHistoryTest, IsGoneForAReaderWhoseRunWasRemovedMeanwhile) {
  start();
  signals(100);
  const StoredRun stored = read();
  const core::RunHead run = *state_.current;
  apply({core::RunRemoved{run.run_id, run.status, at(4), run.start_time, {}, true}});
  const auto page = read_history(store_, kNumber, stored, 60, 10);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_FALSE(*page);
  const auto history = whole_history(store_, kNumber, stored);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_FALSE(*history);
}

TEST_F(RunHistoryTest, IsDataLossIfABatchIsMissing) {
  start();
  signals(100);
  write([&](core::WriteSet& writes) {
    writes.erase(Family::kEvent, keys::event_batch(kNumber, run_id(1), 70));
  });
  EXPECT_EQ(read_history(store_, kNumber, read(), 60, 20).code(), StatusCode::kDataLoss);
  EXPECT_EQ(read_history(store_, kNumber, read(), 70, 20).code(), StatusCode::kDataLoss);
  EXPECT_TRUE(read_history(store_, kNumber, read(), 71, 20).ok());
  EXPECT_EQ(whole_history(store_, kNumber, read()).code(), StatusCode::kDataLoss);
  expect_problem("events that lie in batches are not there");
}

TEST_F(RunHistoryTest, IsAuditedToTheLastKey) {
  start();
  signals(100);
  const auto batch = keys::event_batch(kNumber, run_id(1), 80);
  const std::string event = test::get(store_, Family::kEvent, batch);

  put(Family::kEvent, batch, core::encode(Event{at(2), event::RunSignaled{.name = "x"}}));
  expect_problem("the head of the run does not say what its history says");
  put(Family::kEvent, batch, event + event);
  expect_problem("not there");
  put(Family::kEvent, batch, event);
  ASSERT_EQ(problems(), std::vector<std::string>());

  const auto request = keys::signal_request(kNumber, run_id(1), RequestId("s-100"));
  const std::string of_event = test::get(store_, Family::kEvent, request);
  write([&](core::WriteSet& writes) { writes.erase(Family::kEvent, request); });
  expect_problem("the request ids of signals are not those of the history");
  put(Family::kEvent, request, of_event);
  put(Family::kEvent, keys::event_batch(kNumber, run_id(1), 2), event);
  expect_problem("has no such events in batches");
  write([&](core::WriteSet& writes) {
    writes.erase(Family::kEvent, keys::event_batch(kNumber, run_id(1), 2));
  });
  put(Family::kEvent, keys::event_batch(kNumber, run_id(7), 80), event);
  expect_problem("the events are of a run that is not there");
}

}  // namespace
}  // namespace onerun::store
