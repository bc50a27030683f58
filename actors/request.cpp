#include "actors/request.hpp"

#include <type_traits>

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
  return std::visit(
      [](const auto& c) -> const WorkflowId& {
        if constexpr (std::is_same_v<std::decay_t<decltype(c)>, core::StartCommand>) {
          return c.workflow_id;
        } else {
          return c.run.workflow_id;
        }
      },
      command);
}

void Request::answer(Result<core::Answer> answer, metrics::Metrics& metrics) {
  metrics.answered(operation, answer.code(), std::chrono::steady_clock::now() - received);
  name_space.end();
  slot_.release();
  const detail::RuntimeThreadScope on_runtime_thread;
  if (auto* start = std::get_if<StartPromise>(&reply_)) {
    start->set(narrow<StartResult>(std::move(answer)));
  } else {
    std::get<RunPromise>(reply_).set(narrow<RunInfo>(std::move(answer)));
  }
}

}  // namespace onerun::actors
