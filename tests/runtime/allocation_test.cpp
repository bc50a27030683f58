// Memory runs out at the edge of the library: in every call of the API each allocation of the
// calling thread fails in turn, once. The caller gets an answer, and asking again works.
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "tests/runtime/failing_allocation.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun::test {
namespace {

constexpr const char* kRocksDbEndsTheProcess =
    "a read that has no memory inside of RocksDB ends the process there";

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

  /// As above, about an open run, which has that status then.
  template <class Ask>
  void expect_change_survives(RunStatus status, Ask ask) {
    expect_call_survives(
        [&](const Namespace& name_space, unsigned number) {
          EXPECT_TRUE(start(order(number)).ok());
          return ask(name_space, RunRef{WorkflowId(order(number))});
        },
        [&](unsigned number, bool was_done) {
          const auto described = describe(order(number));
          ASSERT_TRUE(described.ok()) << described.status();
          EXPECT_EQ(described->run.status, was_done ? status : RunStatus::kRunning);
        });
  }

  static std::string order(unsigned number) {
    return "an order with a name that takes its own memory, " + std::to_string(number);
  }
};

StartRequest request_of(const std::string& order) {
  return {.workflow_id = WorkflowId(order),
          .request_id = RequestId("request for " + order),
          .workflow_type = "a workflow type that takes its own memory",
          .memo = {{"a key that takes its own memory",
                    Payload::bytes("a value that takes its own memory")}}};
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

TEST_P(AllocationAtTheEdge, MayFailInAFailure) {
  expect_change_survives(RunStatus::kFailed, [](const Namespace& name_space, RunRef run) {
    return [&name_space, run = std::move(run),
            failure = Failure{.message = "a message with many words to it"}]() mutable {
      return name_space.fail(std::move(run), std::move(failure));
    };
  });
}

TEST_P(AllocationAtTheEdge, MayFailInACancellation) {
  expect_change_survives(RunStatus::kCanceled, [](const Namespace& name_space, RunRef run) {
    return [&name_space, run = std::move(run),
            details = Payloads{Payload::bytes("details that take memory of their own")}]() mutable {
      return name_space.report_canceled(std::move(run), std::move(details));
    };
  });
}

TEST_P(AllocationAtTheEdge, MayFailInATermination) {
  // Without options: what stands in for them takes memory, too.
  expect_change_survives(RunStatus::kTerminated, [](const Namespace& name_space, RunRef run) {
    return [&name_space, run = std::move(run)]() mutable {
      return name_space.terminate(std::move(run));
    };
  });
}

TEST_P(AllocationAtTheEdge, MayFailInACancelRequest) {
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        EXPECT_TRUE(start(order(number)).ok());
        return [&name_space, run = RunRef{WorkflowId(order(number))},
                options = CancelOptions{.reason = "a reason with many words to it"}]() mutable {
          return name_space.request_cancel(std::move(run), std::move(options));
        };
      },
      [&](unsigned number, bool was_done) {
        const auto described = describe(order(number));
        ASSERT_TRUE(described.ok()) << described.status();
        EXPECT_EQ(described->run.cancel_requested, was_done);
      });
}

TEST_P(AllocationAtTheEdge, MayFailInARemoval) {
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        EXPECT_TRUE(start(order(number)).ok());
        return [&name_space, run = RunRef{WorkflowId(order(number))}]() mutable {
          return name_space.remove(std::move(run));
        };
      },
      [&](unsigned number, bool was_done) {
        EXPECT_EQ(describe(order(number)).code(),
                  was_done ? StatusCode::kNotFound : StatusCode::kOk);
      });
}

