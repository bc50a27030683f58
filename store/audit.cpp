#include "store/audit.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "core/big_endian.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/retention.hpp"
#include "core/run_index.hpp"
#include "core/text.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;
using core::NamespaceNumber;
using core::RunHead;

/// Sorts behind every key of a namespace.
constexpr std::string_view kBehindAll = "\xFF\xFF\xFF\xFF\xFF";

class Audit {
 public:
  Audit(const Store& store, const std::function<void(const AuditProblem&)>& report)
      : store_(store), report_to_(report) {}

  Result<AuditReport> run() {
    Status status = read_namespaces();
    if (status.ok()) status = read_the_rest_of_meta();
    if (status.ok()) status = visit(Family::kHead, &Audit::check_head);
    if (status.ok()) status = visit(Family::kRun, &Audit::check_run);
    if (status.ok()) status = visit(Family::kTimer, &Audit::check_timer);
    if (status.ok()) status = visit(Family::kDue, &Audit::check_due);
    if (status.ok()) status = visit(Family::kOpen, &Audit::check_index);
    if (status.ok()) status = visit(Family::kClosed, &Audit::check_index);
    if (status.ok()) status = check_counts();
    if (status.ok()) status = check_overdue();
    if (!status.ok()) return status;
    return report_;
  }

 private:
  /// A namespace, and what was counted in it.
  struct Counted {
    core::NamespaceRecord record;
    core::RunCounts counts = {};
  };

  /// A key that is being looked at.
  struct Place {
    Family family;
    std::string_view key;
    std::string_view value;
    NamespaceNumber number = 0;
    Counted* name_space = nullptr;
  };

  using Check = Status (Audit::*)(const Place&);

  void note(const Place& place, const std::string& workflow_id, std::string what) {
    ++report_.problems;
    report_to_({.name_space = place.name_space == nullptr ? std::string()
                                                          : place.name_space->record.name.text(),
                .workflow_id = workflow_id,
                .family = place.family,
                .key = core::to_hex(place.key),
                .what = std::move(what)});
  }

  /// Notes a problem, and goes on.
  Status problem(const Place& place, const std::string& workflow_id, std::string what) {
    note(place, workflow_id, std::move(what));
    return {};
  }

  Status read_namespaces() {
    const auto [first, last] = keys::range_of_namespaces();
    return store_.scan(Family::kMeta, first, last,
                       [&](std::string_view key, std::string_view value) {
                         const Place place{.family = Family::kMeta, .key = key, .value = value};
                         const auto number = keys::namespace_from_record_key(key);
                         auto record = core::decode_namespace(value);
                         if (!number) {
                           note(place, "", "the key is not one of a namespace");
                         } else if (!record.ok()) {
                           note(place, "", std::string(record.status().message()));
                         } else {
                           namespaces_.emplace(*number, Counted{std::move(*record)});
                           ++report_.namespaces;
                         }
                         return true;
                       });
  }

  Status read_the_rest_of_meta() {
    return store_.scan(Family::kMeta, "", kBehindAll,
                       [&](std::string_view key, std::string_view value) {
                         check_meta({.family = Family::kMeta, .key = key, .value = value});
                         return true;
                       });
  }

  void check_meta(const Place& place) {
    const auto counts_of = keys::namespace_from_counts_key(place.key);
    if (counts_of && !namespaces_.contains(*counts_of)) {
      note(place, "", "the counts are of a namespace that does not exist");
    }
    if (place.key == keys::kNextNamespace) check_next_namespace(place);
  }

  /// The next namespace does not get the number of one that exists.
  void check_next_namespace(const Place& place) {
    NamespaceNumber next = 0;
    std::string_view rest = place.value;
    if (!core::take_big_endian(rest, next) || !rest.empty()) {
      note(place, "", "the number of the next namespace can't be read");
    } else if (!namespaces_.empty() && next <= namespaces_.rbegin()->first) {
      note(place, "",
           "the next namespace would be number " + std::to_string(next) + ", and there is number " +
               std::to_string(namespaces_.rbegin()->first));
    }
  }

