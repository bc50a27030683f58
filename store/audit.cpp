#include "store/audit.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "core/big_endian.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/retention.hpp"
#include "core/run_index.hpp"
#include "store/audit_chain.hpp"
#include "store/audit_history.hpp"
#include "store/audit_meta.hpp"
#include "store/audit_reach.hpp"
#include "store/audit_view.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;
using core::NamespaceNumber;
using core::RunHead;

/// Sorts behind every key of a namespace.
constexpr std::string_view kBehindAll = "\xFF\xFF\xFF\xFF\xFF";

class Audit {
 public:
  Audit(const Store& store, Timestamp now, const std::function<void(const AuditProblem&)>& report)
      : view_(store, report), now_(now) {}

  Result<AuditReport> run() {
    Status status = meta_.read();
    if (status.ok()) status = visit(Family::kHead, &Audit::check_head);
    if (status.ok()) status = visit(Family::kRun, &Audit::check_run);
    if (status.ok() && reach_.misses_any()) status = visit(Family::kRun, &Audit::check_reached);
    if (status.ok()) status = visit(Family::kEvent, &Audit::check_event);
    if (status.ok()) status = visit(Family::kBlob, &Audit::check_blob);
    if (status.ok()) status = visit(Family::kTimer, &Audit::check_timer);
    if (status.ok()) status = visit(Family::kDue, &Audit::check_due);
    if (status.ok()) status = visit(Family::kOpen, &Audit::check_index);
    if (status.ok()) status = visit(Family::kClosed, &Audit::check_index);
    if (status.ok()) status = meta_.check_counts();
    if (status.ok()) status = check_overdue();
    if (!status.ok()) return status;
    report_.namespaces = meta_.namespaces().size();
    report_.problems = view_.problems();
    return report_;
  }

 private:
  using Place = AuditPlace;
  using Check = Status (Audit::*)(const Place&);

  Status problem(const Place& place, const std::string& workflow_id, std::string what) {
    return view_.problem(place, workflow_id, std::move(what));
  }

  /// Calls the check for each key of a family, outside of deleted namespaces.
  Status visit(Family family, Check check) {
    Status status;
    Status scanned = view_.store().scan(
        family, "", kBehindAll, [&](std::string_view key, std::string_view value) {
          Place place{.family = family, .key = key, .value = value};
          std::string_view rest = key;
          const bool has_number = keys::take_namespace(rest, place.number);
          place.name_space = has_number ? meta_.find(place.number) : nullptr;
          if (has_number && meta_.is_unreadable(place.number)) return true;
          if (place.name_space == nullptr) {
            view_.note(place, "", "the key is of a namespace that does not exist");
          } else if (place.name_space->record.state != NamespaceState::kDeleted) {
            status = (this->*check)(place);
          }
          return status.ok();
        });
    return scanned.ok() ? status : scanned;
  }

  Status check_head(const Place& place) {
    ++report_.workflow_ids;
    const std::string workflow_id(place.key.substr(keys::kNamespaceBytes));
    const auto id = core::decode_head(place.value);
    if (!id.ok()) return problem(place, workflow_id, std::string(id.status().message()));
    Status followed = reach_.follow(place, WorkflowId(workflow_id), now_);
    if (!followed.ok()) return followed;
    if (!id->current) return check_last(place, workflow_id, *id->last);
    Status queue = check_queue(place, workflow_id, *id);
    if (!queue.ok()) return queue;
    const RunHead* const head = &*id->current;
    const auto run = view_.run(place, head->run_id);
    if (!run.ok()) return run.status();
    // The run id of a run that is gone may have been brought again, for another workflow id.
    const bool is_its_own = *run && (*run)->started.workflow_id.text() == workflow_id;
    if (!is_its_own) return check_head_without_run(place, workflow_id, *head);
    if ((*run)->head != *head) {
      return problem(
          place, workflow_id,
          "the head does not say what the history of run " + head->run_id.text() + " says");
    }
    if (!head->new_execution_run_id.empty()) {
      return problem(place, workflow_id,
                     "the head names run " + head->run_id.text() +
                         ", and that the next of its chain, which is not the current one");
    }
    return {};
  }

