#include "core/history/fold.hpp"

#include <utility>
#include <variant>

#include "core/history/execution.hpp"
#include "core/history/signal.hpp"
#include "core/history/workflow_task.hpp"

namespace onerun::core {

std::string_view misfit(const RunHead& run, const Event& event) {
  const bool is_first = run.history_length == 0;
  if (is_first != std::holds_alternative<event::RunStarted>(event.attributes)) {
    return "a history begins with its only RunStarted";
  }
  if (is_first) return {};
  if (!is_open(run.status)) return "an event for a run that is not open";
  if (is_closed(closed_by(event)) && event.time < run.start_time) {
    return "a run that ends before it began";
  }
  const bool is_paused = run.status == RunStatus::kPaused;
  if (is_paused && std::holds_alternative<event::RunPaused>(event.attributes)) {
    return "a pause of a paused run";
  }
  if (!is_paused && std::holds_alternative<event::RunUnpaused>(event.attributes)) {
    return "the end of a pause of a run that is not paused";
  }
  return {};
}

void fold(RunHead& run, const Event& event, std::size_t event_bytes) {
  run.history_length += 1;
  run.history_size_bytes += event_bytes;
  std::visit([&](const auto& attributes) { fold_event(run, event.time, attributes); },
             event.attributes);
}

void fold(RunRecord& run, Event event, std::size_t event_bytes) {
  fold(run.head, event, event_bytes);
  std::visit([&](auto& attributes) { fold_details(run, event.time, std::move(attributes)); },
             event.attributes);
}

RunStatus closed_by(const Event& event) {
  return std::visit([]<class Attributes>(const Attributes&) { return kClosedBy<Attributes>; },
                    event.attributes);
}

}  // namespace onerun::core
