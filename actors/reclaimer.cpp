#include "actors/reclaimer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "actors/logging.hpp"
#include "core/fault.hpp"
#include "core/history/layout.hpp"
#include "core/retention.hpp"
#include "core/run_index.hpp"
#include "core/transition.hpp"

namespace onerun::actors {
namespace {

namespace keys = core::keys;
using core::Family;
using keys::DueStage;

/// Families that hold what belongs to a namespace.
constexpr std::array kNamespaceFamilies = {Family::kHead,  Family::kRun, Family::kEvent,
                                           Family::kTimer, Family::kDue, Family::kOpen,
                                           Family::kClosed};

/// How long an entry of the due family waits.
Duration wait_of(const Retention& retention, DueStage stage, RunStatus status) {
  switch (stage) {
    case DueStage::kRun: return core::retention_of(retention, status);
    case DueStage::kId: return core::id_retention_of(retention, status);
    case DueStage::kLink: return core::longest_retention(retention);
  }
  return {};
}

}  // namespace

/// Counts a group of a page; the last one says that the page is done.
class Reclaimer::PageCompletion final : public store::Completion {
 public:
  PageCompletion(std::shared_ptr<Page> page, bool is_run)
      : page_(std::move(page)), is_run_(is_run) {}

  void complete(const Status& status) noexcept override {
    if (!status.ok()) {
      ++page_->aborted;
    } else if (is_run_) {
      ++page_->runs;
    }
    if (--page_->waiting == 0) page_->done();
  }

