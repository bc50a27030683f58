#include "actors/request.hpp"

#include "actors/services.hpp"

namespace onerun::actors {
namespace {

/// The answer as the type that the caller waits for.
template <class T>
Result<T> narrow(Result<core::Answer> answer) {
  if (!answer.ok()) return answer.status();
  return std::get<T>(std::move(answer).value());
}

}  // namespace

const WorkflowId& Request::workflow_id() const {
  const RunRef* run = core::run_of(command);
  return run != nullptr ? run->workflow_id : std::get<core::StartCommand>(command).workflow_id;
}

void Request::answer(Result<core::Answer> answer, Services& services) {
  services.metrics.answered(operation, answer.code(), std::chrono::steady_clock::now() - received);
  name_space.end();
  slot_.release();
  const detail::RuntimeThreadScope on_runtime_thread(services.sink);
  if (auto* start = std::get_if<StartPromise>(&reply_)) {
    start->set(narrow<StartResult>(std::move(answer)));
  } else {
    std::get<RunPromise>(reply_).set(narrow<RunInfo>(std::move(answer)));
  }
}

}  // namespace onerun::actors