  /// The starts that wait have their records, which are looked at for their timers.
  Status check_queue(const Place& place, const std::string& workflow_id,
                     const core::WorkflowState& id) {
    for (const core::QueuedStart& queued : id.queue) {
      const auto record = view_.run(place, queued.run_id);
      if (!record.ok()) return record.status();
      const bool fits = *record && (*record)->head.status == RunStatus::kUnspecified &&
                        (*record)->started.workflow_id.text() == workflow_id &&
                        (*record)->head.start_request() == queued.request() &&
                        (*record)->queue_deadline == queued.deadline;
      if (!fits) {
        view_.note(place, workflow_id,
                   "the queued start " + queued.run_id.text() + " is not there");
      }
    }
    return {};
  }

  /// A head that only leads to older runs goes with what the last of them to go has left.
  Status check_last(const Place& place, const std::string& workflow_id, const core::LastRun& last) {
    bool is_ended = false;
    for (const RunStatus status : core::kClosedStatuses) {
      const auto key_of = [&](Timestamp time) {
        return keys::due_from_time(place.number, keys::DueStage::kLink, status, time);
      };
      Status scanned = view_.store().scan(
          Family::kDue, key_of(last.gone_close_time), key_of(last.gone_close_time + Duration(1)),
          [&](std::string_view key, std::string_view) {
            const auto due = keys::due_from(key);
            is_ended |= due && due->workflow_id.text() == workflow_id;
            return !is_ended;
          });
      if (!scanned.ok()) return scanned;
    }
    return is_ended ? Status()
                    : problem(place, workflow_id,
                              "the head names no run but the last, " + last.run_id.text() +
                                  ", and nothing will end that");
  }

  /// Such a head stays until the retention of its id ends, and something must end it.
  Status check_head_without_run(const Place& place, const std::string& workflow_id,
                                const RunHead& head) {
    const std::string names = "the head names run " + head.run_id.text() + ", ";
    if (is_open(head.status)) return problem(place, workflow_id, names + "which it does not have");
    return expect_due(place, workflow_id, head, keys::DueStage::kId,
                      names + "which it does not have, and nothing will end that");
  }

  Status expect_due(const Place& place, const std::string& workflow_id, const RunHead& run,
                    keys::DueStage stage, std::string otherwise) {
    const bool is_own = stage == keys::DueStage::kRun;
    const keys::Due due{stage, run.status, run.close_time, run.run_id,
                        is_own ? WorkflowId() : WorkflowId(workflow_id)};
    const auto found = view_.has(Family::kDue, keys::due(place.number, due), workflow_id);
    if (!found.ok()) return found.status();
    return *found ? Status() : problem(place, workflow_id, std::move(otherwise));
  }

  /// The entries of a status lie in the order in which they expire: the first one says it all.
  Status check_overdue() {
    for (auto& [number, audited] : meta_.namespaces()) {
      if (audited.record.state == NamespaceState::kDeleted) continue;
      for (const RunStatus status : core::kClosedStatuses) {
        Status scanned = check_first_due(number, audited, status);
        if (!scanned.ok()) return scanned;
      }
    }
    return {};
  }

  Status check_first_due(NamespaceNumber number, AuditedNamespace& audited, RunStatus status) {
    const Timestamp latest = std::min(latest_, now_);  // a clock may have been set back
    const auto [first, last] = keys::range_of(number, keys::DueStage::kRun, status);
    return view_.store().scan(
        Family::kDue, first, last, [&](std::string_view key, std::string_view workflow_id) {
          const auto due = keys::due_from(key);
          if (!due) return false;  // said when it was looked at
          const Timestamp end =
              due->close_time + core::retention_of(audited.record.config.retention, status);
          if (latest - kReclaimBound > end) {
            const auto late = std::chrono::ceil<std::chrono::seconds>(latest - end);
            view_.note(
                {.family = Family::kDue,
                 .key = key,
                 .value = {},
                 .number = number,
                 .name_space = &audited},
                std::string(workflow_id),
                "the retention of run " + due->run_id.text() + " ended " +
                    std::to_string(late.count()) +
                    " s before the last run began or closed, and the run is still there: the "
                    "clean-up is behind, or had no turn since a long stop or a shorter retention");
          }
          return false;
        });
  }

