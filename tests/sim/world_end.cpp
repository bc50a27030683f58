// What must be so once everything has settled, and once everything has expired.
#include "store/audit.hpp"
#include "tests/sim/world.hpp"
#include "tests/sim/world_parts.hpp"

namespace onerun::sim {
namespace {

/// Long after everything that is closed has expired.
constexpr auto kLongAfter = std::chrono::hours(24);

}  // namespace

void World::check_the_end() {
  say("the end");
  if (fault_is_to_come()) {
    disk_->next_commit_fails = Disk::CommitFailure::kNone;
    disk_->next_sync_fails = fault_is_expected_ = false;
  }
  engine_->work_until_idle();
  after_step();
  engine_->work_until_idle();
  if (checker_.violation()) return;
  if (const unsigned open = under_way_ + in_other_; open > 0) {
    checker_.complain(std::to_string(open) + " requests have no answer");
  }
  for (const auto& [wait, run] : waiting_) {
    if (!checker_.is_surely_closed(run)) continue;
    checker_.complain("nobody told who waits for the end of " + run.run_id.text());
  }
  for (const auto& [number, listener] : listeners_) {
    const bool misses_some =
        !listener.has_ended && checker_.surely_has_more(listener.run, listener.next_event_id - 1);
    if (misses_some) checker_.complain("nobody told who listens to " + listener.run.run_id.text());
  }
  fire_timers();
  list();
  audit(false);
  check_other();
  if (chance(50) && !checker_.violation()) crash(chance(50));
  if (checker_.violation()) return;
  for (const RunRef& run : checker_.known_runs()) {
    if (checker_.violation()) return;
    checker_.described(run, engine_->describe(kNamespace, run).get());
    checker_.described({run.workflow_id}, engine_->describe(kNamespace, {run.workflow_id}).get());
    checker_.read(run, engine_->history(kNamespace, run, 1, limits::kEventsPerPage).get());
  }
  for (const char* id : Requests::kIds) list_runs_of(WorkflowId(id));
  if (checker_.violation()) return;
  clock_->advance(kLongAfter);
  latest_ = std::max(latest_, clock_->now());
  checker_.time_is(clock_->now());
  auto reclaimed = engine_->actors().reclaim_now();
  engine_->work_until_idle();
  if (const auto runs = reclaimed.get(); !runs.ok()) {
    checker_.complain("reclaiming: " + runs.status().to_string());
  }
  audit(true);
  for (const RunRef& run : checker_.known_runs()) {
    if (checker_.violation()) return;
    checker_.described(run, engine_->describe(kNamespace, run).get());
  }
}

void World::audit(bool everything_expired) {
  const SimStore view(disk_);
  // Where the clock was set back, or retention has changed, an id may have forgotten runs that are
  // there: as if all that is closed had expired.
  const Timestamp now = may_lack_links_ ? latest_ + kLongAfter : latest_;
  const auto report = store::audit(view, now, [this](const store::AuditProblem& problem) {
    checker_.complain("the store: " + problem.workflow_id + ": " + problem.what);
  });
  if (!report.ok()) return checker_.complain("the store: " + report.status().to_string());
  if (!everything_expired) return;
  const std::uint64_t known = other_ == Other::kAbsent ? 1 : 2;
  if (other_ != Other::kUnknown && report->namespaces != known) {
    checker_.complain("a deleted namespace is still there");
  }
  if (report->closed_runs > 0) {
    checker_.complain(std::to_string(report->closed_runs) + " expired runs were not reclaimed");
  }
  if (report->workflow_ids != report->open_runs) {
    checker_.complain(std::to_string(report->workflow_ids - report->open_runs) +
                      " expired workflow ids were not reclaimed");
  }
}

}  // namespace onerun::sim
