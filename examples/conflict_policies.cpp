// What each policy does when the id is in use: conflict policies for an open run, reuse policies
// for a closed one. A dry run asks for the decision without taking it.
#include <onerun/onerun.hpp>

#include <iostream>
#include <string>

namespace {

int fail(const onerun::Status& status) {
  std::cerr << status << '\n';
  return 1;
}

using onerun::ConflictPolicy;
using onerun::ReusePolicy;
using onerun::StartRequest;
using onerun::WorkflowId;

std::string decision(const onerun::Namespace& name_space, StartRequest request) {
  request.dry_run = true;
  const auto answer = name_space.start(std::move(request)).get();
  if (answer.ok()) return std::string(to_string(answer->rule));
  const auto status = answer.status();
  const auto* refused = status.detail<onerun::AlreadyStarted>();
  return std::string(refused != nullptr ? to_string(refused->rule) : to_string(status.code()));
}

void show_conflicts(const onerun::Namespace& name_space, const WorkflowId& id) {
  for (const auto policy :
       {ConflictPolicy::kFail, ConflictPolicy::kUseExisting, ConflictPolicy::kTerminateExisting}) {
    std::cout << "  running,   conflict " << to_string(policy) << ": "
              << decision(name_space, {.workflow_id = id, .conflict_policy = policy}) << '\n';
  }
}

void show_reuse(const onerun::Namespace& name_space, const WorkflowId& id,
                const std::string& status) {
  for (const auto policy : {ReusePolicy::kAllowDuplicate, ReusePolicy::kAllowDuplicateFailedOnly,
                            ReusePolicy::kRejectDuplicate}) {
    std::cout << "  " << status << ", reuse " << to_string(policy) << ": "
              << decision(name_space, {.workflow_id = id, .reuse_policy = policy}) << '\n';
  }
}

}  // namespace

int main() {
  auto runtime = onerun::Runtime::open({.store = onerun::StoreKind::kMemory});
  if (!runtime.ok()) return fail(runtime.status());
  const auto orders = runtime->ensure_namespace(onerun::NamespaceName("orders"));
  const WorkflowId id("order-17");

  if (!orders->start({.workflow_id = id}).get().ok()) return 1;
  show_conflicts(*orders, id);
  if (!orders->complete({id}).get().ok()) return 1;
  show_reuse(*orders, id, "completed");
  if (!orders->start({.workflow_id = id}).get().ok()) return 1;
  if (!orders->fail({id}, {.message = "out of stock"}).get().ok()) return 1;
  show_reuse(*orders, id, "failed   ");

  // Taking the decision for real: the open run makes room, in one commit.
  const auto first = orders->start({.workflow_id = id}).get();
  const auto second =
      orders->start({.workflow_id = id, .conflict_policy = ConflictPolicy::kTerminateExisting})
          .get();
  if (!first.ok() || !second.ok() || !second->displaced) return 1;
  std::cout << "displaced " << (second->displaced->run_id == first->run_id ? "the first run" : "?")
            << ", which is " << to_string(second->displaced->status) << '\n';
}
