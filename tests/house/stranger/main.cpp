// A program outside of onerun's tree: opens a runtime, starts a run twice, says what came of it.
#include <onerun/onerun.hpp>
#include <onerun/testing.hpp>

#include <iostream>

static_assert(ONERUN_VERSION_MAJOR == 0 && ONERUN_VERSION_MINOR == 1);

int main() {
  onerun::Options options{.store = onerun::StoreKind::kMemory};
  options.clock = std::make_shared<onerun::testing::ManualClock>();
  auto runtime = onerun::Runtime::open(std::move(options));
  if (!runtime.ok()) return 1;
  const auto orders = runtime->ensure_namespace(onerun::NamespaceName("orders"));
  const auto first = orders->start({.workflow_id = onerun::WorkflowId("a")}).get();
  const auto second = orders->start({.workflow_id = onerun::WorkflowId("a")}).get();
  if (!first.ok() || second.code() != onerun::StatusCode::kAlreadyExists) return 1;
  std::cout << "onerun " << ONERUN_VERSION << " works here\n";
}
