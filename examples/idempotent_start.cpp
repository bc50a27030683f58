// A start that may be repeated: the same request id gets the same run, also when the first answer
// was lost, the run has ended meanwhile, or the policies would say no.
#include <onerun/onerun.hpp>

#include <iostream>
#include <string>

namespace {

int fail(const onerun::Status& status) {
  std::cerr << status << '\n';
  return 1;
}

using onerun::RequestId;
using onerun::ReusePolicy;
using onerun::WorkflowId;

/// What a payment service does when a message arrives, perhaps for the second time.
onerun::Result<onerun::StartResult> on_message(const onerun::Namespace& payouts,
                                               const std::string& account,
                                               const std::string& message_id) {
  return payouts
      .start({.workflow_id = WorkflowId("payout-" + account),
              .request_id = RequestId(message_id),
              .reuse_policy = ReusePolicy::kRejectDuplicate})
      .get();
}

void show(const char* what, const onerun::Result<onerun::StartResult>& answer) {
  std::cout << what << ": ";
  if (answer.ok()) {
    std::cout << to_string(answer->rule) << ", run " << answer->run_id << ", "
              << to_string(answer->status) << '\n';
  } else {
    std::cout << answer.status() << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  auto runtime = onerun::Runtime::open({.data_dir = argc > 1 ? argv[1] : "onerun-idempotent"});
  if (!runtime.ok()) return fail(runtime.status());
  auto payouts = runtime->ensure_namespace(onerun::NamespaceName("payouts"));
  if (!payouts.ok()) return fail(payouts.status());

  const auto first = on_message(*payouts, "ada", "message-1");
  show("the message arrives", first);
  show("it arrives again   ", on_message(*payouts, "ada", "message-1"));
  if (!first.ok()) return fail(first.status());
  const auto paid = payouts->complete({WorkflowId("payout-ada"), first->run_id}).get();
  if (!paid.ok()) return fail(paid.status());
  show("after the payout   ", on_message(*payouts, "ada", "message-1"));
  show("another message    ", on_message(*payouts, "ada", "message-2"));
}
