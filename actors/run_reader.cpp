#include "actors/run_reader.hpp"

#include "core/addressing.hpp"
#include "core/keys.hpp"
#include "core/retention.hpp"

namespace onerun::actors {
namespace {

namespace keys = core::keys;
using core::Family;

/// How often the current run may change under a reader before it gives up.
constexpr int kMaxAttempts = 100;

RunDescription description_of(core::RunRecord run, bool is_current, const Retention& retention) {
  RunDescription out;
  out.run = info_of(run.head);
  out.is_current = is_current;
  out.request_ids.push_back({run.head.start_request(), true, 1});
  for (const core::AttachedRequestId& attached : run.head.attached) {
    out.request_ids.push_back({attached.request_id, false, attached.event_id});
  }
  out.execution_time = run.head.start_time;
  if (is_closed(run.head.status)) {
    out.execution_duration = run.head.close_time - out.execution_time;
    out.expires_at = run.head.close_time + core::retention_of(retention, run.head.status);
    out.close = std::move(run.close);
  }
  out.previous_run_id = run.head.previous_run_id;
  out.history_length = run.head.history_length;
  out.history_size_bytes = run.head.history_size_bytes;
  out.workflow_id = std::move(run.workflow_id);
  out.workflow_type = std::move(run.workflow_type);
  out.input = std::move(run.input);
  out.memo = std::move(run.memo);
  out.tags = std::move(run.tags);
  out.identity = std::move(run.identity);
  out.cancel_reason = std::move(run.cancel_reason);
  return out;
}

}  // namespace

Result<std::optional<core::RunHead>> RunReader::head(core::NamespaceNumber name_space,
                                                     const WorkflowId& workflow_id) const {
  using Head = std::optional<core::RunHead>;
  const std::string key = keys::head(name_space, workflow_id);
  std::string bytes;
  const auto found = store_.get(Family::kHead, key, bytes);
  if (!found.ok()) return found.status();
  if (!*found) return Head();
  auto head = core::decode_head(bytes);
  if (!head.ok()) return core::locate(head.status(), name_of(Family::kHead), key);
  return Head(std::move(*head));
}

Result<std::optional<core::RunRecord>> RunReader::run(core::NamespaceNumber name_space,
                                                      const WorkflowId& workflow_id,
                                                      const RunId& run_id) const {
  using Run = std::optional<core::RunRecord>;
  const std::string key = keys::run(name_space, run_id);
  std::string history;
  const auto found = store_.get(Family::kRun, key, history);
  if (!found.ok()) return found.status();
  if (!*found) return Run();
  auto run = core::decode_run(run_id, history);
  if (!run.ok()) return core::locate(run.status(), name_of(Family::kRun), key);
  return run->workflow_id == workflow_id ? Run(std::move(*run)) : Run();
}

Result<bool> RunReader::exists(core::NamespaceNumber name_space, const RunId& run_id) const {
  std::string ignored;
  return store_.get(Family::kRun, keys::run(name_space, run_id), ignored);
}

/// The current run: the head names it, and still names it when the run was read closed. (While the
/// run is open it is the current one: at most one run is open.)
Result<std::optional<RunReader::Found>> RunReader::find_current(
    core::NamespaceNumber name_space, const WorkflowId& workflow_id) const {
  auto current = head(name_space, workflow_id);
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    if (!current.ok()) return current.status();
    if (!*current) return std::optional<Found>();
    const core::RunHead named = **current;
    auto record = run(name_space, workflow_id, named.run_id);
    if (!record.ok()) return record.status();
    if (*record && is_open((*record)->head.status))
      return std::optional(Found{std::move(**record), true});

    current = head(name_space, workflow_id);
    if (!current.ok() || !*current || (*current)->run_id != named.run_id) continue;
    if (*record) return std::optional(Found{std::move(**record), true});
    // A closed head without a run keeps the id used after the run's retention has ended.
    if (is_closed((*current)->status)) return std::optional<Found>();
    return core::locate(core::corrupt("the head names an open run that is not there"),
                        name_of(Family::kHead), keys::head(name_space, workflow_id));
  }
  return Status(StatusCode::kAborted, "the current run keeps changing; ask again");
}

Result<std::optional<RunReader::Found>> RunReader::find(core::NamespaceNumber name_space,
                                                        const RunRef& ref) const {
  if (ref.run_id.empty()) return find_current(name_space, ref.workflow_id);
  auto record = run(name_space, ref.workflow_id, ref.run_id);
  if (!record.ok()) return record.status();
  if (!*record) return std::optional<Found>();
  if (is_open((*record)->head.status)) return std::optional(Found{std::move(**record), true});
  const auto current = head(name_space, ref.workflow_id);
  if (!current.ok()) return current.status();
  const bool is_current = *current && (*current)->run_id == ref.run_id;
  return std::optional(Found{std::move(**record), is_current});
}

Result<RunDescription> RunReader::describe(core::NamespaceNumber name_space,
                                           const Retention& retention, const RunRef& ref,
                                           Timestamp now) const {
  auto found = find(name_space, ref);
  if (!found.ok()) return found.status();
  if (!*found || is_expired(retention, (*found)->run.head, now)) return core::no_such_run(ref);
  return description_of(std::move((*found)->run), (*found)->is_current, retention);
}

}  // namespace onerun::actors
