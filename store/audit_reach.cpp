#include "store/audit_reach.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/retention.hpp"
#include "store/audit_chain.hpp"
#include "store/candidates.hpp"

namespace onerun::store {
namespace {

bool is_kept_closed_run(const AuditPlace& place, const core::RunHead& run, Timestamp latest) {
  const Retention& retention = place.name_space->record.config.retention;
  return is_closed(run.status) &&
         is_kept(place, run.close_time, core::retention_of(retention, run.status), latest);
}

/// True if the way to older runs ends there for a reason that is said elsewhere, or is known: a
/// record that can't be read, or more removed runs than are followed.
bool hides_the_rest(const Status& status) {
  return status.code() == StatusCode::kDataLoss || status.code() == StatusCode::kResourceExhausted;
}

}  // namespace

std::size_t AuditReach::slot_of(const AuditPlace& place, const WorkflowId& workflow_id) {
  return (std::hash<std::string>()(workflow_id.text()) ^ place.number) % kSlots;
}

void AuditReach::count(const AuditPlace& place, const core::RunRecord& run, Timestamp latest) {
  if (is_kept_closed_run(place, run.head, latest)) {
    ++unreached_[slot_of(place, run.started.workflow_id)];
  }
}

Result<bool> AuditReach::walk(const AuditPlace& place, const WorkflowId& workflow_id,
                              const std::function<void(const core::RunHead&)>& visit) const {
  LinkedRuns runs(view_.store(), place.number, workflow_id, {});
  while (true) {
    const auto run = runs.next();
    if (!run.ok()) return hides_the_rest(run.status()) ? Result<bool>(false) : run.status();
    if (!*run) return true;
    visit((*run)->head);
  }
}

Status AuditReach::follow(const AuditPlace& place, const WorkflowId& workflow_id,
                          Timestamp latest) {
  return walk(place, workflow_id,
              [&](const core::RunHead& run) {
                if (is_kept_closed_run(place, run, latest)) {
                  --unreached_[slot_of(place, workflow_id)];
                }
              })
      .status();
}

bool AuditReach::misses_any() const {
  return std::ranges::any_of(unreached_, [](std::int64_t runs) { return runs > 0; });
}

Status AuditReach::check(const AuditPlace& place, const core::RunRecord& run, Timestamp latest) {
  const WorkflowId& workflow_id = run.started.workflow_id;
  const bool may_miss =
      unreached_[slot_of(place, workflow_id)] > 0 && is_kept_closed_run(place, run.head, latest);
  if (!may_miss) return {};
  const auto state = view_.head(place, workflow_id);
  if (!state.ok()) return state.status();
  // Of a head that is not there, is older, or can't be read all is said elsewhere.
  const bool leads_on =
      *state && ((*state)->current || (*state)->last) && !is_older(**state, run.head);
  if (!leads_on) return {};
  const auto runs = remembered_runs_of(place, workflow_id);
  if (!runs.ok()) return runs.status();
  if (!**runs || (**runs)->contains(run.head.run_id)) return {};
  return view_.problem(
      place, workflow_id.text(),
      "the way from the head of the workflow id over the runs before does not lead "
      "to run " +
          run.head.run_id.text() + ", which is kept; unless the clock was set back");
}

Result<const AuditReach::Runs*> AuditReach::remembered_runs_of(const AuditPlace& place,
                                                               const WorkflowId& workflow_id) {
  const Id id{place.number, workflow_id.text()};
  auto found = remembered_.find(id);
  if (found == remembered_.end()) {
    std::set<RunId> runs;
    const auto is_all =
        walk(place, workflow_id, [&](const core::RunHead& run) { runs.insert(run.run_id); });
    if (!is_all.ok()) return is_all.status();
    if (remembered_runs_ > kMostRemembered) {
      remembered_.clear();
      remembered_runs_ = 0;
    }
    remembered_runs_ += 1 + runs.size();
    found = remembered_.emplace(id, *is_all ? Runs(std::move(runs)) : std::nullopt).first;
  }
  return &found->second;
}

}  // namespace onerun::store