  /// What a run has left goes with the time.
  Status check_link(const Place& place) {
    const auto of = keys::link_from(place.key);
    if (!of) return problem(place, "", "the key is not one of a link");
    const std::string& workflow_id = of->workflow_id.text();
    const auto link = core::decode_link(place.value);
    if (!link.ok()) {
      return problem(place, workflow_id,
                     "the link can't be read: " + std::string(link.status().message()));
    }
    const std::string name = "the link of run " + of->run_id.text();
    if (link->previous_run_id == of->run_id) {
      return problem(place, workflow_id, name + " leads to itself");
    }
    const keys::Due due{keys::DueStage::kLink, link->status, link->close_time, of->run_id,
                        of->workflow_id};
    const auto found = view_.has(Family::kDue, keys::due(place.number, due), workflow_id);
    if (!found.ok()) return found.status();
    return *found ? Status() : problem(place, workflow_id, name + " stays, and nothing ends that");
  }

  /// A start that waits is known to its workflow id.
  Status check_queued(const Place& place, const core::RunRecord& record) {
    const std::string& workflow_id = record.started.workflow_id.text();
    const auto id = view_.head(place, record.started.workflow_id);
    if (!id.ok()) return id.status();
    if (*id && !find_queued(**id, record.head.run_id)) {
      return problem(place, workflow_id, "the start waits, and its workflow id does not know");
    }
    return expect_timer(place, record, record.queue_deadline);
  }

  Status check_run(const Place& place) {
    if (keys::is_link(place.key)) return check_link(place);
    const auto run_id = keys::run_id_from(place.key.substr(keys::kNamespaceBytes));
    if (!run_id) return problem(place, "", "the key is not one of a run");
    auto run = core::decode_run(*run_id, place.value);
    if (!run.ok()) return problem(place, "", std::string(run.status().message()));
    const std::string workflow_id = run->started.workflow_id.text();
    if (run->has_batches) {
      auto whole = whole_run(view_, place, *run_id);
      if (!whole.ok()) return whole.status();
      if (!*whole) return {};
      *run = std::move(**whole);
    }
    latest_ = std::max({latest_, run->head.start_time, run->head.close_time});
    if (run->head.status == RunStatus::kUnspecified) return check_queued(place, *run);
    reach_.count(place, *run, now_);
    Status chain = check_before(view_, place, *run);
    if (!chain.ok()) return chain;
    Status index = expect_index(place, *run);
    if (!index.ok()) return index;
    if (is_closed(run->head.status)) {
      ++report_.closed_runs;
      ++place.name_space->counts.closed;
      return expect_due(place, workflow_id, run->head, keys::DueStage::kRun,
                        "the run is closed and nothing will end its retention");
    }
    ++report_.open_runs;
    ++place.name_space->counts.open;
    Status timer = expect_timer(place, *run, run->head.run_deadline);
    return timer.ok() ? expect_current(place, *run) : timer;
  }

  /// Where fewer runs were reached than are there.
  Status check_reached(const Place& place) {
    const auto run_id = keys::run_id_from(place.key.substr(keys::kNamespaceBytes));
    if (keys::is_link(place.key) || !run_id) return {};
    const auto run = core::decode_run(*run_id, place.value);
    const bool is_known = run.ok() && !(run->has_batches && is_open(run->head.status));
    return is_known ? reach_.check(place, *run, std::max(latest_, now_)) : Status();
  }

  /// Every run is listed.
  Status expect_index(const Place& place, const core::RunRecord& run) {
    const RunHead& head = run.head;
    const std::string key =
        core::run_index::key(place.number, head.status, {head.start_time, head.run_id});
    const Family family = core::run_index::family_of(head.status);
    const std::string expected =
        is_open(head.status) ? std::string() : core::run_index::encode_close_time(head.close_time);
    const auto found = view_.has(family, key, expected);
    if (!found.ok()) return found.status();
    if (*found) return {};
    return problem(place, run.started.workflow_id.text(),
                   "the run is not in the family " + std::string(name_of(family)) +
                       " as it should be, and is not listed");
  }

