// What a workflow id should do, told a second time and more simply: no store, no log, no actors, no
// events. Written from docs/specification.md, and sharing nothing with core/ but the public types.
//
// Where the outside can't know (an answer that never came, bytes that may have been reclaimed under
// a former retention) the model keeps every state that is possible.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "onerun/onerun.hpp"

namespace onerun::sim {

/// A request that an earlier run of the chain has answered.
struct ModelRequest {
  RequestId request;  ///< empty: the text of the run id
  RunId run;          ///< empty: its start was never answered
  bool attached = false;
  RunStatus status;
  Timestamp close;

  friend bool operator==(const ModelRequest&, const ModelRequest&) = default;
};

/// An event of a run's history.
struct ModelEvent {
  EventType type = EventType::kRunStarted;
  RequestId request = {};             ///< as the history has it; of a start: not told
  std::set<RequestId> left_out = {};  ///< kReset: of signals that did not come again
  std::string given = {};             ///< input, result, details or message; empty: not compared

  friend bool operator==(const ModelEvent&, const ModelEvent&) = default;
};

struct ModelRun {
  RunId id = {};  ///< empty: its start was never answered
  RunStatus status = RunStatus::kRunning;
  Timestamp start{};
  Timestamp clock{};  ///< of the request that began it: its durations count from there
  Timestamp close{};
  RequestId request = {};  ///< that started it; empty: its id's text
  std::set<RequestId> attached = {};
  bool cancel_requested = false;
  std::set<RequestId> signals = {};    ///< request ids of those that it knows
  RequestId paused_by = {};            ///< the request, while it is paused
  std::vector<ModelEvent> log = {{}};  ///< its history
  bool has_texts = false;  ///< memo, header and search attributes are those of its input

  bool continues = false;  ///< another run of its chain
  RunId first = {};        ///< of its chain, if it continues one and that is known
  Initiator initiator = Initiator::kUnspecified;
  std::uint32_t attempt = 1;
  bool has_next = false;  ///< a run of the chain follows it
  bool follows = false;   ///< the run before it in `ModelId::runs`, in its chain
  bool retries = false;   ///< it has kModelRetryPolicy
  bool has_cron = false;  ///< it has kModelSchedule
  Duration backoff{};
  Duration run_timeout{};
  Duration execution_timeout{};
  std::optional<Timestamp> chain_deadline = {};
  std::vector<ModelRequest> answered = {};  ///< by the chain before it

  // Resets. Run ids are empty where they were never told.
  std::uint64_t lineage = 0;  ///< the same number for all that go back to one start
  RunId lineage_run = {};     ///< that first one; of the run itself it is its id
  bool is_reset = false;      ///< a reset began it
  RunId base = {};            ///< the run that was copied
  RunId original = {};        ///< the first one that was copied
  bool was_reset = false;     ///< a reset has copied it
  RunId reset_run = {};       ///< and the last one that did has begun that

  bool record_gone = false;    ///< reclaimed, and only its workflow id is still used
  bool record_may_go = false;  ///< had expired under a former retention
  bool id_may_go = false;      ///< its workflow id had, too

  friend bool operator==(const ModelRun&, const ModelRun&) = default;
};

/// A start that waits for the end of the open run.
struct ModelWaiting {
  ModelRun run;  ///< that it will begin; `start`: when it was asked for
  bool cancels = false;
  std::optional<Timestamp> deadline = {};

  friend bool operator==(const ModelWaiting&, const ModelWaiting&) = default;
};

/// A workflow id.
struct ModelId {
  std::vector<ModelRun> runs;            ///< oldest first
  bool has_current = false;              ///< the last one is the current run
  std::vector<ModelWaiting> queue = {};  ///< in the order of their turns

