// Memory runs out: in every decoder and at every entry of the API, each allocation of the calling
// thread fails in turn, once. The caller gets an answer, and asking again works. A program of its
// own: it has its own operator new.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <future>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "core/records.hpp"
#include "tests/support/core.hpp"
#include "tests/support/runtimes.hpp"

namespace {

/// Allocations of this thread until one fails; 0: none does.
thread_local unsigned until_failure = 0;

bool fails_now() { return until_failure > 0 && --until_failure == 0; }

void* allocate(std::size_t size) {
  return fails_now() ? nullptr : std::malloc(size > 0 ? size : 1);
}

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = allocate(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
// Such memory goes back by the ordinary operator delete, too: std::stable_sort does so.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
// gcc takes free for a stranger to this operator new.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace onerun::test {
namespace {

/// While it lives, that allocation of this thread fails.
class FailingAllocation {
 public:
  explicit FailingAllocation(unsigned number) { until_failure = number; }
  ~FailingAllocation() { until_failure = 0; }

  /// No more from here on. Returns whether one has failed.
  bool end() { return std::exchange(until_failure, 0) == 0; }
};

/// Attempts it again and again, each time with another allocation failing, until none does:
/// `attempt` returns whether one did. Returns how many have.
unsigned fail_each_allocation(const std::function<bool(unsigned number)>& attempt) {
  constexpr unsigned kMost = 10'000;
  unsigned number = 1;
  while (attempt(number)) {
    if (::testing::Test::HasFatalFailure()) break;
    if (++number == kMost) {
      ADD_FAILURE() << "there is no end to it";
      break;
    }
  }
  return number - 1;
}

// ---- decoders: they throw what the edge of the library catches ----

template <class Decode>
void expect_decoder_survives(const std::string& bytes, Decode decode) {
  const auto wanted = decode(bytes);
  ASSERT_TRUE(wanted.ok()) << wanted.status();
  const unsigned failed = fail_each_allocation([&](unsigned number) {
    FailingAllocation failing(number);
    bool has_thrown = false;
    try {
      static_cast<void>(decode(bytes));
    } catch (const std::bad_alloc&) {
      has_thrown = true;
    }
    const bool has_failed = failing.end();
    EXPECT_EQ(has_thrown, has_failed) << number;
    const auto again = decode(bytes);
    EXPECT_TRUE(again.ok() && *again == *wanted) << number;
    return has_failed;
  });
  EXPECT_GT(failed, 0u);
}

TEST(Allocation, MayFailInTheDecoderOfHeads) {
  core::RunHead head{
      .run_id = RunId(std::string_view("a run id that a caller brought, a long one")),
      .status = RunStatus::kFailed,
      .start_time = core::test::at(1'000)};
  head.close_time = core::test::at(2'000);
  head.start_request_id = RequestId("a request id that is longer than what a string keeps inside");
  head.attached = {{RequestId("another request id that is longer than fits inside"), 2}};
  expect_decoder_survives(core::encode_head({.current = head}), core::decode_head);
}

TEST(Allocation, MayFailInTheDecoderOfNamespaces) {
  core::NamespaceRecord record{.name = NamespaceName("a namespace with a rather long name, here")};
  record.config.owner = "somebody with a name that takes its own memory";
  record.config.data = {
      {"a key that takes its own memory, as it is long", "a value that does, too"}};
  expect_decoder_survives(core::encode_namespace(record), core::decode_namespace);
}

TEST(Allocation, MayFailInTheDecoderOfRuns) {
  core::StartCommand start{.workflow_id = core::test::kId};
  start.request_id = RequestId("a request id that is longer than what a string keeps inside");
  start.workflow_type = "a workflow type that takes its own memory";
  start.memo = {{"a key that takes its own memory, as it is long", "a value that does, too"}};
  start.retry_policy =
      RetryPolicy{.non_retryable_types = {"a type with a name that is rather long"}};
  start.cron_schedule = "CRON_TZ=America/New_York 0 18 * * mon-fri";
  const RunId run_id = core::test::run_id(5);
  const std::string history =
      core::encode_event(core::test::kId, core::RunStarted{run_id, core::test::at(1), {}, &start}) +
      core::encode_event(core::test::kId, core::CancelRequested{run_id, core::test::at(2),
                                                                "a reason with many words to it",
                                                                "somebody with a long name"}) +
      core::encode_event(
          core::test::kId,
          core::RunSignaled{run_id,
                            core::test::at(3),
                            {.name = "a signal with a name that takes memory",
                             .request_id = RequestId("and a request id of its own")}});
  expect_decoder_survives(history, [&](const std::string& bytes) -> Result<core::RunHead> {
    auto run = core::decode_run(run_id, bytes);
    if (!run.ok()) return run.status();
    return std::move(run->head);
  });
  expect_decoder_survives(
      history, [&](const std::string& bytes) { return core::read_history(run_id, bytes, 1, 10); });
}

constexpr const char* kRocksDbEndsTheProcess =
    "a read that has no memory inside of RocksDB ends the process there";

// ---- the API: each call is answered, and what it asked for was done whole or not at all ----

class AllocationAtTheEdge : public OnBothStores {
 protected:
  void TearDown() override {
    EXPECT_TRUE(runtime().serving());
    EXPECT_TRUE(runtime().shutdown(std::chrono::minutes(1)).ok()) << "something is still under way";
  }

  /// Asks with each allocation of the call failing in turn, for an order of a number of its own.
  /// The answer is ok, or that memory ran out. `then` looks at what has become of the order.
  template <class Ask>
  void expect_call_survives(Ask ask, const std::function<void(unsigned, bool was_done)>& then) {
    const Namespace name_space = orders();
    const unsigned failed = fail_each_allocation([&](unsigned number) {
      auto request = ask(name_space, number);
      FailingAllocation failing(number);
      auto answer = request();
      const bool has_failed = failing.end();
      const Status status = answer.get().status();
      // A few allocations are tried again.
      EXPECT_TRUE(status.ok() || (has_failed && status.code() == StatusCode::kResourceExhausted))
          << number << ": " << status;
      then(number, status.ok());
      return has_failed;
    });
    EXPECT_GT(failed, 0u);
  }

  static std::string order(unsigned number) {
    return "an order with a name that takes its own memory, " + std::to_string(number);
  }
};

StartRequest request_of(const std::string& order) {
  return {.workflow_id = WorkflowId(order),
          .request_id = RequestId("request for " + order),
          .workflow_type = "a workflow type that takes its own memory",
          .memo = {{"a key that takes its own memory", "a value that takes its own memory"}}};
}

TEST_P(AllocationAtTheEdge, MayFailInAStart) {
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        return [&name_space, request = request_of(order(number))]() mutable {
          return name_space.start(std::move(request));
        };
      },
      [&](unsigned number, bool was_done) {
        EXPECT_EQ(describe(order(number)).ok(), was_done);
        const auto again = start(request_of(order(number)));
        ASSERT_TRUE(again.ok()) << again.status();
        EXPECT_EQ(again->rule, was_done ? StartRule::kDeduplicated : StartRule::kStarted);
      });
}

TEST_P(AllocationAtTheEdge, MayFailInABatch) {
  const Namespace name_space = orders();
  const unsigned failed = fail_each_allocation([&](unsigned number) {
    std::vector<StartRequest> requests;
    for (unsigned i = 0; i < 3; ++i) requests.push_back(request_of(order(3 * number + i)));
    FailingAllocation failing(number);
    auto answer = name_space.start_batch(std::move(requests));
    const bool has_failed = failing.end();
    const auto started = answer.get();
    EXPECT_TRUE(started.ok() || (has_failed && started.code() == StatusCode::kResourceExhausted));
    for (unsigned i = 0; i < 3; ++i) {
      const bool was_done = started.ok() && (*started)[i].ok();
      EXPECT_EQ(describe(order(3 * number + i)).ok(), was_done)
          << number << ": " << (started.ok() ? (*started)[i].status() : started.status());
    }
    return has_failed;
  });
  EXPECT_GT(failed, 0u);
}

TEST_P(AllocationAtTheEdge, MayFailInAClose) {
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        EXPECT_TRUE(start(order(number)).ok());
        return [&name_space, run = RunRef{WorkflowId(order(number)), {}}]() mutable {
          return name_space.complete(std::move(run));
        };
      },
      [&](unsigned number, bool was_done) {
        const auto described = describe(order(number));
        ASSERT_TRUE(described.ok()) << described.status();
        EXPECT_EQ(is_closed(described->run.status), was_done);
      });
}

TEST_P(AllocationAtTheEdge, MayFailInASignal) {
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        EXPECT_TRUE(start(order(number)).ok());
        return [&name_space, run = RunRef{WorkflowId(order(number)), {}},
                signal = Signal{.name = "a signal with a name that takes memory"}]() mutable {
          return name_space.signal(std::move(run), std::move(signal));
        };
      },
      [&](unsigned number, bool was_done) {
        const auto described = describe(order(number));
        ASSERT_TRUE(described.ok()) << described.status();
        EXPECT_EQ(described->history_length, was_done ? 2u : 1u);
      });
}

