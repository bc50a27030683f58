// Waiting for events and subscribing to them, through the public API on both stores.
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include "tests/support/payloads.hpp"
#include "tests/support/runtimes.hpp"

namespace onerun {
namespace {

using namespace std::chrono_literals;

/// What a handler has heard. A test waits for it; nothing sleeps.
class Heard {
 public:
  EventHandler handler() {
    return [this](const Result<HistoryPage>& page) {
      const std::lock_guard lock(mutex_);
      if (page.ok()) {
        for (const HistoryEvent& event : page->events) events_.push_back(event);
        if (page->is_last) ++ends_;
      } else {
        error_ = page.status();
      }
      changed_.notify_all();
    };
  }

  std::vector<HistoryEvent> wait_for_events(std::size_t number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return events_.size() >= number; });
    return events_;
  }
  int wait_for_ends(int number) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ends_ >= number; });
    return ends_;
  }
  Status wait_for_error() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !error_.ok(); });
    return error_;
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return events_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<HistoryEvent> events_;
  int ends_ = 0;
  Status error_;
};

class Subscriptions : public test::OnBothStores {
 protected:
  Status signal(const std::string& name, RunId run = {}) {
    return orders().signal({WorkflowId("W"), std::move(run)}, {.name = name}).get().status();
  }
  Subscription subscribe(Heard& heard, const SubscribeOptions& options = {}, RunId run = {}) {
    auto subscribed =
        orders().subscribe({WorkflowId("W"), std::move(run)}, heard.handler(), options);
    EXPECT_TRUE(subscribed.ok()) << subscribed.status();
    return std::move(*subscribed);
  }
};

TEST_P(Subscriptions, TellOfWhatIsThereAndOfWhatComesInOrder) {
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(signal("before").ok());
  Heard heard;
  const Subscription subscription = subscribe(heard);
  heard.wait_for_events(2);
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(signal(std::to_string(i)).ok());
  ASSERT_TRUE(complete("W").ok());
  heard.wait_for_ends(1);
  const auto events = heard.wait_for_events(603);
  ASSERT_EQ(events.size(), 603u);
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].event_id, i + 1);
  EXPECT_EQ(events[1].as<event::RunSignaled>()->name, "before");
  EXPECT_EQ(events[602].type(), EventType::kRunCompleted);
}

TEST_P(Subscriptions, BeginAtAnyEvent) {
  ASSERT_TRUE(start("W").ok());
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(signal(name).ok());
  Heard heard;
  const Subscription subscription = subscribe(heard, {.first_event_id = 4});
  EXPECT_EQ(heard.wait_for_events(1).front().as<event::RunSignaled>()->name, "c");
}

TEST_P(Subscriptions, FollowTheChainIfAskedTo) {
  const RunId a = start("W")->run_id;
  Heard follows;
  Heard stays;
  const Subscription of_chain = subscribe(follows, {.follow_chain = true}, a);
  const Subscription of_run = subscribe(stays, {}, a);
  ASSERT_TRUE(orders().continue_as_new({WorkflowId("W")}).get().ok());
  ASSERT_TRUE(signal("s").ok());
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(follows.wait_for_ends(2), 2);
  const auto events = follows.wait_for_events(5);
  EXPECT_EQ(events[1].type(), EventType::kRunContinuedAsNew);
  EXPECT_EQ(events[2].type(), EventType::kRunStarted);
  EXPECT_EQ(events[2].event_id, 1u);
  EXPECT_EQ(events[4].type(), EventType::kRunCompleted);
  stays.wait_for_ends(1);
  EXPECT_EQ(stays.size(), 2u);
}

TEST_P(Subscriptions, GoOnWhereTheyWereAfterARestart) {
  if (store() == StoreKind::kMemory) GTEST_SKIP() << "needs a disk";
  ASSERT_TRUE(start("W").ok());
  ASSERT_TRUE(signal("1").ok());
  Heard before;
  {
    const Subscription subscription = subscribe(before);
    before.wait_for_events(2);
    close();
  }
  EXPECT_NE(before.wait_for_error().detail<ShutDown>(), nullptr);
  open();
  Heard after;
  const Subscription subscription = subscribe(after, {.first_event_id = 3});
  ASSERT_TRUE(signal("2").ok());
  EXPECT_EQ(after.wait_for_events(1).front().as<event::RunSignaled>()->name, "2");
}

