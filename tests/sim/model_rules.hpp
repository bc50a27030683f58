// The parts of the model: what the files that tell its rules share.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "tests/sim/model.hpp"

namespace onerun::sim {

// ---- retention ----

bool record_expired(const ModelRun& run, const Retention& retention, Timestamp now);
bool id_expired(const ModelRun& run, const Retention& retention, Timestamp now);
inline bool id_expired(const ModelRequest& known, const Retention& retention, Timestamp now) {
  return id_expired(ModelRun{.status = known.status, .close = known.close}, retention, now);
}

// ---- runs of a workflow id ----

bool has_run(const ModelId& state, const RunId& id);

/// True if the run of that state may be the one that has this id. An id names one run: where a run
/// has it, none whose id was never told has it too.
bool may_be(const ModelId& state, const ModelRun& run, const RunId& id);

/// True if the run may be the one that has this id; then it is, from now on.
bool bind(const ModelId& state, ModelRun& run, const RunId& id);

void erase_run(ModelId& state, std::size_t place);

inline RequestId started_by(const ModelRun& run) {
  return run.request.empty() ? RequestId(run.id.text()) : run.request;
}

/// True if a start or a reset began it, and with it a chain.
inline bool begins_chain(const ModelRun& run) { return !run.continues; }

/// True if nothing was before it: neither a chain nor a reset.
inline bool begins_lineage(const ModelRun& run) { return !run.continues && !run.is_reset; }

/// True if that may be the run that began the chain of the run.
inline bool is_first_of(const RunId& first, const ModelRun& run) {
  if (begins_chain(run)) return first == run.id;
  return run.first.empty() || first == run.first;
}

/// True if that may be the very first run that the run goes back to.
inline bool is_lineage_of(const RunId& lineage, const ModelRun& run) {
  if (begins_lineage(run)) return lineage == run.id;
  return run.lineage_run.empty() || lineage == run.lineage_run;
}

/// Puts a run at the end: the current one from now on.
ModelRun& add_run(ModelId& state, ModelRun run);

// ---- the end of a run ----

/// Closes the run, which is open. `given`: with what.
void close(ModelRun& run, RunStatus status, Timestamp at, const std::string& given = {});

/// The time until a retry may do something; none if there is none.
std::optional<Duration> retry_after(const ModelRun& run, Timestamp now);

/// The time until the next run of the schedule may do something; none if none follows.
std::optional<Duration> next_by_schedule(const ModelRun& run, Timestamp now);

/// The run that follows the last one, which has just closed.
ModelRun successor_of(const ModelRun& closed, Initiator initiator, Duration backoff,
                      const Retention& retention, Timestamp now);

// ---- starts that wait ----

/// The run that a start begins; not when.
ModelRun run_of(const StartRequest& request);

/// Begins it at that time, by a request at `now`.
ModelRun& begin_run(ModelId& state, ModelRun run, Timestamp at, Timestamp now);

/// The place of a start that waits.
std::optional<std::size_t> place_of(const ModelId& state, const RunId& id);

void ask_to_cancel(ModelRun& run);

/// The current run has just begun: it is asked to cancel if a start waits that wants it
/// and has not waited too long.
void ask_for_those_who_wait(ModelId& state, Timestamp now);

/// The current run has ended and none has followed it: the next start has its turn. `end`: of the
/// run.
void take_turn(ModelId& state, Timestamp now, Timestamp end);

// ---- operations ----

/// What an operation comes to.
struct Outcome {
  ModelId after;
  StatusCode code = StatusCode::kOk;
  std::optional<StartRule> rule = {};
  std::optional<std::size_t> run = {};  ///< the one that the answer is about
  std::optional<ModelRun> removed = {};
  std::optional<std::size_t> next = {};      ///< a run that follows `run` in its chain
  std::optional<ModelRequest> known = {};    ///< the answer is about an earlier run of the chain
  std::optional<std::size_t> waiting = {};   ///< or about a start in the queue
  std::optional<ModelWaiting> dropped = {};  ///< or about one that was
  std::optional<std::size_t> copied = {};    ///< the run that was reset, if `run` was begun so
  std::optional<std::uint64_t> last_event = {};  ///< refused, as the history has come to this event
};

class Operate {
 public:
  Operate(const ModelId& before, const Operation& operation, const Retention& retention)
      : after_(before), operation_(operation), retention_(retention), now_(operation.now) {}

  std::vector<Outcome> all(InUse run_id_in_use);

 private:
  ModelRun* current() { return after_.has_current ? &after_.runs.back() : nullptr; }
  /// The current run, unless its id is free again.
  ModelRun* used() {
    ModelRun* run = current();
    return run != nullptr && id_expired(*run, retention_, now_) ? nullptr : run;
  }
  /// When a run begins that follows the current one.
  Timestamp begin_time();

