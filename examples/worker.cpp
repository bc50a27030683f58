// The application that executes runs: it subscribes to each, does what its messages ask for, and
// reports the end. The next order of the same customer waits in the queue until then.
#include <onerun/onerun.hpp>

#include <iostream>
#include <string>
#include <thread>

namespace {

using onerun::EventType;
using onerun::HistoryEvent;
using onerun::HistoryPage;
using onerun::Namespace;
using onerun::Result;
using onerun::WorkflowId;

int fail(const onerun::Status& status) {
  std::cerr << status << '\n';
  return 1;
}

const WorkflowId customer("customer-ada");

/// Called with all events of a run, in order, on a thread of the runtime that may wait. `ships`:
/// the order is ready, once everything that came for it is read.
void work_on(const Namespace& orders, const Result<HistoryPage>& page, bool& ships) {
  if (!page.ok()) return;
  for (const HistoryEvent& event : page->events) {
    if (const auto* started = event.as<onerun::event::RunStarted>()) {
      std::cout << "begin " << started->input.front().data << std::endl;
    } else if (const auto* signaled = event.as<onerun::event::RunSignaled>()) {
      std::cout << signaled->name << ": " << signaled->input.front().data << std::endl;
      ships = ships || signaled->name == "ship";
    } else if (event.type() == EventType::kRunCompleted) {
      std::cout << "done" << std::endl;
    }
  }
  if (!ships || page->is_last) return;
  const auto done = orders
                        .complete({customer, page->run_id}, {},
                                  {.expected_last_event_id = page->next_event_id - 1})
                        .get();
  // Something came meanwhile: it is in the next page, and the run is completed after it.
  if (done.ok() || done.status().detail<onerun::HistoryMoved>() != nullptr) return;
  std::cerr << done.status() << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  auto runtime = onerun::Runtime::open({.data_dir = argc > 1 ? argv[1] : "onerun-worker"});
  if (!runtime.ok()) return fail(runtime.status());
  auto orders = runtime->ensure_namespace(onerun::NamespaceName("orders"));
  if (!orders.ok()) return fail(orders.status());

  for (const char* order : {"bread", "milk"}) {
    onerun::StartRequest request{.workflow_id = customer, .input = {onerun::Payload::bytes(order)}};
    request.conflict_policy = onerun::ConflictPolicy::kEnqueue;
    const auto started = orders->start(request).get();
    if (!started.ok()) return fail(started.status());
    std::cout << order << ": " << to_string(started->rule) << std::endl;
  }

  for (int number = 0; number < 2; ++number) {
    const auto current = orders->describe({customer}).get();
    if (!current.ok()) return fail(current.status());
    const onerun::RunRef run{customer, current->run.run_id};
    const auto subscription = orders->subscribe(
        run, [orders = *orders, ships = false](const Result<HistoryPage>& page) mutable {
          work_on(orders, page, ships);
        });
    if (!subscription.ok()) return fail(subscription.status());
    for (const char* message : {"pack", "ship"}) {
      const auto sent =
          orders->signal(run, {.name = message, .input = {onerun::Payload::bytes("now")}}).get();
      if (!sent.ok()) return fail(sent.status());
    }
    const auto closed = orders->wait_closed(run).get();
    if (!closed.ok()) return fail(closed.status());
    while (subscription->active()) std::this_thread::yield();
  }
}