TEST_P(AllocationAtTheEdge, MayFailInAContinueAsNew) {
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        EXPECT_TRUE(start(order(number)).ok());
        return [&name_space, run = RunRef{WorkflowId(order(number)), {}},
                next = ContinueRequest{.workflow_type =
                                           "a workflow type that takes its own memory"}]() mutable {
          return name_space.continue_as_new(std::move(run), std::move(next));
        };
      },
      [&](unsigned number, bool was_done) {
        const auto described = describe(order(number));
        ASSERT_TRUE(described.ok()) << described.status();
        EXPECT_EQ(described->run.initiator,
                  was_done ? Initiator::kWorkflow : Initiator::kUnspecified);
      });
}

TEST_P(AllocationAtTheEdge, MayFailInAHistoryAndAChain) {
  if (store() == StoreKind::kRocksDb) GTEST_SKIP() << kRocksDbEndsTheProcess;
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        EXPECT_TRUE(start(order(number)).ok());
        return [&name_space, run = RunRef{WorkflowId(order(number)), {}}] {
          return name_space.history(run);
        };
      },
      [](unsigned, bool) {});
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        return [&name_space, run = RunRef{WorkflowId(order(number)), {}}] {
          return name_space.chain(run);
        };
      },
      [](unsigned, bool) {});
}

