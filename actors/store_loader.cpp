#include "actors/store_loader.hpp"

#include <utility>

#include "core/keys.hpp"
#include "core/retention.hpp"
#include "onerun/limits.hpp"

namespace onerun::actors {
namespace {

namespace keys = core::keys;
using core::Family;
using core::Known;

Status corrupt_head(const Question& question, std::string_view reason) {
  return core::locate(core::corrupt(reason), name_of(Family::kHead),
                      keys::head(question.name_space, question.workflow_id));
}

}  // namespace

FactLoader::Answer StoreLoader::load(const Question& question) const {
  LoadedFacts loaded;
  if (question.head) {
    auto state = reader_.state(question.name_space, question.workflow_id);
    if (!state.ok()) return state.status();
    loaded.state = std::move(*state);
  }
  using Load = Status (StoreLoader::*)(const Question&, Known&) const;
  for (const Load part :
       {&StoreLoader::load_other_run, &StoreLoader::load_current_run,
        &StoreLoader::load_queued_start, &StoreLoader::load_signals, &StoreLoader::load_reset}) {
    Status status = (this->*part)(question, loaded.known);
    if (!status.ok()) return status;
  }
  if (!question.needs.brought_run_id.empty()) {
    const auto exists = reader_.exists(question.name_space, question.needs.brought_run_id);
    if (!exists.ok()) return exists.status();
    loaded.known.run_id_in_use = *exists;
  }
  return loaded;
}

/// The state in memory is never behind the store: an open run that it does not name can't be.
Status StoreLoader::load_other_run(const Question& question, Known& known) const {
  const RunId& run_id = question.needs.other_run;
  if (run_id.empty()) return {};
  auto stored = reader_.run(question.name_space, question.workflow_id, run_id);
  if (!stored.ok() || !*stored) return stored.status();
  if (is_open((*stored)->head.status)) {
    return core::locate(core::corrupt("the run is open, and is not the current one"),
                        name_of(Family::kRun), keys::run(question.name_space, run_id));
  }
  known.other_run = std::move((*stored)->head);
  return {};
}

/// A closed run may be gone although its workflow id is still used.
Status StoreLoader::load_current_run(const Question& question, Known& known) const {
  const auto& [name_space, workflow_id, head, needs, retention, now, version] = question;
  if (!needs.current_exists.empty()) {
    const auto exists = reader_.exists(name_space, needs.current_exists);
    if (!exists.ok()) return exists.status();
    known.current_is_gone = !*exists;
  }
  if (needs.current_run.empty()) return {};
  auto stored = reader_.run_with_signals(name_space, workflow_id, needs.current_run);
  if (!stored.ok()) return stored.status();
  if (!*stored) return corrupt_head(question, "the head names an open run that is not there");
  known.current_run = std::move(*stored);
  return {};
}

Status StoreLoader::load_queued_start(const Question& question, Known& known) const {
  const RunId& run_id = question.needs.queued_start;
  if (run_id.empty()) return {};
  auto stored = reader_.run(question.name_space, question.workflow_id, run_id);
  if (!stored.ok()) return stored.status();
  if (!*stored) return corrupt_head(question, "the head names a queued start that is not there");
  known.queued_start = std::move(*stored);
  return {};
}

/// A run that is gone has taken its request ids along.
Status StoreLoader::load_signals(const Question& question, Known& known) const {
  const RunId& run_id = question.needs.signals_of;
  if (run_id.empty()) return {};
  auto stored = reader_.run_with_signals(question.name_space, question.workflow_id, run_id);
  if (!stored.ok()) return stored.status();
  known.signal_request_ids.emplace();
  if (*stored) {
    const std::vector<RequestId>& ids = (*stored)->signal_request_ids;
    known.signal_request_ids->insert(ids.begin(), ids.end());
  }
  return {};
}

/// The histories of the run that a reset copies and of those that followed it by continue-as-new. A
/// run that has expired ends the way, whether or not its bytes are still there.
Status StoreLoader::load_reset(const Question& question, Known& known) const {
  const auto& [name_space, workflow_id, head, needs, retention, now, version] = question;
  if (needs.reset_base.empty()) return {};
  auto copied = reader_.run_history(name_space, workflow_id, needs.reset_base);
  if (!copied.ok() || !*copied) return copied.status();
  core::ResetSource source{.history = std::move((*copied)->history)};
  core::RunHead run = std::move((*copied)->head);
  while (run.status == RunStatus::kContinuedAsNew && source.later.size() <= limits::kResetRuns &&
         source.later_bytes <= limits::kResetBytes) {
    auto next = reader_.run_history(name_space, workflow_id, run.new_execution_run_id);
    if (!next.ok()) return next.status();
    if (!*next || is_expired(retention, (*next)->head, now)) break;
    run = std::move((*next)->head);
    source.later_bytes += (*next)->history.size();
    source.later.push_back(std::move((*next)->history));
  }
  if (!needs.reset_current.empty()) {
    auto current = reader_.run_with_signals(name_space, workflow_id, needs.reset_current);
    if (!current.ok()) return current.status();
    if (*current) source.current_signals = std::move((*current)->signal_request_ids);
  }
  known.reset = std::move(source);
  return {};
}

}  // namespace onerun::actors