  /// Calls the check for each key of a family, outside of deleted namespaces.
  Status visit(Family family, Check check) {
    Status status;
    Status scanned =
        store_.scan(family, "", kBehindAll, [&](std::string_view key, std::string_view value) {
          Place place{.family = family, .key = key, .value = value};
          std::string_view rest = key;
          if (!core::take_big_endian(rest, place.number) || !find_namespace(place)) {
            note(place, "", "the key is of a namespace that does not exist");
          } else if (place.name_space->record.state != NamespaceState::kDeleted) {
            status = (this->*check)(place);
          }
          return status.ok();
        });
    return scanned.ok() ? status : scanned;
  }

  bool find_namespace(Place& place) {
    const auto found = namespaces_.find(place.number);
    if (found == namespaces_.end()) return false;
    place.name_space = &found->second;
    return true;
  }

  /// The run of that id; empty if there is none. A problem, and empty, if it can't be read.
  Result<std::optional<core::RunRecord>> read_run(const Place& place, const RunId& run_id) {
    std::string history;
    const auto found = store_.get(Family::kRun, keys::run(place.number, run_id), history);
    if (!found.ok()) return found.status();
    if (!*found) return std::optional<core::RunRecord>();
    auto run = core::decode_run(run_id, history);
    if (!run.ok()) return std::optional<core::RunRecord>();  // said when the run is looked at
    return std::optional(std::move(*run));
  }

