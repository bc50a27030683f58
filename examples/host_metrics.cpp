// A host with metrics and a log of its own: onerun records into the host's registry and writes to
// the host's logger, and one address shows all of it.
//   example-host_metrics [HOST:PORT [SECONDS]]
#include <onerun/onerun.hpp>
#include <onerun/prometheus.hpp>
#include <onerun/spdlog.hpp>
#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/registry.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

namespace {

int fail(const onerun::Status& status) {
  std::cerr << status << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string address = argc > 1 ? argv[1] : "127.0.0.1:9464";
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 1;

  const auto registry = std::make_shared<prometheus::Registry>();
  auto& sold = prometheus::BuildCounter()
                   .Name("shop_orders_total")
                   .Help("Orders that the shop has taken.")
                   .Register(*registry)
                   .Add({});

  onerun::Options options{.store = onerun::StoreKind::kMemory};
  options.metrics = onerun::use_registry(registry);
  options.log = onerun::use_logger(spdlog::default_logger());
  auto runtime = onerun::Runtime::open(std::move(options));
  if (!runtime.ok()) return fail(runtime.status());
  const auto orders = runtime->ensure_namespace(onerun::NamespaceName("orders"));

  for (int i = 0; i < 100; ++i) {
    const onerun::WorkflowId id("order-" + std::to_string(i));
    if (orders->start({.workflow_id = id}).get().ok()) sold.Increment();
    if (i < 60 && !orders->complete({id}).get().ok()) return 1;
    // A customer who presses the button twice.
    if (i < 10 &&
        orders->start({.workflow_id = id, .reuse_policy = onerun::ReusePolicy::kRejectDuplicate})
            .get()
            .ok()) {
      return 1;
    }
  }

  try {
    prometheus::Exposer exposer(address);
    exposer.RegisterCollectable(registry);
    // For port 0 the system has chosen one.
    std::cout << "metrics at http://" << address.substr(0, address.rfind(':')) << ":"
              << exposer.GetListeningPorts().front() << "/metrics for " << seconds << " s"
              << std::endl;
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
  } catch (const std::exception&) {
    std::cerr << "can't serve metrics at " << address << ": the address is in use\n";
    return 1;
  }
}
