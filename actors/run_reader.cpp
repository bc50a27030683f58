#include "actors/run_reader.hpp"

#include <algorithm>

#include "core/addressing.hpp"
#include "core/fault.hpp"
#include "core/keys.hpp"
#include "core/retention.hpp"
#include "store/candidates.hpp"
#include "store/run_history.hpp"

namespace onerun::actors {
namespace {

namespace keys = core::keys;
using core::Family;

/// How often a workflow id may change under a reader before it gives up.
constexpr int kMaxAttempts = 100;

/// A run in its chain.
struct ChainedRun {
  core::RunHead head;
  bool is_reset;  ///< a reset began it, which gave it the place of the run that was copied

  explicit ChainedRun(core::RunRecord record)
      : head(std::move(record.head)), is_reset(!record.base_run_id.empty()) {}

  bool is_next_after(const ChainedRun& before) const {
    if (head.continued_execution_run_id != before.head.run_id) return false;
    const RunId& next = before.head.new_execution_run_id;
    return is_reset ? !next.empty() && before.head.close_time <= head.start_time
                    : next == head.run_id;
  }
};

Status keeps_changing() {
  return Status(StatusCode::kAborted, "the workflow id keeps changing; ask again");
}

RunId current_of(const core::WorkflowState& id) {
  return id.current ? id.current->run_id : RunId();
}

/// What the run was asked to be.
void describe_start(RunDescription& out, event::RunStarted&& started) {
  out.continued_failure = std::move(started.continued_failure);
  out.last_completion_result = std::move(started.last_completion_result);
  out.workflow_id = std::move(started.workflow_id);
  out.workflow_type = std::move(started.workflow_type);
  out.input = std::move(started.input);
  out.task_queue = std::move(started.task_queue);
  out.memo = std::move(started.memo);
  out.search_attributes = std::move(started.search_attributes);
  out.header = std::move(started.header);
  out.identity = std::move(started.identity);
  out.execution_timeout = started.execution_timeout;
  out.run_timeout = started.run_timeout;
  out.workflow_task_timeout = started.workflow_task_timeout;
  out.parent = std::move(started.parent);
  out.retry_policy = std::move(started.retry_policy);
  out.cron_schedule = std::move(started.cron_schedule);
}

RunDescription description_of(core::RunRecord run, const Retention& retention) {
  RunDescription out;
  out.run = info_of(run.head);
  out.request_ids.push_back({run.head.start_request(), true, run.head.begun_at_event});
  for (const core::AttachedRequestId& attached : run.head.attached) {
    out.request_ids.push_back({attached.request_id, false, attached.event_id});
  }
  out.execution_time = run.head.execution_time();
  if (is_closed(run.head.status)) {
    out.execution_duration = run.head.close_time - out.execution_time;
    out.expires_at = run.head.close_time + core::retention_of(retention, run.head.status);
    out.close = std::move(run.close);
  }
  out.previous_run_id = run.head.previous_run_id;
  out.base_run_id = std::move(run.base_run_id);
  out.original_start_time = run.original_start_time;
  out.reset_run_id = std::move(run.reset_run_id);
  out.pause = std::move(run.pause);
  out.history_length = run.head.history_length;
  out.history_size_bytes = run.head.history_size_bytes;
  out.cancel_reason = std::move(run.cancel_reason);
  out.execution_deadline = run.head.execution_deadline;
  out.run_deadline = run.head.run_deadline;
  describe_start(out, std::move(run.started));
  return out;
}

}  // namespace

Result<core::WorkflowState> RunReader::state(core::NamespaceNumber name_space,
                                             const WorkflowId& workflow_id) const {
  return store::read_state(store_, name_space, workflow_id);
}

Result<std::optional<store::StoredRun>> RunReader::stored_run(core::NamespaceNumber name_space,
                                                              const WorkflowId& workflow_id,
                                                              const RunId& run_id) const {
  auto stored = store::read_run(store_, name_space, run_id);
  if (stored.ok() && *stored && (*stored)->run.started.workflow_id != workflow_id) stored->reset();
  return stored;
}

Result<std::optional<core::RunRecord>> RunReader::run(core::NamespaceNumber name_space,
                                                      const WorkflowId& workflow_id,
                                                      const RunId& run_id) const {
  auto stored = stored_run(name_space, workflow_id, run_id);
  if (!stored.ok()) return stored.status();
  if (!*stored) return std::optional<core::RunRecord>();
  return std::optional(std::move((*stored)->run));
}

Result<std::optional<core::RunRecord>> RunReader::run_with_signals(core::NamespaceNumber name_space,
                                                                   const WorkflowId& workflow_id,
                                                                   const RunId& run_id) const {
  auto found = run(name_space, workflow_id, run_id);
  if (!found.ok() || !*found) return found;
  Status read = store::read_signal_requests(store_, name_space, **found);
  return read.ok() ? std::move(found) : read;
}

Result<std::optional<RunReader::RunHistory>> RunReader::run_history(
    core::NamespaceNumber name_space, const WorkflowId& workflow_id, const RunId& run_id) const {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    auto stored = stored_run(name_space, workflow_id, run_id);
    if (!stored.ok()) return stored.status();
    if (!*stored) return std::optional<RunHistory>();
    auto history = store::whole_history(store_, name_space, **stored);
    if (!history.ok()) return history.status();
    if (*history) {
      return std::optional(RunHistory{std::move((*stored)->run.head), std::move(**history)});
    }
  }
  return keeps_changing();
}