  Status check_head(const Place& place) {
    ++report_.workflow_ids;
    const std::string workflow_id(place.key.substr(sizeof(NamespaceNumber)));
    const auto id = core::decode_head(place.value);
    if (!id.ok()) return problem(place, workflow_id, std::string(id.status().message()));
    Status queue = check_queue(place, workflow_id, *id);
    if (!queue.ok() || !id->current) return queue;
    const RunHead* const head = &*id->current;
    const auto run = read_run(place, head->run_id);
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
      const auto record = read_run(place, queued.run_id);
      if (!record.ok()) return record.status();
      const bool fits = *record && (*record)->head.status == RunStatus::kUnspecified &&
                        (*record)->started.workflow_id.text() == workflow_id &&
                        (*record)->queue_deadline == queued.deadline;
      if (!fits) {
        note(place, workflow_id, "the queued start " + queued.run_id.text() + " is not there");
      }
    }
    return {};
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
    std::string value;
    const auto found = store_.get(Family::kDue, keys::due(place.number, due), value);
    if (!found.ok()) return found.status();
    return *found && value == workflow_id ? Status()
                                          : problem(place, workflow_id, std::move(otherwise));
  }

  /// The entries of a status lie in the order in which they expire: the first one says it all.
  Status check_overdue() {
    for (const auto& [number, counted] : namespaces_) {
      if (counted.record.state == NamespaceState::kDeleted) continue;
      for (const RunStatus status : core::kClosedStatuses) {
        Status scanned = check_first_due(number, status);
        if (!scanned.ok()) return scanned;
      }
    }
    return {};
  }

  Status check_first_due(NamespaceNumber number, RunStatus status) {
    Counted& counted = namespaces_.at(number);
    const auto [first, last] = keys::range_of(number, keys::DueStage::kRun, status);
    return store_.scan(
        Family::kDue, first, last, [&](std::string_view key, std::string_view workflow_id) {
          const auto due = keys::due_from(key);
          if (!due) return false;  // said when it was looked at
          const Timestamp end =
              due->close_time + core::retention_of(counted.record.config.retention, status);
          if (latest_ - kReclaimBound > end) {
            const auto late = std::chrono::ceil<std::chrono::seconds>(latest_ - end);
            note({.family = Family::kDue,
                  .key = key,
                  .value = {},
                  .number = number,
                  .name_space = &counted},
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
    const auto link = core::decode_link(place.value);
    const auto of = keys::link_from(place.key);
    if (!link.ok() || !of) return problem(place, "", "the link can't be read");
    const keys::Due due{keys::DueStage::kLink, link->status, link->close_time, of->run_id,
                        of->workflow_id};
    std::string value;
    const auto found = store_.get(Family::kDue, keys::due(place.number, due), value);
    if (!found.ok()) return found.status();
    return *found && value == of->workflow_id.text()
               ? Status()
               : problem(place, of->workflow_id.text(),
                         "the link of run " + of->run_id.text() + " stays, and nothing ends that");
  }

  /// A start that waits is known to its workflow id.
  Status check_queued(const Place& place, const core::RunRecord& record) {
    const std::string& workflow_id = record.started.workflow_id.text();
    std::string value;
    const auto found =
        store_.get(Family::kHead, keys::head(place.number, record.started.workflow_id), value);
    if (!found.ok()) return found.status();
    const auto id = *found ? core::decode_head(value) : core::WorkflowState();
    if (id.ok() && !find_queued(*id, record.head.run_id)) {
      return problem(place, workflow_id, "the start waits, and its workflow id does not know");
    }
    return expect_timer(place, record, record.queue_deadline);
  }

  Status check_run(const Place& place) {
    if (keys::is_link(place.key)) return check_link(place);
    const auto run_id = keys::run_id_from(place.key.substr(sizeof(NamespaceNumber)));
    if (!run_id) return problem(place, "", "the key is not one of a run");
    const auto run = core::decode_run(*run_id, place.value);
    if (!run.ok()) return problem(place, "", std::string(run.status().message()));
    const std::string& workflow_id = run->started.workflow_id.text();
    latest_ = std::max({latest_, run->head.start_time, run->head.close_time});
    if (run->head.status == RunStatus::kUnspecified) return check_queued(place, *run);
    Status chain = check_previous(place, *run);
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

  /// Every run is listed.
  Status expect_index(const Place& place, const core::RunRecord& run) {
    const RunHead& head = run.head;
    const std::string key =
        core::run_index::key(place.number, head.status, {head.start_time, head.run_id});
    const Family family = core::run_index::family_of(head.status);
    std::string value;
    const auto found = store_.get(family, key, value);
    if (!found.ok()) return found.status();
    const std::string expected =
        is_open(head.status) ? std::string() : core::run_index::encode_close_time(head.close_time);
    if (*found && value == expected) return {};
    return problem(place, run.started.workflow_id.text(),
                   "the run is not in the family " + std::string(name_of(family)) +
                       " as it should be, and is not listed");
  }

  /// And nothing else is.
  Status check_index(const Place& place) {
    const auto entry = core::run_index::entry_from(place.family, place.key);
    if (!entry) return problem(place, "", "the key is not one of the index of runs");
    const auto run = read_run(place, entry->place.run_id);
    if (!run.ok()) return run.status();
    const bool fits = *run && (*run)->head.start_time == entry->place.start_time &&
                      (entry->status == (*run)->head.status ||
                       (is_open(entry->status) && is_open((*run)->head.status)));
    return fits ? Status()
                : problem(place, *run ? (*run)->started.workflow_id.text() : std::string(),
                          "the entry is for a run that is not there or is another: " +
                              entry->place.run_id.text());
  }

  /// The links from run to run lead back in time, and so never round in a circle.
  Status check_previous(const Place& place, const core::RunRecord& run) {
    const RunId& before = run.head.previous_run_id;
    if (before.empty()) return {};
    const auto previous = read_run(place, before);
    if (!previous.ok()) return previous.status();
    if (!*previous || (*previous)->started.workflow_id != run.started.workflow_id) return {};
    const RunHead& head = (*previous)->head;
    // A start that waits, or a run that began later, has brought the id of one that is gone; unless
    // it says itself that this run came after it.
    const bool is_later =
        head.status == RunStatus::kUnspecified || head.start_time >= run.head.start_time;
    const bool is_another = is_later && head.new_execution_run_id != run.head.run_id;
    const bool leads_back = is_closed(head.status) && head.close_time <= run.head.start_time;
    return is_another ? Status()
           : leads_back
               ? check_continued(place, run, **previous)
               : problem(place, run.started.workflow_id.text(),
                         "the run before it, " + before.text() + ", had not closed when it began");
  }

  /// A chain is linked in both directions.
  Status check_continued(const Place& place, const core::RunRecord& run,
                         const core::RunRecord& before) {
    const bool continues_it =
        run.head.continued_execution_run_id == before.head.run_id && run.base_run_id.empty();
    if (!continues_it || before.head.new_execution_run_id == run.head.run_id) return {};
    return problem(place, run.started.workflow_id.text(),
                   "the run continues " + before.head.run_id.text() +
                       ", which does not name it as the next of its chain");
  }

  /// The deadline of an open run, or of a start that waits, is kept.
  Status expect_timer(const Place& place, const core::RunRecord& run,
                      const std::optional<Timestamp>& deadline) {
    if (!deadline) return {};
    std::string value;
    const auto found =
        store_.get(Family::kTimer, keys::timer(place.number, *deadline, run.head.run_id), value);
    if (!found.ok()) return found.status();
    const std::string& workflow_id = run.started.workflow_id.text();
    return *found && value == workflow_id
               ? Status()
               : problem(place, workflow_id,
                         "the run has a deadline, and nothing will end it then");
  }

  /// And no other deadline is.
  Status check_timer(const Place& place) {
    const auto timer = keys::timer_from(place.key);
    const std::string workflow_id(place.value);
    if (!timer) return problem(place, workflow_id, "the key is not one of a timer");
    const auto run = read_run(place, timer->run_id);
    if (!run.ok()) return run.status();
    const bool is_its_own = *run && (*run)->started.workflow_id.text() == workflow_id;
    const bool waits = is_its_own && (*run)->head.status == RunStatus::kUnspecified;
    const bool fits = waits ? (*run)->queue_deadline == timer->due
                            : is_its_own && is_open((*run)->head.status) &&
                                  (*run)->head.run_deadline == timer->due;
    return fits ? Status()
                : problem(place, workflow_id,
                          "the timer is of a run that is not open or has another deadline: " +
                              timer->run_id.text());
  }

  Status expect_current(const Place& place, const core::RunRecord& run) {
    const std::string& workflow_id = run.started.workflow_id.text();
    std::string value;
    const auto found =
        store_.get(Family::kHead, keys::head(place.number, run.started.workflow_id), value);
    if (!found.ok()) return found.status();
    if (!*found) return problem(place, workflow_id, "the run is open and its workflow id has none");
    const auto id = core::decode_head(value);
    const RunId current = id.ok() && id->current ? id->current->run_id : RunId();
    if (!id.ok() || current == run.head.run_id) return {};
    return problem(place, workflow_id,
                   "the run is open, and the current run is another: " + current.text());
  }

  Status check_due(const Place& place) {
    const auto due = keys::due_from(place.key);
    const std::string workflow_id(place.value);
    if (!due) return problem(place, workflow_id, "the key is not one of the due family");
    if (due->stage != keys::DueStage::kRun) return {};  // may outlive what it was for
    const auto run = read_run(place, due->run_id);
    if (!run.ok()) return run.status();
    const bool fits = *run && (*run)->started.workflow_id.text() == workflow_id &&
                      (*run)->head.status == due->status &&
                      (*run)->head.close_time == due->close_time;
    return fits ? Status()
                : problem(place, workflow_id,
                          "the entry is for a run that is not there or closed otherwise: " +
                              due->run_id.text());
  }

  Status check_counts() {
    for (const auto& [number, counted] : namespaces_) {
      if (counted.record.state == NamespaceState::kDeleted) continue;
      const std::string key = keys::namespace_counts(number);
      std::string value;
      const auto found = store_.get(Family::kMeta, key, value);
      if (!found.ok()) return found.status();
      const auto counts = *found ? core::decode_counts(value) : core::RunCounts();
      const Place place{.family = Family::kMeta,
                        .key = key,
                        .value = value,
                        .number = number,
                        .name_space = &namespaces_.at(number)};
      if (!counts.ok()) {
        note(place, "", std::string(counts.status().message()));
      } else if (*counts != counted.counts) {
        note(place, "",
             "the counts are " + text(*counts) + ", the contents " + text(counted.counts));
      }
    }
    return {};
  }

  static std::string text(const core::RunCounts& counts) {
    return std::to_string(counts.open) + " open and " + std::to_string(counts.closed) + " closed";
  }

  const Store& store_;
  const std::function<void(const AuditProblem&)>& report_to_;
  std::map<NamespaceNumber, Counted> namespaces_;
  AuditReport report_;
  Timestamp latest_{};  ///< that a run began or closed
};

}  // namespace

Result<AuditReport> audit(const Store& store,
                          const std::function<void(const AuditProblem&)>& report) {
  return Audit(store, report).run();
}

}  // namespace onerun::store