  friend bool operator==(const ModelId&, const ModelId&) = default;
};

/// The one retry policy that clients of the model give.
inline const RetryPolicy kModelRetryPolicy{
    .initial_interval = std::chrono::seconds(1), .backoff_coefficient = 2, .maximum_attempts = 3};

/// And the one cron schedule.
inline constexpr std::string_view kModelSchedule = "@every 3s";
inline constexpr Duration kModelScheduleInterval = std::chrono::seconds(3);

/// What may stand, again and again, at the end of what is given.
inline constexpr char kPadding = 'x';

/// The memo, the header and the search attributes that clients of the model give with an input, if
/// they give any. They are short, also where the input is padded.
inline PayloadMap model_memo(const std::string& input) {
  return {{"of", Payload::bytes(input.substr(0, input.find(kPadding)))}};
}
inline SearchAttributes model_attributes(const std::string& input) {
  return {{"of", input.substr(0, input.find(kPadding))},
          {"bytes", static_cast<std::int64_t>(input.size())},
          {"is_padded", input.ends_with(kPadding)}};
}

/// Something that a client asked for.
struct Operation {
  enum class Kind {
    kStart,
    kClose,
    kCancel,
    kRemove,
    kContinue,
    kSignal,
    kReset,
    kPause,
    kUnpause
  };
  Kind kind;
  Timestamp now;
  StartRequest start = {};                     ///< kStart
  RunRef run = {};                             ///< all others
  RunStatus close_as = RunStatus::kCompleted;  ///< kClose
  std::string given = {};                      ///< kClose: result, details or message of a failure
  RunId chain = {};                            ///< kClose as terminated, kCancel
  std::uint64_t last_event = 0;                ///< kClose otherwise, kContinue: expected; 0: any
  ContinueRequest next = {};                   ///< kContinue
  Signal signal = {};                          ///< kSignal
  ResetRequest reset = {};                     ///< kReset
  PauseOptions pause = {};                     ///< kPause, kUnpause

  const WorkflowId& workflow_id() const {
    return kind == Kind::kStart ? start.workflow_id : run.workflow_id;
  }
};

/// What came back.
using ModelAnswer = std::variant<Result<StartResult>, Result<RunInfo>>;

/// Whether a run id that a caller brought names a run already.
enum class InUse { kNo, kMaybe, kYes };

/// The states in which the workflow id may be after the operation, from that state on, given what
/// came back (nullptr: nothing did). None: what came back is wrong.
std::vector<ModelId> explain(const ModelId& before, const Operation& operation,
                             const Retention& retention, InUse run_id_in_use,
                             const ModelAnswer* answer);

/// The states in which the workflow id may be, from that state on, if that is what describing the
/// run gives. None: it can't give that.
std::vector<ModelId> explain_description(const ModelId& state, const RunRef& run,
                                         const Retention& retention, Timestamp now,
                                         const Result<RunDescription>& answer);

/// The same of a history, from an event on to its end.
std::vector<ModelId> explain_history(const ModelId& state, const RunRef& run,
                                     const Retention& retention, Timestamp now,
                                     const Result<HistoryPage>& answer,
                                     std::uint64_t first_event_id = 1);

/// True if the run may come to that history, or has. The whole of it was told, at some time.
bool may_come_to(const ModelRun& run, const HistoryPage& history);

/// The same of a run that was told to be closed, and of the length of its history (0: not told).
bool may_come_to(const ModelRun& run, const RunInfo& closed, std::uint64_t history_length);

/// As `explain_description`, of the runs of a chain, oldest first.
std::vector<ModelId> explain_chain(const ModelId& state, const RunRef& run,
                                   const Retention& retention, Timestamp now,
                                   const Result<std::vector<RunInfo>>& answer);

/// True if these may be the retained runs of the workflow id. `way_may_end`: older ones may be
/// missing.
bool explains_runs(const ModelId& state, const Retention& retention, Timestamp now,
                   bool way_may_end, const std::vector<RunInfo>& runs);

/// True if all that may follow from the other state may follow from this one, too: they differ only
/// in that runs are gone there which may go here.
bool covers(const ModelId& state, const ModelId& other);

/// When the run has taken too long; none: never.
std::optional<Timestamp> deadline_of(const ModelRun& run);

/// The states in which the workflow id may be after the runtime has looked for deadlines that have
/// passed. Adds those that it goes through to `on_the_way`.
std::vector<ModelId> time_out(const ModelId& before, const Retention& retention, Timestamp now,
                              std::vector<ModelId>& on_the_way);

/// True if the run has not expired under any retention that may have held until now.
bool is_surely_retained(const ModelRun& run, const Retention& retention, Timestamp now);

/// Every closed run that has expired by now may lose its bytes before the retention becomes longer.
void note_expired(ModelId& state, const Retention& retention, Timestamp now);

/// Leaves out what no request made from now on can see, if the retention stays as it is.
void forget_expired(ModelId& state, const Retention& retention, Timestamp now);

/// As much of what was given as tells it from all else; the rest may be padding.
std::string beginning_of(const std::string& given);

std::string to_text(const ModelId& state);
std::string to_text(const Operation& operation);
std::string to_text(const ModelAnswer& answer);
std::string to_text(const RunDescription& description);

}  // namespace onerun::sim