  Outcome refuse(StatusCode code) { return {.after = after_, .code = code}; }
  Outcome about(const ModelRun& run, std::optional<StartRule> rule = {}) {
    return {
        .after = after_, .rule = rule, .run = static_cast<std::size_t>(&run - after_.runs.data())};
  }

  // Starts.
  std::vector<Outcome> start(InUse run_id_in_use);
  std::optional<Outcome> repeat(const ModelRun& run);
  std::optional<Outcome> repeat_in_chain(const ModelRun& run, const RequestId& asked);
  std::vector<Outcome> conflict(ModelRun& run, InUse run_id_in_use);
  std::vector<Outcome> begin(StartRule rule, InUse run_id_in_use);
  std::vector<Outcome> use(ModelRun& run);
  Outcome reject(const ModelRun& run, StartRule rule);
  bool may_begin(InUse run_id_in_use, std::vector<Outcome>& outcomes);
  void forget_run_with_own_id();

  // Starts that wait (model_queue.cpp).
  std::optional<Outcome> repeat_waiting();
  std::vector<Outcome> enqueue(InUse run_id_in_use);
  std::optional<Outcome> drop();

  // Changes.
  ModelRun* find();
  Outcome change(bool in_chain);
  std::optional<Outcome> refuse_moved_history(const ModelRun& run);
  Outcome close_or_follow(ModelRun& run);
  Outcome signal(ModelRun& run);
  Outcome pause(ModelRun& run);
  Outcome continue_as_new(ModelRun& run);
  Outcome follow(ModelRun next);
  Outcome remove(ModelRun& run);

  // Resets (model_reset.cpp).
  std::optional<Outcome> repeat_reset();
  Outcome reset(ModelRun& base);

  ModelId after_;
  const Operation& operation_;
  const Retention& retention_;
  const Timestamp now_;
};

// ---- answers ----

bool is_info_of(const RunInfo& info, const ModelRun& run);

/// What the run was given to work on; empty: not compared.
inline std::string& input_of(ModelRun& run) { return run.log.front().given; }
inline const std::string& input_of(const ModelRun& run) { return run.log.front().given; }

/// True if that may be what was given.
inline bool is_given(const std::string& told, const std::string& given) {
  return given.empty() || told == given;
}

/// True if the operation may have had that answer. Run ids that it tells are in the outcome then.
bool fits(Outcome& outcome, const Operation& operation, const ModelAnswer& answer);

/// The state as it is, and as it is if what may have gone has gone: of the current run and of those
/// that are named, or may be. Whether the others are gone makes no difference yet.
/// `with_followers`: and of those that continue a run that is named.
std::vector<ModelId> possibilities(const ModelId& state, const std::vector<RunId>& named,
                                   bool with_followers = false);

/// The state, once for each run in it that the answer may be about; once if it is about none, and
/// may be. `tells`: whether the answer, which is ok, tells of that run.
template <class Answer, class RunIdOf, class Tells, class TellsWaiting>
void add_told(std::vector<ModelId>& states, const ModelId& state, const RunRef& ref,
              const Retention& retention, Timestamp now, const Result<Answer>& answer,
              RunIdOf run_id_of, Tells tells, TellsWaiting tells_waiting) {
  for (std::size_t i = 0; i < state.runs.size(); ++i) {
    const ModelRun& run = state.runs[i];
    const bool is_current = state.has_current && i + 1 == state.runs.size();
    const bool is_named = ref.run_id.empty() ? is_current : may_be(state, run, ref.run_id);
    if (!is_named || run.record_gone || record_expired(run, retention, now)) continue;
    if (answer.ok() && may_be(state, run, run_id_of(*answer)) && tells(run, is_current)) {
      states.push_back(state);
      states.back().runs[i].id = run_id_of(*answer);
    }
    // A run whose id was never told may have another than the one that was not found.
    if (!answer.ok() && (!run.id.empty() || ref.run_id.empty())) return;
  }
  for (std::size_t i = 0; i < state.queue.size() && !ref.run_id.empty(); ++i) {
    const ModelWaiting& waiting = state.queue[i];
    if (!may_be(state, waiting.run, ref.run_id)) continue;
    if (answer.ok() && tells_waiting(waiting, i)) {
      states.push_back(state);
      states.back().queue[i].run.id = ref.run_id;
    }
    if (!answer.ok() && !waiting.run.id.empty()) return;
  }
  if (answer.code() == StatusCode::kNotFound) states.push_back(state);
}

}  // namespace onerun::sim