TEST_P(Subscriptions, ASlowSubscriberHoldsUpNothing) {
  ASSERT_TRUE(start("W").ok());
  std::promise<void> entered;
  std::promise<void> released;
  std::shared_future<void> release = released.get_future().share();
  std::atomic<bool> is_first{true};
  std::atomic<std::size_t> events{0};
  auto subscribed = orders().subscribe({WorkflowId("W")}, [&](const Result<HistoryPage>& page) {
    if (is_first.exchange(false)) entered.set_value();
    release.wait();
    if (page.ok()) events += page->events.size();
  });
  ASSERT_TRUE(subscribed.ok());
  entered.get_future().wait();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(signal("s").ok());
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(events, 0u) << "the handler is still in its first call";
  released.set_value();
  Heard heard;  // delivered by the same thread, behind the slow one
  const Subscription other = subscribe(heard);
  heard.wait_for_ends(1);
  while (subscribed->active()) std::this_thread::yield();
  EXPECT_EQ(events, 102u);
}

TEST_P(Subscriptions, HandlersMayMakeRequestsAndWaitForThem) {
  ASSERT_TRUE(start("W").ok());
  auto closed = orders().wait_closed({WorkflowId("W")});
  auto subscribed =
      orders().subscribe({WorkflowId("W")}, [orders = orders()](const Result<HistoryPage>& page) {
        if (!page.ok()) return;
        for (const HistoryEvent& event : page->events) {
          const auto* signaled = event.as<event::RunSignaled>();
          if (signaled == nullptr) continue;
          EXPECT_TRUE(orders.complete({WorkflowId("W"), page->run_id}, signaled->input).get().ok());
        }
      });
  ASSERT_TRUE(subscribed.ok());
  ASSERT_TRUE(orders()
                  .signal({WorkflowId("W")}, {.name = "end", .input = {Payload::bytes("42")}})
                  .get()
                  .ok());
  EXPECT_EQ(test::text_of(closed.get()->close->result), "42");
}

TEST_P(Subscriptions, HandlersCantWaitForEvents) {
  ASSERT_TRUE(start("W").ok());
  std::promise<Status> told;
  auto subscribed = orders().subscribe(
      {WorkflowId("W")}, [&, orders = orders()](const Result<HistoryPage>& page) {
        if (page.ok()) told.set_value(orders.wait_history({WorkflowId("W")}, 2).get().status());
      });
  ASSERT_TRUE(subscribed.ok());
  EXPECT_EQ(told.get_future().get().code(), StatusCode::kFailedPrecondition);
}

TEST_P(Subscriptions, ManyThreadsTellManySubscribers) {
  close();
  options().delivery_threads = 4;
  open();
  if (store() == StoreKind::kMemory) {
    ASSERT_TRUE(runtime().ensure_namespace(NamespaceName("orders")).ok());
  }
  ASSERT_TRUE(start("W").ok());
  std::vector<Heard> heard(8);
  std::vector<Subscription> subscriptions;
  for (Heard& one : heard) subscriptions.push_back(subscribe(one, {.follow_chain = true}));
  for (int round = 0; round < 50; ++round) {
    ASSERT_TRUE(signal("s").ok());
    ASSERT_TRUE(orders().continue_as_new({WorkflowId("W")}).get().ok());
  }
  ASSERT_TRUE(complete("W").ok());
  for (Heard& one : heard) {
    EXPECT_EQ(one.wait_for_ends(51), 51);
    EXPECT_EQ(one.size(), 50u * 3 + 2);
  }
}

TEST_P(Subscriptions, EndWhenTheyAreCanceledOrDropped) {
  ASSERT_TRUE(start("W").ok());
  Heard canceled;
  Heard dropped;
  Heard stays;
  Subscription first = subscribe(canceled);
  { const Subscription second = subscribe(dropped); }
  const Subscription third = subscribe(stays);
  canceled.wait_for_events(1);
  first.cancel();
  EXPECT_FALSE(first.active());
  ASSERT_TRUE(signal("s").ok());
  stays.wait_for_events(2);
  EXPECT_EQ(canceled.size(), 1u);
  EXPECT_LE(dropped.size(), 1u);
}

TEST_P(Subscriptions, EndInTheHandler) {
  ASSERT_TRUE(start("W").ok());
  std::atomic<int> calls{0};
  std::promise<Subscription*> known;
  auto self = known.get_future().share();
  std::promise<void> done;
  auto subscribed = orders().subscribe({WorkflowId("W")}, [&](const Result<HistoryPage>&) {
    ++calls;
    self.get()->cancel();
    done.set_value();
  });
  ASSERT_TRUE(subscribed.ok());
  known.set_value(&*subscribed);
  done.get_future().wait();
  ASSERT_TRUE(signal("s").ok());
  Heard heard;
  const Subscription other = subscribe(heard);
  heard.wait_for_events(2);
  EXPECT_EQ(calls, 1);
}

