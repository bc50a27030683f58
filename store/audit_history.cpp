#include "store/audit_history.hpp"

#include <set>
#include <string>
#include <utility>

#include "core/keys.hpp"
#include "core/records.hpp"
#include "store/run_history.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;
using core::RunRecord;
using MaybeRun = std::optional<RunRecord>;

std::set<RequestId> requests_of(const RunRecord& run) {
  return {run.signal_request_ids.begin(), run.signal_request_ids.end()};
}

}  // namespace

Result<MaybeRun> whole_run(AuditView& view, const AuditPlace& place, const RunId& run_id) {
  const auto say = [&](const Status& status) -> Result<MaybeRun> {
    if (status.code() != StatusCode::kDataLoss) return status;
    view.note(place, "", std::string(status.message()));
    return MaybeRun();
  };
  auto stored = read_run(view.store(), place.number, run_id);
  if (!stored.ok()) return say(stored.status());
  if (!*stored) return MaybeRun();
  const auto history = whole_history(view.store(), place.number, **stored);
  if (!history.ok()) return say(history.status());
  if (!*history) return MaybeRun();
  auto folded = core::decode_run(run_id, **history);
  if (!folded.ok()) return say(folded.status());

  RunRecord& run = (*stored)->run;
  const std::string& workflow_id = run.started.workflow_id.text();
  if (folded->head != run.head) {
    view.note(place, workflow_id, "the head of the run does not say what its history says");
  }
  Status read = read_signal_requests(view.store(), place.number, run);
  if (!read.ok()) return say(read);
  if (requests_of(*folded) != requests_of(run)) {
    view.note(place, workflow_id, "the request ids of signals are not those of the history");
  }
  return MaybeRun(std::move(*folded));
}

Status check_event_key(AuditView& view, const AuditPlace& place) {
  const auto of = keys::event_key_from(place.key);
  if (!of) return view.problem(place, "", "the key is not one of a batch or of a request id");
  std::string value;
  const auto found = view.store().get(Family::kRun, keys::run(place.number, of->run_id), value);
  if (!found.ok()) return found.status();
  if (!*found) return view.problem(place, "", "the events are of a run that is not there");
  const auto run = core::decode_run(of->run_id, value);
  if (!run.ok()) return {};  // said when the run was looked at
  const bool is_in_batch = of->last_event_id == 0 || of->last_event_id > run->events_beside;
  if (run->has_batches && is_in_batch) return {};
  return view.problem(place, run->started.workflow_id.text(),
                      "the run " + of->run_id.text() + " has no such events in batches");
}

}  // namespace onerun::store
