// An order that was closed as failed by mistake: it begins anew from the event before the mistake,
// and the payment that came in later comes again.
#include <onerun/onerun.hpp>

#include <iostream>

namespace {

using onerun::RequestId;
using onerun::WorkflowId;

int fail(const onerun::Status& status) {
  std::cerr << status << '\n';
  return 1;
}

void show(const char* what, const onerun::Result<onerun::HistoryPage>& page) {
  std::cout << what << ':';
  if (page.ok()) {
    for (const onerun::HistoryEvent& event : page->events) {
      std::cout << ' ' << to_string(event.type());
      const auto* signaled = event.as<onerun::event::RunSignaled>();
      if (signaled != nullptr) std::cout << '(' << signaled->name << ')';
    }
  }
  std::cout << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  auto runtime = onerun::Runtime::open({.data_dir = argc > 1 ? argv[1] : "onerun-reset"});
  if (!runtime.ok()) return fail(runtime.status());
  auto orders = runtime->ensure_namespace(onerun::NamespaceName("orders"));
  if (!orders.ok()) return fail(orders.status());

  const WorkflowId order("order-17");
  const auto first = orders->start({.workflow_id = order}).get();
  if (!first.ok()) return fail(first.status());
  for (const char* name : {"address", "payment"}) {
    const auto sent = orders->signal({order}, {.name = name, .request_id = RequestId(name)}).get();
    if (!sent.ok()) return fail(sent.status());
  }
  const auto failed = orders->fail({order}, {.message = "no payment"}).get();
  if (!failed.ok()) return fail(failed.status());
  show("the order that failed", orders->history({order, first->run_id}).get());

  // Event 2, the address, is the last one to keep. Repeating the request gets the same run.
  const onerun::ResetRequest reset{
      .event_id = 2, .request_id = RequestId("ticket-4711"), .reason = "the payment had come"};
  const auto again = orders->reset({order, first->run_id}, reset).get();
  if (!again.ok()) return fail(again.status());
  const auto repeated = orders->reset({order, first->run_id}, reset).get();
  show("the order that begins anew", orders->history({order}).get());
  std::cout << "repeated: " << (repeated->run_id == again->run_id ? "the same run" : "another")
            << ", of the lineage of "
            << (again->lineage_run_id == first->run_id ? "the first run" : "itself") << '\n';

  const auto done = orders->complete({order}).get();
  if (!done.ok()) return fail(done.status());
  const auto runs = orders->runs(order).get();
  if (!runs.ok()) return fail(runs.status());
  for (const onerun::RunInfo& run : *runs) std::cout << run.status << '\n';
}