TEST_P(AllocationAtTheEdge, MayFailInAListAndACount) {
  if (store() == StoreKind::kRocksDb) GTEST_SKIP() << kRocksDbEndsTheProcess;
  for (const unsigned number : {1u, 2u}) ASSERT_TRUE(start(request_of(order(number))).ok());
  ASSERT_TRUE(complete(order(1)).ok());
  for (const std::string& filter :
       {std::string("WorkflowType STARTS_WITH 'a workflow type that takes'"),
        "WorkflowId IN ('" + order(1) + "', '" + order(2) + "')",
        "RunId = '" + describe(order(2))->run.run_id.text() + "'"}) {
    ListRequest request{.filter = filter, .page_size = 1};
    const auto wanted = orders().list(request).get();
    ASSERT_TRUE(wanted.ok()) << wanted.status();
    const auto call_list = [&](const Namespace& name_space, unsigned) {
      return [&] { return name_space.list(request); };
    };
    expect_call_survives(call_list, [](unsigned, bool) {});
    request.page_token = wanted->next_page_token;
    expect_call_survives(call_list, [](unsigned, bool) {});
    expect_call_survives([&](const Namespace& name_space,
                             unsigned) { return [&] { return name_space.count(filter); }; },
                         [](unsigned, bool) {});
  }
}

TEST_P(AllocationAtTheEdge, MayFailInADescription) {
  if (store() == StoreKind::kRocksDb) GTEST_SKIP() << kRocksDbEndsTheProcess;
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        EXPECT_TRUE(start(order(number)).ok());
        return [&name_space, run = RunRef{WorkflowId(order(number)), {}}] {
          return name_space.describe(run);
        };
      },
      [](unsigned, bool) {});
}

