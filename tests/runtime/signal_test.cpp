// Signals, starts with a signal, and histories, through the public API on both stores: the
// specification's cases of sections C and I.
#include <gtest/gtest.h>

#include "tests/support/events.hpp"
#include "tests/support/payloads.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

using namespace std::chrono_literals;
using enum ReusePolicy;

class Signals : public test::OnBothStores {
 protected:
  static constexpr auto kNoConflict = ConflictPolicy::kUnspecified;

  static StartRequest with(ReusePolicy reuse, ConflictPolicy conflict = kNoConflict,
                           const std::string& request_id = {}) {
    return {.workflow_id = WorkflowId("W"),
            .request_id = RequestId(request_id),
            .reuse_policy = reuse,
            .conflict_policy = conflict};
  }

  Result<StartResult> signal_with_start(StartRequest request, Signal signal = {.name = "s"}) {
    return orders().signal_with_start(std::move(request), std::move(signal)).get();
  }
  Result<RunInfo> signal(const std::string& request_id = {}, RunId run = {}) {
    return orders()
        .signal(
            {WorkflowId("W"), std::move(run)},
            {.name = "paid", .input = {Payload::bytes("17")}, .request_id = RequestId(request_id)})
        .get();
  }
  std::vector<EventType> events(RunId run = {}) {
    std::vector<EventType> types;
    const auto page = orders().history({WorkflowId("W"), std::move(run)}).get();
    EXPECT_TRUE(page.ok()) << page.status();
    for (const HistoryEvent& event : page->events) types.push_back(event.type());
    return types;
  }
  using Types = std::vector<EventType>;
};

// ---- signals ----

TEST_P(Signals, AreKeptInOrder) {
  const RunId run = start("W")->run_id;
  for (const char* text : {"a", "b", "c"}) {
    ASSERT_TRUE(orders()
                    .signal({WorkflowId("W")}, {.name = "n", .input = {Payload::bytes(text)}})
                    .get()
                    .ok());
  }
  const auto page = orders().history({WorkflowId("W")}, 2, 2).get();
  ASSERT_EQ(page->events.size(), 2u);
  EXPECT_EQ(page->run_id, run);
  EXPECT_EQ(page->events[0].event_id, 2u);
  ASSERT_EQ(page->events[0].type(), EventType::kRunSignaled);
  EXPECT_EQ(page->events[0].as<event::RunSignaled>()->name, "n");
  EXPECT_EQ(test::given_with(page->events[0]), "a");
  EXPECT_EQ(test::given_with(page->events[1]), "b");
  EXPECT_EQ(page->next_event_id, 4u);
  EXPECT_FALSE(page->is_last);
  const auto next = orders().history({WorkflowId("W")}, page->next_event_id).get();
  EXPECT_EQ(test::given_with(next->events[0]), "c");
}

TEST_P(Signals, C184_ARepeatIsASuccessAlsoOnceTheRunIsClosed) {
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(signal("S").ok());
  ASSERT_TRUE(signal("S").ok());
  EXPECT_EQ(events(), (Types{EventType::kRunStarted, EventType::kRunSignaled}));
  ASSERT_TRUE(complete("W").ok());
  const auto again = signal("S");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->status, RunStatus::kCompleted);
}

TEST_P(Signals, C185_AClosedRunTakesNoNewOnes) {
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(complete("W").ok());
  for (const char* id : {"new", ""}) {
    const Status status = signal(id).status();
    EXPECT_EQ(status.code(), StatusCode::kNotFound);
    EXPECT_NE(status.detail<AlreadyClosed>(), nullptr);
  }
}

TEST_P(Signals, WithoutARequestIdMayComeTwice) {
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(signal().ok());
  ASSERT_TRUE(signal().ok());
  EXPECT_EQ(events().size(), 3u);
}

