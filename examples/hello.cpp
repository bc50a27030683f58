// The smallest program that owns a workflow id.
#include <iostream>
#include <onerun/onerun.hpp>

int main() {
  auto opened = onerun::Runtime::open({.data_dir = "/tmp/hello-onerun"});
  if (!opened.ok()) {
    std::cerr << opened.status() << '\n';
    return 1;
  }
  onerun::Runtime runtime = std::move(*opened);
  const auto orders = runtime.ensure_namespace(onerun::NamespaceName("orders"));
  if (!orders.ok()) {
    std::cerr << orders.status() << '\n';
    return 1;
  }
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto started = orders->start({.workflow_id = onerun::WorkflowId("order-17")}).get();
    if (started.ok()) {
      std::cout << to_string(started->rule) << " " << started->run_id << '\n';
    } else {
      std::cout << started.status() << '\n';
    }
  }
  const auto closed = orders->complete({onerun::WorkflowId("order-17")}).get();
  std::cout << (closed.ok() ? "completed" : closed.status().to_string()) << '\n';
}
