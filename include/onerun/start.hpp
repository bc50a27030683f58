// A start: what is asked, and the answer that explains itself.
#pragma once

#include <optional>
#include <string>

#include "onerun/chain.hpp"
#include "onerun/history.hpp"
#include "onerun/ids.hpp"
#include "onerun/policy.hpp"
#include "onerun/run.hpp"

namespace onerun {

/// Asks for a run of a workflow id.
struct StartRequest {
  WorkflowId workflow_id;

  /// Makes the request safe to repeat: as long as the run that it started is the current one and
  /// is retained, the same request id gets that run as the answer, whatever the policies say.
  /// Empty: the text of the run id stands in. Source: specification section 2.
  RequestId request_id = {};

  ReusePolicy reuse_policy = ReusePolicy::kUnspecified;
  ConflictPolicy conflict_policy = ConflictPolicy::kUnspecified;

  /// A run id of the caller's own. It must be unused in the namespace. Empty: one is minted.
  RunId run_id = {};

  /// Start only if this is the current run. Empty: no such condition.
  RunId expected_run_id = {};

  /// True: a refusal by policy is the error AlreadyStarted. False: it is a StartResult that names
  /// the run which stands in the way, with `started` false.
  bool error_when_already_started = true;

  /// With kUseExisting: remember this request id on the open run, so that repeating it gets that
  /// run even after it has closed.
  bool attach_request_id = false;

  /// Answer what a start would answer now, and change nothing.
  bool dry_run = false;

  std::string workflow_type = {};
  std::string task_queue = {};  ///< of its workers; it is kept and shown, nothing follows from it
  Payloads input = {};          ///< arguments of the workflow
  PayloadMap memo = {};         ///< for people; at most limits::kMemoBytes
  SearchAttributes search_attributes = {};  ///< to find the run by
  /// What tracing and the like pass on with the call; at most limits::kHeaderBytes.
  PayloadMap header = {};
  std::string identity = {};  ///< who asks; for people

  /// How long the chain that this start begins may take, with all its runs, from now. Then its open
  /// run times out, and none follows. Zero: no bound. Source: specification section 5.
  Duration execution_timeout = Duration::zero();

  /// How long each run may take, from the time that it may do something. Then it times out; its
  /// retry policy says what follows. Zero: as long as the chain may take.
  Duration run_timeout = Duration::zero();

  /// How long a worker may take for one task of the run. Kept and shown, as `task_queue` is.
  Duration workflow_task_timeout = Duration::zero();

  /// Time until the run may do something (its execution_time). It is open meanwhile.
  /// Source: specification section 3.5.
  Duration start_delay = Duration::zero();

  /// What follows when a run of the chain fails or times out. None: nothing.
  std::optional<RetryPolicy> retry_policy = {};

  /// When runs of the chain begin, such as `0 6 * * mon-fri`, `@hourly`, `@every 90s` or
  /// `CRON_TZ=Europe/Berlin 30 8 1 * *`. The first run waits for the first point, and when a run
  /// completes, or fails or times out without a retry, the next one is there and waits for the
  /// next. Not with `start_delay`. Zones are those of the machine. Empty: none. Source:
  /// specification section 3.4.
  std::string cron_schedule = {};

  /// With kCancelExisting and kEnqueue: how long the start may wait for the end of the open run.
  /// Then it is dropped; describing its run is not_found from then on. Zero: for ever, which only
  /// kEnqueue may.
  Duration queue_timeout = Duration::zero();

  /// A signal for the run that answers: given to the open run with kUseExisting, which is the
  /// conflict policy then unless another is named (kFail is refused), and to a run that begins. In
  /// one commit. Its request id is that of the start, unless it has one of its own. Not with
  /// kCancelExisting and kEnqueue.
  /// Source: specification section 1.6.
  std::optional<Signal> signal = {};

  /// The run that asks for this one as its child. It is kept and shown; nothing follows from it.
  std::optional<ParentLink> parent = {};
};

/// The answer to a start. Source: specification section 1.4, design section 7.
struct StartResult {
  StartRule rule;

  /// True if this request started the run, now or when it was first made.
  bool started = false;

  /// The run that answers for the request. Empty only for a dry run of a start that would get a
  /// minted run id.
  RunId run_id = {};
  RunId first_execution_run_id = {};
  RunId original_execution_run_id = {};

  /// Its status. kRunning after a start; may be closed after kDeduplicated; kUnspecified while it
  /// waits in the queue.
  RunStatus status = RunStatus::kUnspecified;

  /// Its place among the starts that wait for the open run, from 1. 0: it does not wait.
  std::uint64_t queue_position = 0;

  /// The run that was terminated to make room.
  std::optional<RunInfo> displaced = {};

  bool dry_run = false;
};

}  // namespace onerun