TEST_P(Signals, AreRememberedByTheRunTheyWentTo) {
  const RunId a = start("W")->run_id;
  ASSERT_TRUE(signal("S").ok());
  ASSERT_TRUE(orders().continue_as_new({WorkflowId("W")}).get().ok());
  EXPECT_TRUE(signal("S", a).ok()) << "a repeat for the run before";
  ASSERT_TRUE(signal("S").ok()) << "and a new one for this run";
  EXPECT_EQ(events().size(), 2u);
  EXPECT_EQ(signal("T", a).code(), StatusCode::kNotFound);
}

TEST_P(Signals, AreRememberedByAnActorThatWasPassivated) {
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(signal("S").ok());
  passivate_the_actor();
  ASSERT_TRUE(signal("S").ok());
  EXPECT_EQ(events().size(), 2u);
}

TEST_P(Signals, OutliveARestart) {
  if (store() == StoreKind::kMemory) GTEST_SKIP() << "needs a disk";
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(signal("S").ok());
  reopen();
  ASSERT_TRUE(signal("S").ok());
  EXPECT_EQ(events().size(), 2u);
}

TEST_P(Signals, BeyondTheLimitAreRefusedAndTheRunStaysOpen) {
  ASSERT_TRUE(start("W").ok());
  std::vector<Future<Result<RunInfo>>> sent;
  for (std::size_t i = 0; i < limits::kSignalsPerRun; ++i) {
    sent.push_back(orders().signal({WorkflowId("W")}, {.name = "n"}));
  }
  for (auto& one : sent) ASSERT_TRUE(one.get().ok());
  const Status status = signal().status();
  const auto* exhausted = status.detail<Exhausted>();
  ASSERT_NE(exhausted, nullptr) << status;
  EXPECT_EQ(exhausted->resource, "signals");
  EXPECT_NE(status.message().find("signals is 10000 of 10000"), std::string_view::npos);
  EXPECT_EQ(exhausted->limit, limits::kSignalsPerRun);
  EXPECT_EQ(describe("W")->run.status, RunStatus::kRunning);
  EXPECT_TRUE(complete("W").ok());
}

TEST_P(Signals, NeedAName) {
  ASSERT_TRUE(start("W").ok());
  const Status status = orders().signal({WorkflowId("W")}, {.name = ""}).get().status();
  ASSERT_NE(status.detail<InvalidField>(), nullptr);
  EXPECT_EQ(status.detail<InvalidField>()->field, "signal.name");
}

// ---- signal with start ----

TEST_P(Signals, C058_SignalWithStartSignalsTheOpenRun) {
  const RunId a = start("W")->run_id;
  const auto answer = signal_with_start(with(kUnspecified));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_FALSE(answer->started);
  EXPECT_EQ(answer->rule, StartRule::kUsedExisting);
  EXPECT_EQ(answer->run_id, a);
  EXPECT_EQ(answer->first_execution_run_id, a);
  EXPECT_EQ(events(), (Types{EventType::kRunStarted, EventType::kRunSignaled}));
}

TEST_P(Signals, StartARunAndGiveItTheSignalInOneCommit) {
  const auto answer = signal_with_start(with(kUnspecified));
  EXPECT_TRUE(answer->started);
  EXPECT_EQ(events(), (Types{EventType::kRunStarted, EventType::kRunSignaled}));
}

TEST_P(Signals, C059_C061_RejectDuplicateRefusesAfterAClosedRun) {
  for (const RunStatus status : {RunStatus::kTerminated, RunStatus::kCompleted}) {
    const RunId a = start(with(kUnspecified))->run_id;
    ASSERT_TRUE(close_as("W", status).ok());
    const Status refusal = signal_with_start(with(kRejectDuplicate)).status();
    const auto* refused = refusal.detail<AlreadyStarted>();
    ASSERT_NE(refused, nullptr) << refusal;
    EXPECT_EQ(refused->run_id, a);
    EXPECT_EQ(refused->rule, StartRule::kRejectedDuplicate);
    ASSERT_TRUE(orders().remove({WorkflowId("W")}).get().ok());
  }
}

