#include "tests/sim/checker.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "tests/support/events.hpp"

namespace onerun::sim {
namespace {

/// Adds those that no state covers, in place of those that they cover.
void add_new(std::vector<ModelId>& states, std::vector<ModelId> more) {
  for (ModelId& one : more) {
    if (std::ranges::any_of(states, [&](const ModelId& state) { return covers(state, one); })) {
      continue;
    }
    std::erase_if(states, [&](const ModelId& state) { return covers(one, state); });
    states.push_back(std::move(one));
  }
}

const RunId* run_of(const ModelAnswer& answer) {
  if (const auto* started = std::get_if<Result<StartResult>>(&answer)) {
    return started->ok() ? &(*started)->run_id : nullptr;
  }
  const auto& info = std::get<Result<RunInfo>>(answer);
  return info.ok() ? &info->run_id : nullptr;
}

std::string to_text(const std::vector<RunInfo>& runs) {
  std::string text;
  for (const RunInfo& run : runs) text += " " + sim::to_text(ModelAnswer(Result<RunInfo>(run)));
  return text;
}

}  // namespace

void Checker::time_is(Timestamp now) {
  has_stepped_back_ |= now < now_;
  now_ = now;
  latest_ = std::max(latest_, now);
}

/// Of what had expired by the latest time that ever was, the bytes may be gone.
void Checker::note_expired(std::vector<ModelId>& states) const {
  for (std::size_t i = first_retention_; i < retentions_.size(); ++i) {
    for (ModelId& state : states) sim::note_expired(state, retentions_[i], latest_);
  }
}

Checker::Ticket Checker::submitted(const Operation& operation, Heard heard) {
  const Ticket ticket = ++last_ticket_;
  const std::string& workflow_id = operation.workflow_id().text();
  if (memory_ == Memory::kShort) forget_expired(ids_[workflow_id]);
  const bool may_be_used = note_brought(workflow_id, operation.start.run_id);
  ids_[workflow_id].pending.push_back({.ticket = ticket,
                                       .operation = operation,
                                       .first_retention = first_retention_,
                                       .heard = heard,
                                       .run_id_may_be_used = may_be_used});
  owner_[ticket] = workflow_id;
  return ticket;
}

/// Returns whether that run id was brought before: what has it may still be there, even if its
/// removal was answered. Those that still wait for their answers may find it used now, too.
bool Checker::note_brought(const std::string& workflow_id, const RunId& run_id) {
  if (run_id.empty()) return false;
  auto& by = brought_[run_id];
  const bool is_first = by.empty();
  by.insert(workflow_id);
  for (const std::string& other : by) {
    for (Pending& pending : ids_[other].pending) {
      if (pending.operation.start.run_id == run_id) pending.run_id_may_be_used = true;
    }
  }
  return !is_first;
}

/// The workflow id of a request that is answered now.
std::string Checker::take_owner_of(Ticket ticket) { return owner_.extract(ticket).mapped(); }

void Checker::not_done(Ticket ticket) {
  const std::string workflow_id = take_owner_of(ticket);
  Id& id = ids_.at(workflow_id);
  id.pending.erase(std::ranges::find(id.pending, ticket, &Pending::ticket));
  advance(workflow_id, id);
}

void Checker::answered(Ticket ticket, ModelAnswer answer) {
  const std::string workflow_id = take_owner_of(ticket);
  Id& id = ids_.at(workflow_id);
  const auto pending = std::ranges::find(id.pending, ticket, &Pending::ticket);
  if (const RunId* run = run_of(answer)) learn(WorkflowId(workflow_id), *run);
  if (const auto* info = std::get_if<Result<RunInfo>>(&answer); info != nullptr && info->ok()) {
    learn(WorkflowId(workflow_id), (*info)->new_execution_run_id);
  }
  pending->answer = std::move(answer);
  pending->elsewhere = in_use(*pending);
  advance(workflow_id, id);
}

/// The states after a pending operation. It was decided at its own time, but what has expired since
/// then may have been reclaimed before.
std::vector<ModelId> Checker::step(const std::vector<ModelId>& states, const Pending& pending,
                                   bool with_answer) const {
  std::vector<ModelId> after;
  const ModelAnswer* answer = with_answer ? &*pending.answer : nullptr;
  const Operation& operation = pending.operation;
  const RunId& brought = operation.start.run_id;
  const InUse elsewhere = with_answer ? pending.elsewhere : in_use(pending);
  for (ModelId state : states) {
    for (std::size_t i = pending.first_retention; i < retentions_.size(); ++i) {
      sim::note_expired(state, retentions_[i], latest_);
    }
    InUse used = elsewhere;
    for (const ModelRun& run : state.runs) {
      if (run.id == brought && !brought.empty()) used = std::max(used, InUse::kMaybe);
    }
    for (const ModelWaiting& waiting : state.queue) {
      if (waiting.run.id == brought && !brought.empty()) used = InUse::kYes;
    }
    for (std::size_t i = pending.first_retention; i < retentions_.size(); ++i) {
      add_new(after, explain(state, operation, retentions_[i], used, answer));
    }
  }
  return after;
}

/// Takes the answers that are next in order.
void Checker::advance(const std::string& workflow_id, Id& id) {
  while (!id.pending.empty() && id.pending.front().answer) {
    const Pending& next = id.pending.front();
    std::vector<ModelId> after = step(id.states, next, true);
    ++checked_;
    if (after.empty()) {
      std::string states;
      for (const ModelId& state : id.states) states += "\n    in " + to_text(state);
      complain(workflow_id + ": " + to_text(next.operation) + "\n    got " + to_text(*next.answer) +
               states);
      return;
    }
    if (memory_ == Memory::kAll) add_new(id.since_sync, id.states);
    id.states = std::move(after);
    id.pending.pop_front();
  }
  if (memory_ == Memory::kShort) forget_expired(id);
}

/// What had expired before the oldest request that is still under way is seen by none any more.
void Checker::forget_expired(Id& id) const {
  const Timestamp oldest = id.pending.empty() ? now_ : id.pending.front().operation.now;
  std::vector<ModelId> states;
  for (ModelId& state : id.states) {
    sim::forget_expired(state, retentions_.back(), oldest);
    add_new(states, {std::move(state)});
  }
  id.states = std::move(states);
}

/// Where the id may be by now, whether or not what was asked for has happened.
std::vector<ModelId> Checker::reachable(const Id& id, From from) const {
  std::size_t answered = 0;
  for (std::size_t i = 0; i < id.pending.size(); ++i) {
    if (id.pending[i].answer) answered = i + 1;
  }
  std::vector<ModelId> states = id.states;
  std::vector<ModelId> before;
  for (std::size_t i = 0; i < answered; ++i) {
    if (from == From::kSomewhere) add_new(before, states);
    states = step(states, id.pending[i], id.pending[i].answer.has_value());
  }
  std::vector<ModelId> all = states;
  add_new(all, std::move(before));
  for (std::size_t i = answered; i < id.pending.size(); ++i) {
    states = step(states, id.pending[i], false);
    add_new(all, states);
  }
  return all;
}

/// Whether another workflow id has a run of the id that was brought, or may have had one when it
/// was decided. Asked when its answer is heard, or before.
InUse Checker::in_use(const Pending& pending) const {
  const RunId& run_id = pending.operation.start.run_id;
  if (run_id.empty()) return InUse::kNo;
  const std::string& own = pending.operation.workflow_id().text();
  for (const auto& [workflow_id, id] : ids_) {
    // What is heard later may have been decided before that run began.
    const bool has_it = workflow_id != own && surely_has(id, run_id);
    if (has_it && pending.heard == Heard::kAtOnce) return InUse::kYes;
  }
  return pending.run_id_may_be_used ? InUse::kMaybe : InUse::kNo;
}

/// A request may have been decided at any time up to the latest, from which the clock was set back.
bool Checker::surely_has(const Id& id, const RunId& run_id) const {
  const auto has_it = [&](const ModelId& state) {
    const bool waits = std::ranges::any_of(
        state.queue, [&](const ModelWaiting& waiting) { return waiting.run.id == run_id; });
    return waits || std::ranges::any_of(state.runs, [&](const ModelRun& run) {
             return run.id == run_id &&
                    std::all_of(retentions_.begin() + static_cast<std::ptrdiff_t>(first_retention_),
                                retentions_.end(), [&](const Retention& retention) {
                                  return is_surely_retained(run, retention, latest_);
                                });
           });
  };
  return id.pending.empty() && std::ranges::all_of(id.states, has_it);
}

void Checker::learn(const WorkflowId& workflow_id, const RunId& run_id) {
  if (run_id.empty() || !is_known_.emplace(workflow_id, run_id).second) return;
  known_runs_.push_back({workflow_id, run_id});
}

void Checker::forget_gone_runs() {
  std::set<std::pair<WorkflowId, RunId>> there;
  for (const auto& [workflow_id, id] : ids_) {
    for (const ModelId& state : id.states) {
      for (const ModelRun& run : state.runs) there.emplace(workflow_id, run.id);
      for (const ModelWaiting& waiting : state.queue) there.emplace(workflow_id, waiting.run.id);
    }
  }
  std::erase_if(known_runs_, [&](const RunRef& run) {
    return !there.contains({run.workflow_id, run.run_id});
  });
  std::erase_if(is_known_, [&](const auto& run) { return !there.contains(run); });
}

std::vector<WorkflowId> Checker::workflow_ids() const {
  std::vector<WorkflowId> ids;
  for (const auto& [workflow_id, id] : ids_) ids.emplace_back(workflow_id);
  return ids;
}

std::vector<ModelId> Checker::told_of(Id& id) {
  ++checked_;
  if (memory_ == Memory::kShort) forget_expired(id);
  note_expired(id.states);
  auto states = reachable(id);
  note_expired(states);
  return states;
}

/// True if in one of the states, under a retention that may hold, that may have been told.
template <class Explain>
bool Checker::is_explained(const std::vector<ModelId>& states, Explain explain) const {
  for (std::size_t i = first_retention_; i < retentions_.size(); ++i) {
    for (const ModelId& state : states) {
      if (!explain(state, retentions_[i]).empty()) return true;
    }
  }
  return false;
}

/// If nothing is under way, what was told says which of the states it is.
template <class Explain>
void Checker::narrow(Id& id, Explain explain) {
  if (violation_ || !id.pending.empty()) return;
  std::vector<ModelId> states;
  for (std::size_t i = first_retention_; i < retentions_.size(); ++i) {
    for (const ModelId& state : id.states) add_new(states, explain(state, retentions_[i]));
  }
  // That a run has gone may be lost again.
  if (memory_ == Memory::kAll) add_new(id.since_sync, id.states);
  id.states = std::move(states);
}

void Checker::complain_of(const std::string& what, const std::vector<ModelId>& states) {
  std::string text = what;
  for (const ModelId& state : states) text += "\n    in " + to_text(state);
  complain(std::move(text));
}

void Checker::described(const RunRef& run, const Result<RunDescription>& answer) {
  described_at(now_, run, answer);
  narrow(id_of(run.workflow_id), [&](const ModelId& state, const Retention& retention) {
    return explain_description(state, run, retention, now_, answer);
  });
  if (answer.ok()) learn(run.workflow_id, answer->run.run_id);
}

void Checker::described_at(Timestamp now, const RunRef& run, const Result<RunDescription>& answer) {
  const auto states = told_of(id_of(run.workflow_id));
  const auto explain = [&](const ModelId& state, const Retention& retention) {
    return explain_description(state, run, retention, now, answer);
  };
  if (is_explained(states, explain)) return;
  complain_of(run.workflow_id.text() + ": describe " + run.run_id.text() + "\n    got " +
                  (answer.ok() ? to_text(*answer) : answer.status().to_string()),
              states);
}

void Checker::read(const RunRef& run, const Result<HistoryPage>& answer,
                   std::uint64_t first_event_id) {
  Id& id = id_of(run.workflow_id);
  const auto states = told_of(id);
  const auto explain = [&](const ModelId& state, const Retention& retention) {
    return explain_history(state, run, retention, now_, answer, first_event_id);
  };
  if (is_explained(states, explain)) return narrow(id, explain);
  std::string got = answer.status().to_string();
  if (answer.ok()) {
    got = answer->run_id.text();
    for (const HistoryEvent& event : answer->events) {
      got += " " + std::string(to_string(event.type())) + ":" + test::request_id_of(event).text();
      const std::string given = test::given_with(event);
      if (!given.empty()) got += "=" + beginning_of(given);
    }
  }
  complain_of(run.workflow_id.text() + ": history of " + run.run_id.text() + " from " +
                  std::to_string(first_event_id) + "\n    got " + got,
              states);
}

void Checker::chain_read(const RunRef& run, const Result<std::vector<RunInfo>>& answer) {
  const auto states = told_of(id_of(run.workflow_id));
  const auto explain = [&](const ModelId& state, const Retention& retention) {
    return explain_chain(state, run, retention, now_, answer);
  };
  if (is_explained(states, explain)) return;
  complain_of(run.workflow_id.text() + ": chain of " + run.run_id.text() + "\n    got" +
                  (answer.ok() ? to_text(*answer) : " " + answer.status().to_string()),
              states);
}

void Checker::listed(const WorkflowId& workflow_id, const std::vector<RunInfo>& runs) {
  const auto states = told_of(id_of(workflow_id));
  const auto explain = [&](const ModelId& state, const Retention& retention) {
    const bool fits = explains_runs(state, retention, now_, has_stepped_back_, runs);
    return fits ? std::vector{state} : std::vector<ModelId>();
  };
  if (is_explained(states, explain)) return;
  complain_of(workflow_id.text() + ": its runs\n    got" + to_text(runs), states);
}

void Checker::closed(const RunRef& run, const Result<RunDescription>& answer) {
  if (!answer.ok()) return described_at(now_, run, answer);
  if (!is_closed(answer->run.status)) {
    return complain("wait_closed answered for a run that is " +
                    std::string(to_string(answer->run.status)));
  }
  // It is told as of the close, whatever has expired since.
  described_at(*answer->run.close_time, run, answer);
}

void Checker::timers_fire() {
  for (auto& [workflow_id, id] : ids_) {
    if (memory_ == Memory::kAll) add_new(id.since_sync, id.states);
    std::vector<ModelId> after;
    for (const ModelId& state : id.states) {
      for (std::size_t i = first_retention_; i < retentions_.size(); ++i) {
        std::vector<ModelId> on_the_way;
        add_new(after, time_out(state, retentions_[i], now_, on_the_way));
        if (memory_ == Memory::kAll) add_new(id.since_sync, std::move(on_the_way));
      }
    }
    id.states = std::move(after);
  }
}

bool Checker::is_surely_closed(const RunRef& run) const {
  return surely_has_more(run, std::numeric_limits<std::uint64_t>::max());
}

bool Checker::surely_has_more(const RunRef& run, std::uint64_t events) const {
  const auto found = ids_.find(run.workflow_id.text());
  if (found == ids_.end()) return false;
  const auto may_be_it = [&](const ModelRun& one) {
    return one.id.empty() || one.id == run.run_id;
  };
  const auto states = reachable(found->second);
  return std::ranges::all_of(states, [&](const ModelId& state) {
    return std::ranges::none_of(state.runs,
                                [&](const ModelRun& one) {
                                  return may_be_it(one) && is_open(one.status) &&
                                         one.log.size() <= events;
                                }) &&
           std::ranges::none_of(state.queue,
                                [&](const ModelWaiting& one) { return may_be_it(one.run); });
  });
}

void Checker::retention_is(const Retention& retention) {
  for (auto& [workflow_id, id] : ids_) {
    note_expired(id.states);
    note_expired(id.since_sync);
  }
  if (retentions_.back() != retention) retentions_.push_back(retention);
  first_retention_ = retentions_.size() - 1;
}

void Checker::synced() {
  for (auto& [workflow_id, id] : ids_) id.since_sync.clear();
}

void Checker::crashed(bool lost_unsynced, bool nothing_was_under_way) {
  std::map<std::string, std::vector<ModelId>> after;
  for (auto& [workflow_id, id] : ids_) {
    const bool may_have_happened = std::ranges::any_of(id.pending, [](const Pending& pending) {
      return pending.answer.has_value() || pending.heard == Heard::kLater;
    });
    const From from = lost_unsynced ? From::kSomewhere : From::kLastAnswer;
    after[workflow_id] =
        nothing_was_under_way && !may_have_happened ? id.states : reachable(id, from);
    if (lost_unsynced) add_new(after[workflow_id], id.since_sync);
    if (after[workflow_id].empty()) complain(workflow_id + ": no state explains the answers");
  }
  for (auto& [workflow_id, id] : ids_) {
    if (lost_unsynced || memory_ == Memory::kShort) {
      id.since_sync.clear();
    } else {
      add_new(id.since_sync, id.states);
    }
    id.states = std::move(after[workflow_id]);
    id.pending.clear();
  }
}

}  // namespace onerun::sim