TEST_P(AllocationAtTheEdge, MayFailInASignalWithStart) {
  expect_call_survives(
      [&](const Namespace& name_space, unsigned number) {
        return [&name_space, request = request_of(order(number)),
                signal = Signal{.name = "a signal with a name that takes memory"}]() mutable {
          return name_space.signal_with_start(std::move(request), std::move(signal));
        };
      },
      [&](unsigned number, bool was_done) {
        const auto described = describe(order(number));
        EXPECT_EQ(described.ok(), was_done);
        if (described.ok()) EXPECT_EQ(described->history_length, 2u);
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
        static_cast<void>(start(order(number)));  // if the history has not
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
  for (const WaitFor what : {WaitFor::kRun, WaitFor::kChain}) {
    const unsigned failed = fail_each_allocation([&](unsigned number) {
      EXPECT_TRUE(start(order(number)).ok());
      const RunRef run{WorkflowId(order(number)), {}};
      FailingAllocation failing(number);
      auto closed = name_space.wait_closed(run, what);
      const bool has_failed = failing.end();
      EXPECT_TRUE(complete(order(number)).ok());
      const StatusCode code = closed.get().code();
      EXPECT_TRUE(code == StatusCode::kOk ||
                  (has_failed && code == StatusCode::kResourceExhausted));
      return has_failed;
    });
    EXPECT_GT(failed, 0u);
  }
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

TEST_P(AllocationAtTheEdge, MayFailInTheDeprecationOfANamespace) {
  expect_call_survives(
      [&](const Namespace&, unsigned number) {
        Namespace made = runtime().namespace_(order(number));
        EXPECT_TRUE(made.register_namespace().get().ok());
        return [made] { return made.deprecate_namespace(); };
      },
      [&](unsigned number, bool was_done) {
        const auto described = runtime().namespace_(order(number)).describe_namespace().get();
        ASSERT_TRUE(described.ok()) << described.status();
        EXPECT_EQ(described->state,
                  was_done ? NamespaceState::kDeprecated : NamespaceState::kRegistered);
      });
}

TEST_P(AllocationAtTheEdge, MayFailInTheDescriptionOfANamespace) {
  expect_call_survives([](const Namespace& name_space,
                          unsigned) { return [&] { return name_space.describe_namespace(); }; },
                       [](unsigned, bool) {});
}

/// These two answer at once.
TEST_P(AllocationAtTheEdge, MayFailInTheMakingOfANamespaceAndTheListOfAll) {
  const unsigned failed = fail_each_allocation([&](unsigned number) {
    NamespaceName name(order(number));
    FailingAllocation failing(number);
    const auto made = runtime().ensure_namespace(std::move(name));
    const bool has_failed = failing.end();
    EXPECT_TRUE(made.ok() || (has_failed && made.code() == StatusCode::kResourceExhausted))
        << number << ": " << made.status();
    EXPECT_TRUE(runtime().ensure_namespace(NamespaceName(order(number))).ok());
    return has_failed;
  });
  EXPECT_GT(failed, 0u);
  const unsigned failed_lists = fail_each_allocation([&](unsigned number) {
    FailingAllocation failing(number);
    const auto all = runtime().list_namespaces();
    const bool has_failed = failing.end();
    EXPECT_TRUE(all.ok() ? all->size() == failed + 2
                         : has_failed && all.code() == StatusCode::kResourceExhausted)
        << number << ": " << all.status();
    return has_failed;
  });
  EXPECT_GT(failed_lists, failed);
}

ONERUN_ON_BOTH_STORES(AllocationAtTheEdge);

TEST(AllocationAtTheBeginning, MayFailInARefusalToOpen) {
  const unsigned failed = fail_each_allocation([](unsigned number) {
    Options options{.data_dir = "a directory of a runtime that no thread may run"};
    options.actor_threads = 1'000;
    FailingAllocation failing(number);
    const auto runtime = Runtime::open(std::move(options));
    const bool has_failed = failing.end();
    EXPECT_EQ(runtime.code(),
              has_failed ? StatusCode::kResourceExhausted : StatusCode::kInvalidArgument);
    return has_failed;
  });
  EXPECT_GT(failed, 0u);
}

TEST(AllocationAtTheEnd, MayFailWhereAShutdownBegins) {
  auto runtime =
      Runtime::open({.store = StoreKind::kMemory, .log = std::make_shared<CollectingSink>()});
  ASSERT_TRUE(runtime.ok()) << runtime.status();
  FailingAllocation failing(1);
  const Status status = runtime->shutdown(std::chrono::minutes(1));
  EXPECT_TRUE(failing.end());
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted) << status;
  EXPECT_TRUE(runtime->shutdown(std::chrono::minutes(1)).ok());
}

}  // namespace
}  // namespace onerun::test