TEST_P(Signals, C062_C064_FailedOnly) {
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(complete("W").ok());
  const Status refusal = signal_with_start(with(kAllowDuplicateFailedOnly)).status();
  ASSERT_NE(refusal.detail<AlreadyStarted>(), nullptr);
  EXPECT_EQ(refusal.detail<AlreadyStarted>()->rule, StartRule::kRejectedCompleted);
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(close_as("W", RunStatus::kTerminated).ok());
  EXPECT_TRUE(signal_with_start(with(kAllowDuplicateFailedOnly))->started);
}

TEST_P(Signals, C065_TerminateIfRunning) {
  const RunId a = start("W")->run_id;
  const auto answer = signal_with_start(with(kTerminateIfRunning));
  EXPECT_TRUE(answer->started);
  EXPECT_NE(answer->run_id, a);
  EXPECT_EQ(describe("W", a)->run.status, RunStatus::kTerminated);
  EXPECT_EQ(events(), (Types{EventType::kRunStarted, EventType::kRunSignaled}));
}

TEST_P(Signals, C067_TheSignalIsThereBeforeTheDelayIsOver) {
  StartRequest request = with(kUnspecified);
  request.start_delay = 3s;
  ASSERT_TRUE(signal_with_start(request).ok());
  EXPECT_EQ(describe("W")->execution_time, clock().now() + 3s);
  EXPECT_EQ(events(), (Types{EventType::kRunStarted, EventType::kRunSignaled}));
}

TEST_P(Signals, C068_ARepeatGetsTheRunThatItStarted) {
  const RunId a = signal_with_start(with(kUnspecified, kNoConflict, "R"))->run_id;
  const auto again = signal_with_start(with(kUnspecified, kNoConflict, "R"));
  EXPECT_EQ(again->rule, StartRule::kDeduplicated);
  EXPECT_EQ(again->run_id, a);
  EXPECT_EQ(events().size(), 2u) << "no second signal";
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(signal_with_start(with(kUnspecified, kNoConflict, "R"))->run_id, a);
}

TEST_P(Signals, ARepeatForAnOpenRunGetsThatRunAlsoOnceItIsClosed) {
  const RunId a = start("W")->run_id;
  ASSERT_TRUE(signal_with_start(with(kUnspecified, kNoConflict, "R")).ok());
  ASSERT_TRUE(complete("W").ok());
  const auto again = signal_with_start(with(kUnspecified, kNoConflict, "R"));
  EXPECT_EQ(again->rule, StartRule::kDeduplicatedAttached);
  EXPECT_EQ(again->run_id, a);
  EXPECT_EQ(again->status, RunStatus::kCompleted);
}

TEST_P(Signals, ARepeatGetsItsRunAlsoOnceTheChainHasMovedOn) {
  const RunId a = start("W")->run_id;
  ASSERT_TRUE(signal_with_start(with(kUnspecified, kNoConflict, "R")).ok());
  ASSERT_TRUE(orders().continue_as_new({WorkflowId("W")}).get().ok());
  const auto again = signal_with_start(with(kUnspecified, kNoConflict, "R"));
  EXPECT_EQ(again->rule, StartRule::kDeduplicatedAttached);
  EXPECT_EQ(again->run_id, a);
  EXPECT_EQ(events().size(), 1u) << "no second signal";
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(signal_with_start(with(kUnspecified, kNoConflict, "R"))->run_id, a);
}

