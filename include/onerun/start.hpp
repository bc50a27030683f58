// A start: what is asked, and the answer that explains itself.
#pragma once

#include <optional>
#include <string>

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
  Payload input = {};
  TextMap memo = {};
  TextMap tags = {};
  std::string identity = {};  ///< who asks; for people
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

  /// Its status. kRunning after a start; may be closed after kDeduplicated.
  RunStatus status = RunStatus::kUnspecified;

  /// The run that was terminated to make room.
  std::optional<RunInfo> displaced = {};

  bool dry_run = false;
};

}  // namespace onerun
