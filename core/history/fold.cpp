#include "core/history/fold.hpp"

#include <utility>
#include <variant>

#include "core/history/execution.hpp"
#include "core/history/signal.hpp"
#include "core/history/workflow_task.hpp"

namespace onerun::core {

namespace {

/// The clock of the request that begins a run is kept only where it was behind the event.
bool has_wrong_clock(const Event& event) {
  return std::visit(
      [&](const auto& attributes) {
        if constexpr (requires { attributes.clock_at_start; }) {
          return attributes.clock_at_start && *attributes.clock_at_start >= event.time;
        } else {
          return false;
        }
      },
      event.attributes);
}

}  // namespace

std::string_view misfit(const RunHead& run, const Event& event) {
  const bool is_first = run.history_length == 0;
  if (is_first != std::holds_alternative<event::RunStarted>(event.attributes)) {
    return "a history begins with its only RunStarted";
  }
  if (has_wrong_clock(event)) return "a start before its clock";
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
  fold_details(run, std::move(event));
}

void fold_details(RunRecord& run, Event event) {
  std::visit([&](auto& attributes) { fold_details(run, event.time, std::move(attributes)); },
             event.attributes);
}

RunStatus closed_by(const Event& event) {
  return std::visit([]<class Attributes>(const Attributes&) { return kClosedBy<Attributes>; },
                    event.attributes);
}

}  // namespace onerun::core