TEST_P(Signals, ARepeatIsKnownByTheSignalAloneWhateverThePolicy) {
  const Signal paid{.name = "paid", .request_id = RequestId("S")};
  const auto policies = {ConflictPolicy::kUseExisting, ConflictPolicy::kTerminateExisting};
  for (const ConflictPolicy conflict : policies) {
    const RunId run = signal_with_start(with(kAllowDuplicate, conflict), paid)->run_id;
    for (const bool is_closed : {false, true}) {
      if (is_closed) ASSERT_TRUE(complete("W").ok());
      const auto again = signal_with_start(with(kAllowDuplicate, conflict), paid);
      EXPECT_EQ(again->rule, StartRule::kDeduplicatedAttached);
      EXPECT_EQ(again->run_id, run);
      EXPECT_EQ(events(run).size(), is_closed ? 3u : 2u);
    }
    ASSERT_TRUE(orders().remove({WorkflowId("W")}).get().ok());
  }
}

/// The clean-up used to make the difference.
TEST_P(Signals, ARepeatIsKnownByTheSignalAsLongAsTheRunIsRetained) {
  set_retention({.closed = 10s, .ids = 100s});
  const Signal paid{.name = "paid", .request_id = RequestId("S")};
  const RunId run = signal_with_start(with(kRejectDuplicate, kNoConflict, "r1"), paid)->run_id;
  ASSERT_TRUE(complete("W").ok());
  clock().advance(10s - Duration(1));
  EXPECT_EQ(signal_with_start(with(kRejectDuplicate, kNoConflict, "r2"), paid)->run_id, run);
  clock().advance(Duration(1));
  for (const bool is_reclaimed : {false, true}) {
    if (is_reclaimed) ASSERT_EQ(*testing::reclaim_now(runtime()), 1u);
    const auto again = signal_with_start(with(kRejectDuplicate, kNoConflict, "r2"), paid);
    EXPECT_EQ(again.code(), StatusCode::kAlreadyExists);
    const auto same = signal_with_start(with(kRejectDuplicate, kNoConflict, "r1"), paid);
    EXPECT_EQ(same->rule, StartRule::kDeduplicated);
  }
}

TEST_P(Signals, ARepeatIsKnownByTheSignalAloneAlsoOnceTheChainHasMovedOn) {
  const RunId run = start("W")->run_id;
  const Signal paid{.name = "paid", .request_id = RequestId("S")};
  ASSERT_TRUE(signal_with_start(with(kAllowDuplicate, kNoConflict, "r1"), paid).ok());
  ASSERT_TRUE(orders().continue_as_new({WorkflowId("W")}, {}).get().ok());
  for (const char* request_id : {"r1", "r2", ""}) {
    const auto again = signal_with_start(with(kAllowDuplicate, kNoConflict, request_id), paid);
    EXPECT_EQ(again->rule, StartRule::kDeduplicatedAttached);
    EXPECT_EQ(again->run_id, run);
  }
  EXPECT_EQ(events(), Types{EventType::kRunStarted});
}

TEST_P(Signals, AreKnownOfARunThatWasReplacedBeforeItWasDurable) {
  const RunId a = start("W")->run_id;
  const Signal x{.name = "n", .request_id = RequestId("x")};
  auto first = orders().signal({WorkflowId("W"), a}, x);
  auto next = orders().continue_as_new({WorkflowId("W"), a});
  auto again = orders().signal({WorkflowId("W"), a}, x);
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(next.get().ok());
  const auto repeated = again.get();
  EXPECT_TRUE(repeated.ok()) << repeated.status();
}

TEST_P(Signals, C070_AllowDuplicateAfterAClosedRun) {
  const RunId a = start("W")->run_id;
  ASSERT_TRUE(complete("W").ok());
  EXPECT_NE(signal_with_start(with(kAllowDuplicate))->run_id, a);
}

TEST_P(Signals, C071_C073_C074_RefusePairsThatContradict) {
  for (const auto& request : {with(kUnspecified, ConflictPolicy::kFail),
                              with(kTerminateIfRunning, ConflictPolicy::kUseExisting),
                              with(kRejectDuplicate, ConflictPolicy::kTerminateExisting)}) {
    EXPECT_EQ(signal_with_start(request).code(), StatusCode::kInvalidArgument);
  }
}