  /// And nothing else is.
  Status check_index(const Place& place) {
    const auto entry = core::run_index::entry_from(place.family, place.key);
    if (!entry) return problem(place, "", "the key is not one of the index of runs");
    const auto run = view_.run(place, entry->place.run_id);
    if (!run.ok()) return run.status();
    const bool fits = *run && (*run)->head.start_time == entry->place.start_time &&
                      (entry->status == (*run)->head.status ||
                       (is_open(entry->status) && is_open((*run)->head.status)));
    return fits ? Status()
                : problem(place, *run ? (*run)->started.workflow_id.text() : std::string(),
                          "the entry is for a run that is not there or is another: " +
                              entry->place.run_id.text());
  }

  /// The deadline of an open run, or of a start that waits, is kept.
  Status expect_timer(const Place& place, const core::RunRecord& run,
                      const std::optional<Timestamp>& deadline) {
    if (!deadline) return {};
    const std::string& workflow_id = run.started.workflow_id.text();
    const auto found = view_.has(
        Family::kTimer, keys::timer(place.number, {*deadline, run.head.run_id}), workflow_id);
    if (!found.ok()) return found.status();
    return *found ? Status()
                  : problem(place, workflow_id,
                            "the run has a deadline, and nothing will end it then");
  }

  /// And no other deadline is.
  Status check_timer(const Place& place) {
    const auto timer = keys::timer_from(place.key);
    const std::string workflow_id(place.value);
    if (!timer) return problem(place, workflow_id, "the key is not one of a timer");
    const auto run = view_.run(place, timer->run_id);
    if (!run.ok()) return run.status();
    const bool is_its_own = *run && (*run)->started.workflow_id.text() == workflow_id;
    const bool waits = is_its_own && (*run)->head.status == RunStatus::kUnspecified;
    const bool is_deadline = waits ? (*run)->queue_deadline == timer->due
                                   : is_its_own && is_open((*run)->head.status) &&
                                         (*run)->head.run_deadline == timer->due;
    const bool fits = is_deadline && timer->event_id == 0;
    return fits ? Status()
                : problem(place, workflow_id,
                          "the timer is of a run that is not open or has another deadline: " +
                              timer->run_id.text());
  }

  Status expect_current(const Place& place, const core::RunRecord& run) {
    const std::string& workflow_id = run.started.workflow_id.text();
    const auto id = view_.head(place, run.started.workflow_id);
    if (!id.ok()) return id.status();
    if (!*id) return {};
    if (!(*id)->current) {
      return problem(place, workflow_id, "the run is open and its workflow id has none");
    }
    const RunId& current = (*id)->current->run_id;
    return current == run.head.run_id
               ? Status()
               : problem(place, workflow_id,
                         "the run is open, and the current run is another: " + current.text());
  }

  Status check_due(const Place& place) {
    const auto due = keys::due_from(place.key);
    const std::string workflow_id(place.value);
    if (!due) return problem(place, workflow_id, "the key is not one of the due family");
    if (due->stage != keys::DueStage::kRun) {  // may outlive what it was for
      return due->workflow_id.text() == workflow_id
                 ? Status()
                 : problem(place, due->workflow_id.text(), "the entry names another workflow id");
    }
    const auto run = view_.run(place, due->run_id);
    if (!run.ok()) return run.status();
    const bool fits = *run && (*run)->started.workflow_id.text() == workflow_id &&
                      (*run)->head.status == due->status &&
                      (*run)->head.close_time == due->close_time;
    return fits ? check_after(view_, place, **run, std::max(latest_, now_))
                : problem(place, workflow_id,
                          "the entry is for a run that is not there or closed otherwise: " +
                              due->run_id.text());
  }

  Status check_blob(const Place& place) {
    return problem(place, "", "the family is empty in this format, and has a key");
  }

  Status check_event(const Place& place) { return check_event_key(view_, place); }

  AuditView view_;
  AuditMeta meta_{view_};
  AuditReach reach_{view_};
  AuditReport report_;
  const Timestamp now_;
  Timestamp latest_{};  ///< that a run began or closed
};

}  // namespace

Result<AuditReport> audit(const Store& store, Timestamp now,
                          const std::function<void(const AuditProblem&)>& report) {
  return Audit(store, now, report).run();
}

}  // namespace onerun::store