Result<bool> RunReader::exists(core::NamespaceNumber name_space, const RunId& run_id) const {
  std::string ignored;
  return store_.get(Family::kRun, keys::run(name_space, run_id), ignored);
}

/// Takes the record of an open run, or of a start that waits, if the head was read before it and
/// tells the same: of that instant are both. An open run and its head change together, and a start
/// that waits does not change.
std::optional<RunReader::Found> RunReader::take_as_of(const core::WorkflowState& id,
                                                      store::StoredRun& stored) {
  const core::RunHead& run = stored.run.head;
  if (run.status == RunStatus::kUnspecified) {
    const auto place = find_queued(id, run.run_id);
    if (!place) return std::nullopt;
    return Found{.stored = std::move(stored), .is_current = false, .queue_position = *place + 1};
  }
  if (!is_open(run.status) || id.current != run) return std::nullopt;
  return Found{.stored = std::move(stored), .is_current = true, .queued_starts = id.queue.size()};
}

/// Reads the head, the run, and the head again, until what was read is of one instant. A closed run
/// changes only in a commit that makes another one current, and is not current ever again.
Result<std::optional<RunReader::Found>> RunReader::find(core::NamespaceNumber name_space,
                                                        const RunRef& ref) const {
  auto id = state(name_space, ref.workflow_id);
  bool was_closed = false;  // the run, when that was read
  bool is_unchanged = false;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    if (!id.ok()) return id.status();
    const RunId current = current_of(*id);
    const RunId& run_id = ref.run_id.empty() ? current : ref.run_id;
    if (run_id.empty()) return std::optional<Found>();
    auto stored = stored_run(name_space, ref.workflow_id, run_id);
    if (!stored.ok()) return stored.status();
    if (!*stored && !ref.run_id.empty()) return std::optional<Found>();
    if (*stored) {
      if (auto found = take_as_of(*id, **stored)) return found;
    }
    auto after = state(name_space, ref.workflow_id);
    if (!after.ok()) return after.status();
    if (*stored && is_closed((*stored)->run.head.status)) {
      const bool is_current = after->current == (*stored)->run.head;
      const bool was_another = current != run_id && (was_closed || current == current_of(*after));
      if (is_current || was_another) return std::optional(Found{std::move(**stored), is_current});
      was_closed = true;
    }
    // A closed head without a run keeps the id used after the run's retention has ended.
    if (!*stored && current_of(*after) == run_id && is_closed(after->current->status)) {
      return std::optional<Found>();
    }
    is_unchanged = *after == *id;
    id = std::move(after);
  }
  if (!is_unchanged) {
    return keeps_changing();
  }
  return core::locate(core::corrupt("the head and the record of a run do not fit"),
                      name_of(Family::kHead), keys::head(name_space, ref.workflow_id));
}