TEST_P(Signals, C076_C077_RefuseTextsThatAreTooLongOrEmpty) {
  const std::string too_long(limits::kIdBytes + 1, 'x');
  const auto field_of = [&](StartRequest request, Signal signal = {.name = "s"}) {
    const Status status = signal_with_start(std::move(request), std::move(signal)).status();
    const auto* invalid = status.detail<InvalidField>();
    return invalid == nullptr ? std::string("accepted") : invalid->field;
  };
  StartRequest request = with(kUnspecified);
  EXPECT_EQ(field_of(with(kUnspecified, kNoConflict, too_long)), "request_id");
  EXPECT_EQ(field_of(request, {.name = too_long}), "signal.name");
  EXPECT_EQ(field_of(request, {.name = ""}), "signal.name");
  EXPECT_EQ(field_of(request, {.name = "s", .request_id = RequestId(too_long)}),
            "signal.request_id");
  request.workflow_id = WorkflowId("");
  EXPECT_EQ(field_of(request), "workflow_id");
  request.workflow_id = WorkflowId(too_long);
  EXPECT_EQ(field_of(request), "workflow_id");
  request = with(kUnspecified);
  request.workflow_type = too_long;
  EXPECT_EQ(field_of(request), "workflow_type");
}

TEST_P(Signals, TryingStartsNothingAndSignalsNothing) {
  StartRequest request = with(kUnspecified);
  request.dry_run = true;
  EXPECT_EQ(signal_with_start(request)->rule, StartRule::kStarted);
  ASSERT_TRUE(start("W").ok());
  EXPECT_EQ(signal_with_start(request)->rule, StartRule::kUsedExisting);
  EXPECT_EQ(events().size(), 1u);
}

/// A cell for each pair of policies and each state, as section 1.6 has them.
TEST_P(Signals, TheTableOfSignalWithStart) {
  enum Cell { kNew, kSig, kTerm, kRefused, kInvalid };
  struct Row {
    ReusePolicy reuse;
    ConflictPolicy conflict;
    Cell running, completed, failed;
  };
  using enum ConflictPolicy;
  const ConflictPolicy none = kNoConflict;
  for (const Row& row : {Row{kAllowDuplicate, none, kSig, kNew, kNew},
                         Row{kAllowDuplicate, kUseExisting, kSig, kNew, kNew},
                         Row{kAllowDuplicate, kTerminateExisting, kTerm, kNew, kNew},
                         Row{kAllowDuplicate, kFail, kInvalid, kInvalid, kInvalid},
                         Row{kAllowDuplicateFailedOnly, none, kSig, kRefused, kNew},
                         Row{kAllowDuplicateFailedOnly, kUseExisting, kSig, kRefused, kNew},
                         Row{kAllowDuplicateFailedOnly, kTerminateExisting, kTerm, kRefused, kNew},
                         Row{kAllowDuplicateFailedOnly, kFail, kInvalid, kInvalid, kInvalid},
                         Row{kRejectDuplicate, none, kSig, kRefused, kRefused},
                         Row{kRejectDuplicate, kUseExisting, kSig, kRefused, kRefused},
                         Row{kRejectDuplicate, kTerminateExisting, kInvalid, kInvalid, kInvalid},
                         Row{kTerminateIfRunning, none, kTerm, kNew, kNew},
                         Row{kTerminateIfRunning, kUseExisting, kInvalid, kInvalid, kInvalid}}) {
    const std::array<std::pair<RunStatus, Cell>, 3> cells = {
        {{RunStatus::kRunning, row.running},
         {RunStatus::kCompleted, row.completed},
         {RunStatus::kFailed, row.failed}}};
    for (const auto& [status, cell] : cells) {
      bring_into("W", status);
      const RunId before = describe("W")->run.run_id;
      const auto answer = signal_with_start(with(row.reuse, row.conflict));
      Cell got = kInvalid;
      if (answer.ok()) {
        got = !answer->started ? kSig : answer->displaced ? kTerm : kNew;
        EXPECT_EQ(events().back(), EventType::kRunSignaled);
        EXPECT_EQ(answer->run_id == before, got == kSig);
      } else if (answer.code() == StatusCode::kAlreadyExists) {
        got = kRefused;
      }
      EXPECT_EQ(got, cell) << row.reuse << " " << row.conflict << " " << status;
      while (orders().remove({WorkflowId("W")}).get().ok()) {
      }
    }
  }
}

