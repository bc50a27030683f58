// What was acknowledged survives: a process starts orders and kills itself in the middle of its
// work; the next one finds every run that was acknowledged and goes on with those that are open.
#include <sys/wait.h>
#include <unistd.h>

#include <onerun/onerun.hpp>

#include <csignal>
#include <iostream>
#include <string>

namespace {

using onerun::WorkflowId;

constexpr int kOrders = 5;

WorkflowId order(int number) { return WorkflowId("order-" + std::to_string(number)); }

onerun::Result<onerun::Runtime> open(const std::string& directory) {
  return onerun::Runtime::open({.data_dir = directory});
}

int fail(const onerun::Status& status) {
  std::cerr << status << '\n';
  return 1;
}

/// Starts all orders, completes some, and dies without a word.
[[noreturn]] void work_and_die(const std::string& directory) {
  auto runtime = open(directory);
  const auto orders = runtime->ensure_namespace(onerun::NamespaceName("orders"));
  for (int i = 0; i < kOrders; ++i) {
    if (!orders->start({.workflow_id = order(i)}).get().ok()) ::_exit(1);
  }
  for (int i = 0; i < 2; ++i) {
    if (!orders->complete({order(i)}, {onerun::Payload::bytes("shipped")}).get().ok()) ::_exit(1);
  }
  std::cout << "started " << kOrders << " orders, shipped 2, and now the power goes" << std::endl;
  ::kill(::getpid(), SIGKILL);
  ::_exit(1);
}

/// Finds all orders and ships those that are not shipped yet.
int resume(const std::string& directory) {
  auto runtime = open(directory);
  if (!runtime.ok()) return fail(runtime.status());
  const auto orders = runtime->namespace_("orders");
  for (int i = 0; i < kOrders; ++i) {
    const auto run = orders.describe({order(i)}).get();
    if (!run.ok()) return fail(run.status());
    std::cout << run->workflow_id << " is " << to_string(run->run.status);
    if (is_open(run->run.status)) {
      if (!orders.complete({order(i), run->run.run_id}, {onerun::Payload::bytes("shipped")})
               .get()
               .ok()) {
        return 1;
      }
      std::cout << ", shipped now";
    }
    std::cout << '\n';
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string directory = argc > 1 ? argv[1] : "onerun-crash";
  const pid_t child = ::fork();
  if (child == 0) work_and_die(directory);
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFSIGNALED(status)) return 1;
  return resume(directory);
}
