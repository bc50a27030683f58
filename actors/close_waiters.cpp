#include "actors/close_waiters.hpp"

namespace onerun::actors {

void CloseWaiters::release(core::NamespaceNumber name_space, const RunId& run_id,
                           const std::function<Answer()>& answer) {
  answer_all(table_.take(name_space, run_id), answer);
}

void CloseWaiters::answer_all(std::vector<Waiter> waiters, const std::function<Answer()>& answer) {
  if (waiters.empty()) return;
  const Answer shared = answer();
  const detail::RuntimeThreadScope on_runtime_thread(log_);
  for (Waiter& waiter : waiters) {
    metrics_.answered(metrics::Operation::kWaitClosed, shared.code(),
                      std::chrono::steady_clock::now() - waiter.since);
    waiter.promise.set(shared);
  }
}

void CloseWaiters::release_namespace(core::NamespaceNumber name_space, const Status& answer) {
  answer_all(table_.take_namespace(name_space), [&] { return Answer(answer); });
}

void CloseWaiters::close(const Status& answer) {
  answer_all(table_.close(answer), [&] { return Answer(answer); });
}

}  // namespace onerun::actors