// ---- histories ----

TEST_P(Signals, AHistoryHasEveryKindOfEvent) {
  StartRequest request = with(kUnspecified, kNoConflict, "R");
  request.workflow_type = "ship";
  request.input = {Payload::bytes("in")};
  request.identity = "me";
  ASSERT_TRUE(start(request).ok());
  ASSERT_TRUE(orders().request_cancel({WorkflowId("W")}, {.reason = "why"}).get().ok());
  StartRequest attach = with(kUnspecified, ConflictPolicy::kUseExisting, "A");
  attach.attach_request_id = true;
  ASSERT_TRUE(start(attach).ok());
  ASSERT_TRUE(signal("S").ok());
  ASSERT_TRUE(
      orders().fail({WorkflowId("W")}, {.message = "no"}, {.identity = "worker"}).get().ok());

  const auto page = orders().history({WorkflowId("W")}).get();
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(page->is_last);
  EXPECT_EQ(page->next_event_id, 6u);
  const auto& e = page->events;
  ASSERT_EQ(e.size(), 5u);
  const auto& started = *e[0].as<event::RunStarted>();
  EXPECT_EQ(started.workflow_type, "ship");
  EXPECT_EQ(test::text_of(started.input), "in");
  EXPECT_EQ(started.request_id, RequestId("R"));
  EXPECT_EQ(started.identity, "me");
  EXPECT_EQ(e[1].as<event::RunCancelRequested>()->reason, "why");
  EXPECT_EQ(e[2].as<event::RunOptionsUpdated>()->attached_request_id, RequestId("A"));
  EXPECT_EQ(e[3].as<event::RunSignaled>()->request_id, RequestId("S"));
  const auto& failed = *e[4].as<event::RunFailed>();
  EXPECT_EQ(failed.failure->message, "no");
  EXPECT_EQ(failed.identity, "worker");
  EXPECT_EQ(describe("W")->history_length, 5u);
}

TEST_P(Signals, AHistoryIsReadInPages) {
  ASSERT_TRUE(start("W").ok());
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(signal().ok());
  std::uint64_t next = 1;
  std::size_t read = 0;
  for (int pages = 0; pages < 3; ++pages) {
    const auto page = orders().history({WorkflowId("W")}, next).get();
    read += page->events.size();
    next = page->next_event_id;
  }
  EXPECT_EQ(read, 301u);
  EXPECT_EQ(next, 302u);
  EXPECT_TRUE(orders().history({WorkflowId("W")}, next).get()->events.empty());
  EXPECT_TRUE(orders().history({WorkflowId("W")}, 1'000'000).get()->events.empty());
  for (const std::size_t limit : {std::size_t{0}, limits::kEventsPerPage + 1}) {
    EXPECT_EQ(orders().history({WorkflowId("W")}, 1, limit).get().code(),
              StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(orders().history({WorkflowId("nobody")}).get().code(), StatusCode::kNotFound);
}

TEST_P(Signals, TheEndOfAHistoryNamesTheNextRun) {
  const RunId a = start("W")->run_id;
  const RunId b = orders().continue_as_new({WorkflowId("W")}).get()->new_execution_run_id;
  const auto page = orders().history({WorkflowId("W"), a}).get();
  EXPECT_TRUE(page->is_last);
  EXPECT_EQ(page->events.back().as<event::RunContinuedAsNew>()->new_execution_run_id, b);
}

ONERUN_ON_BOTH_STORES(Signals);

}  // namespace
}  // namespace onerun