 private:
  const std::shared_ptr<Page> page_;
  const bool is_run_;
};

void Reclaimer::begin(const Namespaces& namespaces, bool from_the_beginning) {
  now_ = services_.clock.now();
  ranges_.clear();
  at_ = 0;
  for (auto& entry : namespaces) {
    if (entry->record()->state == NamespaceState::kDeleted) {
      ranges_.push_back({entry});
      continue;
    }
    for (const DueStage stage : {DueStage::kRun, DueStage::kId, DueStage::kLink}) {
      for (const RunStatus status : core::kClosedStatuses) {
        ranges_.push_back({entry, stage, status});
      }
    }
  }
  // A clock that stepped back, or a request that waited for long, may have closed a run behind a
  // cursor.
  if (passes_++ % kPassesBetweenFullScans == 0 || from_the_beginning) cursors_.clear();
  count_due();
}

/// How many runs have expired, up to a bound, and since when the oldest has.
void Reclaimer::count_due() {
  due_ = 0;
  lag_ = Duration::zero();
  for (const Range& range : ranges_) {
    if (range.status == RunStatus::kUnspecified || range.stage != DueStage::kRun) continue;
    const auto record = range.name_space->record();
    const Duration wait = wait_of(record->config.retention, range.stage, range.status);
    bool is_first = true;
    report(services_.store.scan(Family::kDue, first_key(range), last_key(range, *record),
                                [&](std::string_view key, std::string_view) {
                                  const auto due = keys::due_from(key);
                                  if (is_first && due) {
                                    lag_ = std::max(lag_, now_ - (due->close_time + wait));
                                  }
                                  is_first = false;
                                  return ++due_ < kMaxCounted;
                                }),
           "count expired runs");
  }
  services_.metrics.set_retention(due_, lag_);
}

bool Reclaimer::next_page(std::function<void()> page_done) {
  finish_page();
  page_ = std::make_shared<Page>();
  page_->done = std::move(page_done);
  for (; at_ < ranges_.size(); ++at_) {
    const Range& range = ranges_[at_];
    const bool has_page =
        range.status == RunStatus::kUnspecified ? remove_namespace(range) : reclaim_due(range);
    if (has_page) return true;
  }
  page_.reset();
  ranges_.clear();
  return false;
}

/// Takes stock of the page that is through the log.
void Reclaimer::finish_page() {
  if (page_ == nullptr) return;
  ONERUN_KILL_POINT(kReclaiming);
  const Range& range = ranges_[at_];
  const Page& page = *page_;
  reclaimed_ += page.runs;
  range.name_space->metrics().reclaimed(static_cast<double>(page.runs));
  due_ -= std::min<std::uint64_t>(due_, page.runs);
  services_.metrics.set_retention(due_, due_ == 0 ? Duration::zero() : lag_);
  // Where something else wrote meanwhile, the page is read once more, from its beginning. One that
  // came to nothing at all is left to the next pass.
  if (page.aborted == 0 && !page.next_key.empty()) cursors_[cursor_of(range)] = page.next_key;
  if (page.aborted == page.groups || page.is_last_of_range) ++at_;
  page_.reset();
}

Reclaimer::Cursor Reclaimer::cursor_of(const Range& range) const {
  return {range.name_space->number(), range.stage, range.status};
}

std::string Reclaimer::first_key(const Range& range) const {
  const auto cursor = cursors_.find(cursor_of(range));
  return cursor != cursors_.end()
             ? cursor->second
             : keys::range_of(range.name_space->number(), range.stage, range.status).first;
}

/// The key behind everything in the range that has expired by now.
std::string Reclaimer::last_key(const Range& range, const core::NamespaceRecord& record) const {
  const Duration wait = wait_of(record.config.retention, range.stage, range.status);
  constexpr Duration kAWhile = std::chrono::minutes(1);
  const Duration early = ONERUN_FAULT(kReclaimEarly) ? kAWhile : Duration::zero();
  const Timestamp first_kept = now_ - wait + Duration(1) + early;
  return keys::due_from_time(range.name_space->number(), range.stage, range.status, first_kept);
}

std::vector<Reclaimer::DueRun> Reclaimer::read_due(const Range& range,
                                                   const core::NamespaceRecord& record) {
  std::vector<DueRun> found;
  report(services_.store.scan(
             Family::kDue, first_key(range), last_key(range, record),
             [&](std::string_view key, std::string_view workflow_id) {
               if (auto due = keys::due_from(key)) {
                 found.push_back({std::string(key), std::move(*due), WorkflowId(workflow_id)});
               }
               return found.size() < kPage;
             }),
         "read expired runs");
  return found;
}

bool Reclaimer::reclaim_due(const Range& range) {
  const auto record = range.name_space->record();
  if (record->state == NamespaceState::kDeleted) return false;
  while (true) {
    const store::Ticket since = services_.log.durable();
    const std::vector<DueRun> found = read_due(range, *record);
    if (found.empty()) return false;
    std::vector<store::Group> groups;
    for (const DueRun& due : found) {
      auto group = removal_of(range, due, record->config.retention, since);
      if (group) groups.push_back(std::move(*group));
    }
    page_->next_key = keys::after(found.back().key);
    if (!groups.empty()) {
      append(std::move(groups), range.stage == DueStage::kRun);
      ONERUN_KILL_POINT(kReclaiming);
      return true;
    }
    // Nothing of this page can be read: go on behind it, until the next full scan.
    cursors_[cursor_of(range)] = page_->next_key;
  }
}

/// The removal of one run, of one workflow id, or of what a run has left. `nullopt` if it can't be
/// read; it stays then.
std::optional<store::Group> Reclaimer::removal_of(const Range& range, const DueRun& due,
                                                  const Retention& retention, store::Ticket since) {
  const core::NamespaceNumber name_space = range.name_space->number();
  const auto id = services_.reader.state(name_space, due.workflow_id);
  if (!id.ok()) {
    report(id.status(), "read a head");
    return std::nullopt;
  }

  const std::string head_key = keys::head(name_space, due.workflow_id);
  const std::string run_key = keys::run(name_space, due.due.run_id);
  store::Group group{.name_space = name_space, .guard = store::Guard(since)};
  group.guard.watch(Family::kHead, head_key);
  group.guard.watch(Family::kRun, range.stage == DueStage::kLink
                                      ? keys::link(name_space, {due.due.run_id, due.workflow_id})
                                      : run_key);
  group.guard.watch(Family::kMeta, keys::namespace_record(name_space));

  group.writes.erase(Family::kDue, due.key);
  if (range.stage == DueStage::kLink) {
    remove_link(group, name_space, due, *id, retention);
    return group;
  }
  if (range.stage == DueStage::kRun) {
    if (!remove_run(group, name_space, due, *id, retention)) return std::nullopt;
  }
  // The current pointer goes only if it still names that run; and not before the id's own time.
  const bool is_named =
      id->current && (id->current->run_id == due.due.run_id || ONERUN_FAULT(kReclaimWrongHead));
  if (!is_named) return group;
  if (core::is_id_expired(retention, *id->current, now_) || ONERUN_FAULT(kReclaimWrongHead)) {
    remove_head(group, name_space, due, *id, retention);
  } else {
    keys::Due later = due.due;
    later.stage = DueStage::kId;
    later.workflow_id = due.workflow_id;
    group.writes.put(Family::kDue, keys::due(name_space, later), due.workflow_id.text());
  }
  return group;
}

/// Takes the record of a run away, and its place in the index. If runs before it may stay, the way
/// to them does. Of a run that is not there only the entry goes: it is not counted either. Returns
/// false if the run can't be read, or is not what the entry says: then all of it stays.
bool Reclaimer::remove_run(store::Group& group, core::NamespaceNumber name_space, const DueRun& due,
                           const core::WorkflowState& id, const Retention& retention) {
  const auto run = closed_run(name_space, due, id);
  report(run.status(), "remove a run");
  if (!run.ok()) return false;
  if (!*run) return true;
  core::erase_history(group.writes, name_space, due.due.run_id, core::may_have_batches(**run));
  group.counts.closed = -1;
  remove_traces(group.writes, name_space, due, **run, retention);
  return true;
}

/// The run that an entry is for; empty if it is not there. data_loss: it is another than that.
Result<std::optional<core::RunHead>> Reclaimer::closed_run(core::NamespaceNumber name_space,
                                                           const DueRun& due,
                                                           const core::WorkflowState& id) {
  std::optional<core::RunHead> found;
  if (id.current && id.current->run_id == due.due.run_id) {
    found = id.current;
  } else {
    auto run = services_.reader.run(name_space, due.workflow_id, due.due.run_id);
    if (!run.ok()) return run.status();
    if (*run) found = std::move((*run)->head);
  }
  const bool fits =
      !found || (found->status == due.due.status && found->close_time == due.due.close_time);
  if (fits) return found;
  return core::locate(core::corrupt("the run is open, or closed otherwise"), name_of(Family::kDue),
                      due.key);
}

void Reclaimer::remove_traces(core::WriteSet& writes, core::NamespaceNumber name_space,
                              const DueRun& due, const core::RunHead& run,
                              const Retention& retention) {
  core::run_index::removed(writes, name_space, {run.start_time, run.run_id}, due.due.status);
  if (run.previous_run_id.empty() || !core::may_outlast(retention, due.due.status)) return;
  core::leave_link(writes, name_space, due.workflow_id, due.due.run_id,
                   {run.previous_run_id, due.due.status, due.due.close_time});
}

/// Takes the head away, or leaves one that names the run before.
void Reclaimer::remove_head(store::Group& group, core::NamespaceNumber name_space,
                            const DueRun& due, const core::WorkflowState& id,
                            const Retention& retention) {
  const std::string key = keys::head(name_space, due.workflow_id);
  const RunId& before = id.current->previous_run_id;
  const bool leaves_some = !before.empty() && due.due.run_id == id.current->run_id &&
                           now_ < id.current->close_time + core::longest_retention(retention) &&
                           !ONERUN_FAULT(kForgetLink);
  if (!leaves_some) return group.writes.erase(Family::kHead, key);
  core::WorkflowState left{.rate_free_at = id.rate_free_at};
  left.last = core::LastRun{before, id.current->close_time};
  group.writes.put(Family::kHead, key, core::encode_head(left));
  core::leave_link(group.writes, name_space, due.workflow_id, due.due.run_id,
                   {before, due.due.status, due.due.close_time});
}

/// All runs before the one that left it have expired.
void Reclaimer::remove_link(store::Group& group, core::NamespaceNumber name_space,
                            const DueRun& due, const core::WorkflowState& id,
                            const Retention& retention) {
  // The same run id may have left a later link.
  const keys::Link of{due.due.run_id, due.workflow_id};
  const auto link = store::read_link(services_.store, name_space, of);
  const bool is_this_one = link.ok() && *link && (*link)->close_time == due.due.close_time &&
                           (*link)->status == due.due.status;
  if (is_this_one) group.writes.erase(Family::kRun, keys::link(name_space, of));
  if (id.last && now_ >= id.last->gone_close_time + core::longest_retention(retention)) {
    group.writes.erase(Family::kHead, keys::head(name_space, due.workflow_id));
  }
}

bool Reclaimer::remove_namespace(const Range& range) {
  NamespaceEntry& entry = *range.name_space;
  // A request that was admitted before the deletion may still add to it.
  if (entry.in_flight() > 0) return false;
  store::Group group{.name_space = entry.number()};
  const auto erased = erase_some(entry, group.writes);
  if (!erased.ok()) {
    report(erased.status(), "read a deleted namespace");
    return false;
  }
  if (*erased == 0) {
    group.writes.erase(Family::kMeta, keys::namespace_record(entry.number()));
    group.writes.erase(Family::kMeta, keys::namespace_counts(entry.number()));
    page_->is_last_of_range = true;
    page_->done = [this, done = std::move(page_->done), removed = range.name_space,
                   page = page_.get()] {
      if (page->aborted == 0) gone_(*removed);
      done();
    };
  }
  std::vector<store::Group> groups;
  groups.push_back(std::move(group));
  append(std::move(groups), false);
  ONERUN_KILL_POINT(kDeletingNamespace);
  return true;
}

/// Adds the removal of up to a page of what the namespace still has. Returns how many.
Result<std::size_t> Reclaimer::erase_some(const NamespaceEntry& entry, core::WriteSet& writes) {
  const auto [first, last] = keys::range_of(entry.number());
  std::size_t erased = 0;
  for (const Family family : kNamespaceFamilies) {
    if (erased >= kErasedKeys) break;
    if (family == Family::kRun && ONERUN_FAULT(kKeepRunsOfDeleted)) continue;
    Status read =
        services_.store.scan(family, first, last, [&](std::string_view key, std::string_view) {
          const bool is_index = family == Family::kOpen || family == Family::kClosed;
          is_index ? writes.erase_once(family, key) : writes.erase(family, key);
          return ++erased < kErasedKeys;
        });
    if (!read.ok()) return read;
  }
  return erased;
}

void Reclaimer::append(std::vector<store::Group> groups, bool are_runs) {
  page_->groups = page_->waiting = groups.size();
  for (store::Group& group : groups) {
    group.completion = std::make_unique<PageCompletion>(page_, are_runs);
    group.is_background = true;
    services_.log.append(std::move(group));
  }
}

void Reclaimer::report(const Status& status, std::string_view what) {
  if (status.ok()) return;
  log_line(services_.sink, LogLevel::kError,
           "retention: can't " + std::string(what) + ": " + status.to_string());
}

}  // namespace onerun::actors
