// The smallest program that owns its workflow ids: start, be refused a second start, complete.

// The README shows what follows.
#include <onerun/onerun.hpp>

#include <iostream>

int fail(const onerun::Status& status) { return std::cerr << status << '\n', 1; }

int main(int argc, char** argv) {
  auto runtime = onerun::Runtime::open({.data_dir = argc > 1 ? argv[1] : "onerun-hello"});
  if (!runtime.ok()) return fail(runtime.status());
  auto orders = runtime->ensure_namespace(onerun::NamespaceName("orders"));
  if (!orders.ok()) return fail(orders.status());

  const onerun::WorkflowId order("order-17");
  const auto first = orders->start({.workflow_id = order}).get();   // answered when it is on disk
  const auto second = orders->start({.workflow_id = order}).get();  // refused: that run is open
  if (!first.ok()) return fail(first.status());
  std::cout << to_string(first->rule) << " run " << first->run_id << '\n';
  std::cout << second.status() << '\n';

  const auto closed = orders->complete({order, first->run_id}).get();
  return closed.ok() ? 0 : fail(closed.status());
}
