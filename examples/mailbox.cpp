// A basket as a mailbox: whoever has something for it signals it, and the first signal starts its
// run. Messages that arrive twice are kept once; the reader goes through them in order.
#include <onerun/onerun.hpp>

#include <iostream>
#include <string>

namespace {

using onerun::HistoryEvent;
using onerun::RequestId;
using onerun::WorkflowId;

int fail(const onerun::Status& status) {
  std::cerr << status << '\n';
  return 1;
}

onerun::Result<onerun::StartResult> put(const onerun::Namespace& baskets,
                                        const std::string& message_id, const std::string& item) {
  onerun::StartRequest request{.workflow_id = WorkflowId("basket-ada"),
                               .request_id = RequestId(message_id)};
  return baskets
      .signal_with_start(request, {.name = "put", .input = {onerun::Payload::bytes(item)}})
      .get();
}

}  // namespace

int main(int argc, char** argv) {
  auto runtime = onerun::Runtime::open({.data_dir = argc > 1 ? argv[1] : "onerun-mailbox"});
  if (!runtime.ok()) return fail(runtime.status());
  auto baskets = runtime->ensure_namespace(onerun::NamespaceName("baskets"));
  if (!baskets.ok()) return fail(baskets.status());

  for (const auto& [message, item] : {std::pair("m-1", "bread"), std::pair("m-2", "milk"),
                                      std::pair("m-2", "milk"), std::pair("m-3", "salt")}) {
    const auto answer = put(*baskets, message, item);
    if (!answer.ok()) return fail(answer.status());
    std::cout << message << ": " << to_string(answer->rule) << '\n';
  }

  std::cout << "in the basket:";
  std::uint64_t next = 1;
  for (bool more = true; more;) {
    const auto page = baskets->history({WorkflowId("basket-ada")}, next).get();
    if (!page.ok()) return fail(page.status());
    for (const HistoryEvent& event : page->events) {
      const auto* signaled = event.as<onerun::event::RunSignaled>();
      if (signaled != nullptr) std::cout << ' ' << signaled->input.front().data;
    }
    more = !page->events.empty();
    next = page->next_event_id;
  }
  std::cout << '\n';
}