TEST_P(Subscriptions, HearWhyTheyEnd) {
  const RunId a = start("W")->run_id;
  Heard heard;
  const Subscription subscription = subscribe(heard);
  heard.wait_for_events(1);
  ASSERT_TRUE(orders().remove({WorkflowId("W"), a}).get().ok());
  EXPECT_EQ(heard.wait_for_error().code(), StatusCode::kNotFound);

  ASSERT_TRUE(start("W").ok());
  Heard deleted;
  const Subscription other = subscribe(deleted);
  deleted.wait_for_events(1);
  ASSERT_TRUE(orders().delete_namespace().get().ok());
  EXPECT_FALSE(deleted.wait_for_error().ok());
}

TEST_P(Subscriptions, AHandlerThatThrowsIsCalledNoMore) {
  ASSERT_TRUE(start("W").ok());
  std::atomic<int> calls{0};
  auto subscribed = orders().subscribe({WorkflowId("W")}, [&](const Result<HistoryPage>&) {
    ++calls;
    throw std::runtime_error("no");
  });
  ASSERT_TRUE(subscribed.ok());
  while (subscribed->active()) std::this_thread::yield();
  ASSERT_TRUE(signal("s").ok());
  Heard heard;
  const Subscription other = subscribe(heard);
  heard.wait_for_events(2);
  EXPECT_EQ(calls, 1);
}

TEST_P(Subscriptions, OfAStartThatWaitsBeginWithItsRun) {
  ASSERT_TRUE(start("W").ok());
  StartRequest request{.workflow_id = WorkflowId("W")};
  request.conflict_policy = ConflictPolicy::kEnqueue;
  const RunId queued = start(request)->run_id;
  Heard heard;
  const Subscription subscription = subscribe(heard, {}, queued);
  auto begun = orders().wait_history({WorkflowId("W"), queued});
  EXPECT_FALSE(begun.ready());
  ASSERT_TRUE(complete("W").ok());
  EXPECT_EQ(heard.wait_for_events(1).front().type(), EventType::kRunStarted);
  EXPECT_EQ(begun.get()->events.front().type(), EventType::kRunStarted);
}

TEST_P(Subscriptions, NeedAHandlerAndARun) {
  EXPECT_EQ(orders().subscribe({WorkflowId("W")}, nullptr).code(), StatusCode::kInvalidArgument);
  const auto nothing = [](const Result<HistoryPage>&) {};
  EXPECT_EQ(orders().subscribe({WorkflowId("W")}, nothing).code(), StatusCode::kNotFound);
}

TEST_P(Subscriptions, OneWaitGetsTheNextEvents) {
  ASSERT_TRUE(start("W").ok());
  EXPECT_EQ(orders().wait_history({WorkflowId("W")}).get()->events.size(), 1u) << "at once";
  auto next = orders().wait_history({WorkflowId("W")}, 2);
  EXPECT_FALSE(next.ready());
  ASSERT_TRUE(signal("s").ok());
  const auto page = next.get();
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->events.front().as<event::RunSignaled>()->name, "s");
  EXPECT_EQ(page->next_event_id, 3u);
  auto end = orders().wait_history({WorkflowId("W")}, 3);
  auto beyond = orders().wait_history({WorkflowId("W")}, 100);
  ASSERT_TRUE(complete("W").ok());
  EXPECT_TRUE(end.get()->is_last);
  EXPECT_TRUE(beyond.get()->is_last);
  EXPECT_EQ(orders().wait_history({WorkflowId("nobody")}).get().code(), StatusCode::kNotFound);
}

TEST_P(Subscriptions, AWaitEndsWithTheRuntime) {
  ASSERT_TRUE(start("W").ok());
  auto next = orders().wait_history({WorkflowId("W")}, 2);
  Heard heard;
  const Subscription subscription = subscribe(heard);
  heard.wait_for_events(1);
  ASSERT_TRUE(runtime().shutdown(std::chrono::seconds(10)).ok());
  EXPECT_NE(next.get().status().detail<ShutDown>(), nullptr);
  EXPECT_NE(heard.wait_for_error().detail<ShutDown>(), nullptr);
}

ONERUN_ON_BOTH_STORES(Subscriptions);

}  // namespace
}  // namespace onerun
