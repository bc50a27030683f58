#include "core/signals.hpp"

#include "core/fault.hpp"
#include "core/sizes.hpp"
#include "core/text.hpp"

namespace onerun::core {
namespace {

Status no_room(const RunHead& run, const std::string& resource, std::uint64_t in_use,
               std::uint64_t requested, std::uint64_t limit) {
  return Status(StatusCode::kResourceExhausted,
                "run \"" + printable(run.run_id.text()) + "\" takes no more of this: " + resource +
                    " is " + std::to_string(in_use) + " of " + std::to_string(limit),
                Exhausted{resource, in_use, requested, limit});
}

}  // namespace

bool has_signal(const RequestId& request_id, const WorkflowState& state, const Facts& facts) {
  const auto& known =
      facts.known.signal_request_ids ? facts.known.signal_request_ids : state.signal_request_ids;
  return !request_id.empty() && known && known->contains(request_id) &&
         !ONERUN_FAULT(kRepeatSignal);
}

Status room_for(const Signal& signal, const RunHead& run) {
  if (run.signals >= limits::kSignalsPerRun) {
    return no_room(run, "signals", run.signals, 1, limits::kSignalsPerRun);
  }
  return room_in_history(run, signal.name.size() + size_of(signal.input) + size_of(signal.header));
}

Status room_in_history(const RunHead& run, std::uint64_t bytes) {
  if (run.history_length >= limits::kHistoryEvents) {
    return no_room(run, "history_events", run.history_length, 1, limits::kHistoryEvents);
  }
  if (run.history_size_bytes + bytes > limits::kHistoryBytes) {
    return no_room(run, "history_bytes", run.history_size_bytes, bytes, limits::kHistoryBytes);
  }
  return {};
}

event::RunSignaled signaled(const Signal& signal, const RequestId& request_id) {
  return {.name = signal.name,
          .input = signal.input,
          .request_id = request_id,
          .identity = signal.identity,
          .header = signal.header};
}

}  // namespace onerun::core