TEST_P(AllocationAtTheEdge, MayFailInAWaitForTheClose) {
  if (store() == StoreKind::kRocksDb) GTEST_SKIP() << kRocksDbEndsTheProcess;
  const Namespace name_space = orders();
  const unsigned failed = fail_each_allocation([&](unsigned number) {
    EXPECT_TRUE(start(order(number)).ok());
    const RunRef run{WorkflowId(order(number)), {}};
    FailingAllocation failing(number);
    auto closed = name_space.wait_closed(run);
    const bool has_failed = failing.end();
    EXPECT_TRUE(complete(order(number)).ok());
    const StatusCode code = closed.get().code();
    EXPECT_TRUE(code == StatusCode::kOk || (has_failed && code == StatusCode::kResourceExhausted));
    return has_failed;
  });
  EXPECT_GT(failed, 0u);
}

TEST_P(AllocationAtTheEdge, MayFailInAReset) {
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        EXPECT_TRUE(start(order(number)).ok());
        return [&name_space, run = RunRef{WorkflowId(order(number)), {}},
                reset = ResetRequest{.request_id = RequestId("a reset of " + order(number)),
                                     .reason = "a reason with many words to it"}]() mutable {
          return name_space.reset(std::move(run), std::move(reset));
        };
      },
      [&](unsigned number, bool was_done) {
        const auto described = describe(order(number));
        ASSERT_TRUE(described.ok()) << described.status();
        EXPECT_EQ(!described->base_run_id.empty(), was_done);
        const auto again = orders()
                               .reset({WorkflowId(order(number))},
                                      {.request_id = RequestId("a reset of " + order(number))})
                               .get();
        ASSERT_TRUE(again.ok()) << again.status();
        EXPECT_EQ(again->run_id == described->run.run_id, was_done);
      });
}

TEST_P(AllocationAtTheEdge, MayFailInAPauseAndItsEnd) {
  const auto options = [](unsigned number) {
    return PauseOptions{.reason = "a reason with many words to it",
                        .request_id = RequestId("a pause of " + order(number))};
  };
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        EXPECT_TRUE(start(order(number)).ok());
        return [&name_space, run = RunRef{WorkflowId(order(number)), {}},
                pause = options(number)]() mutable {
          return name_space.pause(std::move(run), std::move(pause));
        };
      },
      [&](unsigned number, bool was_done) {
        EXPECT_EQ(describe(order(number))->run.status == RunStatus::kPaused, was_done);
        const RunRef run{WorkflowId(order(number)), {}};
        EXPECT_TRUE(orders().pause(run, options(number)).get().ok());
      });
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        const RunRef run{WorkflowId(order(number)), {}};
        EXPECT_TRUE(describe(order(number)).ok() || start(order(number)).ok());
        EXPECT_TRUE(orders().pause(run, options(number)).get().ok());
        return [&name_space, run = RunRef(run), unpause = options(number)]() mutable {
          return name_space.unpause(std::move(run), std::move(unpause));
        };
      },
      [&](unsigned number, bool was_done) {
        EXPECT_EQ(describe(order(number))->run.status == RunStatus::kRunning, was_done);
      });
}

TEST_P(AllocationAtTheEdge, MayFailInAStartThatWaits) {
  const auto waiting = [](unsigned number) {
    StartRequest request = request_of(order(number));
    request.conflict_policy = ConflictPolicy::kEnqueue;
    return request;
  };
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        EXPECT_TRUE(start(order(number)).ok());
        return [&name_space, request = waiting(number)]() mutable {
          return name_space.start(std::move(request));
        };
      },
      [&](unsigned number, bool was_done) {
        EXPECT_EQ(describe(order(number))->queued_starts, was_done ? 1u : 0u);
        const auto again = start(waiting(number));
        ASSERT_TRUE(again.ok()) << again.status();
        EXPECT_EQ(again->rule, was_done ? StartRule::kDeduplicated : StartRule::kEnqueued);
      });
}

TEST_P(AllocationAtTheEdge, MayFailInAListOfRuns) {
  if (store() == StoreKind::kRocksDb) GTEST_SKIP() << kRocksDbEndsTheProcess;
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        EXPECT_TRUE(start(order(number)).ok());
        return [&name_space, id = WorkflowId(order(number))] { return name_space.runs(id); };
      },
      [](unsigned, bool) {});
}

