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

struct ModelRun {
  RunId id;  ///< empty: its start was never answered
  RunStatus status = RunStatus::kRunning;
  Timestamp start{};
  Timestamp close{};
  RequestId request;  ///< that started it; empty: its id's text
  std::set<RequestId> attached = {};
  bool cancel_requested = false;
  bool record_gone = false;    ///< reclaimed, and only its workflow id is still used
  bool record_may_go = false;  ///< had expired under a former retention
  bool id_may_go = false;      ///< its workflow id had, too

  friend bool operator==(const ModelRun&, const ModelRun&) = default;
};

/// A workflow id.
struct ModelId {
  std::vector<ModelRun> runs;  ///< oldest first
  bool has_current = false;    ///< the last one is the current run

  friend bool operator==(const ModelId&, const ModelId&) = default;
};

/// Something that a client asked for.
struct Operation {
  enum class Kind { kStart, kClose, kCancel, kRemove };
  Kind kind;
  Timestamp now;
  StartRequest start = {};                     ///< kStart
  RunRef run = {};                             ///< all others
  RunStatus close_as = RunStatus::kCompleted;  ///< kClose
  RunId chain = {};                            ///< kClose as terminated, kCancel

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

/// True if the run has not expired under any retention that may have held until now.
bool is_surely_retained(const ModelRun& run, const Retention& retention, Timestamp now);

/// Every closed run that has expired by now may lose its bytes before the retention becomes longer.
void note_expired(ModelId& state, const Retention& retention, Timestamp now);

/// Leaves out what no request made from now on can see, if the retention stays as it is.
void forget_expired(ModelId& state, const Retention& retention, Timestamp now);

std::string to_text(const ModelId& state);
std::string to_text(const Operation& operation);
std::string to_text(const ModelAnswer& answer);

}  // namespace onerun::sim