Result<RunReader::Found> RunReader::find_retained(core::NamespaceNumber name_space,
                                                  const Retention& retention, const RunRef& ref,
                                                  Timestamp now) const {
  auto found = find(name_space, ref);
  if (!found.ok()) return found.status();
  if (!*found || is_expired(retention, (*found)->stored.run.head, now))
    return core::no_such_run(ref);
  return std::move(**found);
}

Result<RunDescription> RunReader::describe(core::NamespaceNumber name_space,
                                           const Retention& retention, const RunRef& ref,
                                           Timestamp now) const {
  auto found = find_retained(name_space, retention, ref, now);
  if (!found.ok()) return found.status();
  RunDescription description = description_of(std::move(found->stored.run), retention);
  description.is_current = found->is_current;
  description.queue_position = found->queue_position;
  description.queued_starts = found->queued_starts;
  return description;
}

Result<std::vector<RunInfo>> RunReader::chain(core::NamespaceNumber name_space,
                                              const Retention& retention, const RunRef& ref,
                                              Timestamp now, std::size_t limit) const {
  auto found = find_retained(name_space, retention, ref, now);
  if (!found.ok()) return found.status();
  if (found->queue_position > 0) return core::no_such_run(ref);

  const ChainedRun middle(std::move(found->stored.run));
  std::vector<RunInfo> runs = {info_of(middle.head)};
  // Follows one kind of link; the place of a run that is gone ends the way, also where its id has
  // been brought again.
  const auto follow = [&](RunId core::RunHead::*link, const auto& are_linked) -> Status {
    ChainedRun last = middle;
    for (std::size_t i = 0; i < limit && !(last.head.*link).empty(); ++i) {
      auto record = run(name_space, ref.workflow_id, last.head.*link);
      if (!record.ok()) return record.status();
      if (!*record) break;
      ChainedRun next(std::move(**record));
      if (!are_linked(last, next)) break;
      if (is_expired(retention, next.head, now) && !ONERUN_FAULT(kKeepExpiredInChain)) break;
      runs.push_back(info_of(next.head));
      last = std::move(next);
    }
    return {};
  };
  Status read =
      follow(&core::RunHead::continued_execution_run_id,
             [](const auto& run, const auto& before) { return run.is_next_after(before); });
  std::ranges::reverse(runs);
  if (read.ok()) {
    read = follow(&core::RunHead::new_execution_run_id,
                  [](const auto& run, const auto& after) { return after.is_next_after(run); });
  }
  if (!read.ok()) return read;
  return runs;
}

Result<std::vector<RunInfo>> RunReader::runs(core::NamespaceNumber name_space,
                                             const Retention& retention, const RunRef& before,
                                             Timestamp now, std::size_t limit) const {
  store::LinkedRuns linked(store_, name_space, before.workflow_id, before.run_id);
  if (!before.run_id.empty()) {
    const auto found = find_retained(name_space, retention, before, now);
    if (!found.ok()) return found.status();
    if (found->queue_position > 0) return core::no_such_run(before);
    const auto first = linked.next();
    if (!first.ok()) return first.status();
    if (!*first || (*first)->head.run_id != before.run_id) return core::no_such_run(before);
  }
  std::vector<RunInfo> runs;
  while (runs.size() < limit) {
    const auto run = linked.next();
    if (!run.ok()) return run.status();
    if (!*run) break;
    const core::RunHead& head = (*run)->head;
    if (!is_expired(retention, head, now)) {
      runs.push_back(info_of(head));
    } else if (now >= head.close_time + core::longest_retention(retention)) {
      break;  // and so have all before it
    }
  }
  return runs;
}

Result<HistoryPage> RunReader::history(core::NamespaceNumber name_space, const Retention& retention,
                                       const RunRef& ref, Timestamp now,
                                       std::uint64_t first_event_id, std::size_t limit) const {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const auto found = find_retained(name_space, retention, ref, now);
    if (!found.ok()) return found.status();
    auto page = store::read_history(store_, name_space, found->stored, first_event_id, limit);
    if (!page.ok()) return page.status();
    if (*page) return std::move(**page);
  }
  return keeps_changing();
}

}  // namespace onerun::actors