TEST_P(AllocationAtTheEdge, MayFailInAWaitForTheNextEvent) {
  if (store() == StoreKind::kRocksDb) GTEST_SKIP() << kRocksDbEndsTheProcess;
  options().max_close_waiters = 1;  // a wait that fails must not keep its place
  reopen();
  ASSERT_TRUE(runtime().ensure_namespace(NamespaceName("orders")).ok());
  const Namespace name_space = orders();
  const unsigned failed = fail_each_allocation([&](unsigned number) {
    EXPECT_TRUE(start(order(number)).ok());
    const RunRef run{WorkflowId(order(number)), {}};
    FailingAllocation failing(number);
    auto next = name_space.wait_history(run, 2);
    const bool has_failed = failing.end();
    EXPECT_TRUE(complete(order(number)).ok());
    const auto page = next.get();
    EXPECT_TRUE(page.ok() || (has_failed && page.code() == StatusCode::kResourceExhausted))
        << number << ": " << page.status();
    if (page.ok()) EXPECT_TRUE(page->is_last) << number;
    return has_failed;
  });
  EXPECT_GT(failed, 0u);
}

TEST_P(AllocationAtTheEdge, MayFailInASubscription) {
  if (store() == StoreKind::kRocksDb) GTEST_SKIP() << kRocksDbEndsTheProcess;
  const Namespace name_space = orders();
  const unsigned failed = fail_each_allocation([&](unsigned number) {
    EXPECT_TRUE(start(order(number)).ok());
    const RunRef run{WorkflowId(order(number)), {}};
    std::promise<void> ended;
    EventHandler handler = [&ended](const Result<HistoryPage>& page) {
      if (!page.ok() || page->is_last) ended.set_value();
    };
    FailingAllocation failing(number);
    auto subscription = name_space.subscribe(run, std::move(handler));
    const bool has_failed = failing.end();
    EXPECT_TRUE(complete(order(number)).ok());
    if (subscription.ok()) {
      const auto heard = ended.get_future().wait_for(std::chrono::minutes(1));
      EXPECT_EQ(heard, std::future_status::ready) << number;
    } else {
      EXPECT_TRUE(has_failed && subscription.code() == StatusCode::kResourceExhausted)
          << number << ": " << subscription.status();
    }
    return has_failed;
  });
  EXPECT_GT(failed, 0u);
}

TEST_P(AllocationAtTheEdge, MayFailInTheRegistrationOfANamespace) {
  expect_call_survives(
      [&](const Namespace&, unsigned number) {
        return [made = runtime().namespace_(order(number))] { return made.register_namespace(); };
      },
      [&](unsigned number, bool was_done) {
        const auto described = runtime().namespace_(order(number)).describe_namespace().get();
        EXPECT_EQ(described.ok(), was_done) << described.status();
      });
}

TEST_P(AllocationAtTheEdge, MayFailInAnUpdateOfANamespace) {
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        NamespaceUpdate update;
        update.owner = order(number);
        return [&name_space, update = std::move(update)]() mutable {
          return name_space.update_namespace(std::move(update));
        };
      },
      [&](unsigned number, bool was_done) {
        const auto described = orders().describe_namespace().get();
        ASSERT_TRUE(described.ok());
        EXPECT_EQ(described->config.owner == order(number), was_done);
      });
}

TEST_P(AllocationAtTheEdge, MayFailInTheDeletionOfANamespace) {
  expect_call_survives(
      [&](const Namespace&, unsigned number) {
        Namespace made = runtime().namespace_(order(number));
        EXPECT_TRUE(made.register_namespace().get().ok());
        return [made] { return made.delete_namespace(); };
      },
      [&](unsigned number, bool was_done) {
        const Namespace made = runtime().namespace_(order(number));
        EXPECT_EQ(made.describe_namespace().get().ok(), !was_done);
        const auto again = made.register_namespace().get();
        EXPECT_EQ(again.code(), was_done ? StatusCode::kOk : StatusCode::kAlreadyExists);
      });
}

ONERUN_ON_BOTH_STORES(AllocationAtTheEdge);

}  // namespace
}  // namespace onerun::test
