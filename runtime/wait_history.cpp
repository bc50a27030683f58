// Waiting for the events of a run, and subscribing to them.
#include <utility>

#include "core/check.hpp"
#include "core/validate.hpp"
#include "runtime/engine.hpp"
#include "runtime/without_exceptions.hpp"

namespace onerun::runtime {

using core::NamespaceUse;
using metrics::Operation;

Result<HistoryPage> Engine::read_events(const NamespaceName& name, const RunRef& run,
                                        std::uint64_t first_event_id, std::size_t limit) {
  if (admission_.closed()) return actors::shut_down();
  const auto entry = enter(name, NamespaceUse::kOther);
  if (!entry.ok()) return entry.status();
  return history_now(**entry, run, first_event_id, limit);
}

/// The run by value: once the watcher is there its own may change.
Status Engine::watch_events(const NamespaceName& name, RunRef run, std::uint64_t first_event_id,
                            std::shared_ptr<actors::EventWatcher> watcher) {
  if (admission_.closed()) return actors::shut_down();
  core::NamespaceNumber number = 0;
  {
    const auto entry = enter(name, NamespaceUse::kOther);
    if (!entry.ok()) return entry.status();
    number = (*entry)->number();
  }
  Status added = watchers_.add(number, run.run_id, std::move(watcher));
  if (!added.ok()) return added;
  // It may have come before the watcher was there.
  if (is_news(read_events(name, run, first_event_id, 1))) watchers_.wake(number, run.run_id);
  return {};
}

void Engine::events_waited(StatusCode code, Steady::time_point since) {
  metrics_.answered(Operation::kWaitHistory, code, Steady::now() - since);
}

Future<Result<HistoryPage>> Engine::wait_history(const NamespaceName& name, const RunRef& ref,
                                                 std::uint64_t first_event_id, std::size_t limit) {
  using Answer = Result<HistoryPage>;
  return without_exceptions<Future<Answer>>([&] {
    const auto received = Steady::now();
    Status valid = core::validate(name);
    if (valid.ok()) valid = core::validate(ref);
    if (valid.ok()) valid = core::check_range("limit", limit, 1, limits::kEventsPerPage);
    if (!valid.ok()) return refuse<Answer>(Operation::kWaitHistory, valid);
    const auto slot = admission_.enter(0);
    if (!slot.ok()) return refuse<Answer>(Operation::kWaitHistory, slot.status());
    Answer page = read_events(name, ref, first_event_id, limit);
    if (is_news(page)) {
      events_waited(page.code(), received);
      return Future<Answer>(std::move(page));
    }
    if (Deliveries::is_delivering()) {
      return refuse<Answer>(
          Operation::kWaitHistory,
          Status(StatusCode::kFailedPrecondition, "a handler of events can't wait for events"));
    }
    if (!deliveries_.make_ready()) return refuse<Answer>(Operation::kWaitHistory, out_of_memory());
    const RunRef pinned{ref.workflow_id, page->run_id};
    const auto wait = std::make_shared<WaitForEvents>(*this, name, pinned, first_event_id, limit);
    auto future = wait->future();
    wait->watch();
    return future;
  });
}

Result<Subscription> Engine::subscribe(const NamespaceName& name, const RunRef& ref,
                                       EventHandler handler, const SubscribeOptions& options) {
  return without_exceptions<Result<Subscription>>([&]() -> Result<Subscription> {
    Status valid = core::validate(name);
    if (valid.ok()) valid = core::validate(ref);
    if (valid.ok() && handler == nullptr) {
      valid = core::invalid_field("handler", "empty", "a function");
    }
    if (!valid.ok()) return valid;
    const auto slot = admission_.enter(0);
    if (!slot.ok()) return slot.status();
    const auto page = read_events(name, ref, options.first_event_id, 1);
    if (!page.ok()) return page.status();
    if (!deliveries_.make_ready()) return out_of_memory();
    auto stream = std::make_shared<SubscribedStream>(
        *this, name, RunRef{ref.workflow_id, page->run_id}, options, std::move(handler));
    deliveries_.push(stream);
    return Subscription(std::move(stream));
  });
}

}  // namespace onerun::runtime
