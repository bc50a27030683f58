#include "core/history/signal.hpp"

#include <utility>

namespace onerun::core {

void fold_event(RunHead& run, Timestamp, const event::RunSignaled&) { run.signals += 1; }

void fold_details(RunRecord& run, Timestamp, event::RunSignaled&& event) {
  if (!event.request_id.empty()) run.signal_request_ids.push_back(std::move(event.request_id));
}

}  // namespace onerun::core
