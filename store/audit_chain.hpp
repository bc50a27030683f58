// The part of the audit that follows the runs of a workflow id: each to the one before it, and from
// a closed one to what came after.
#pragma once

#include "onerun/time.hpp"
#include "store/audit_view.hpp"

namespace onerun::store {

/// True if the head says what it said before the run began: what was current then is so again.
bool is_older(const core::WorkflowState& state, const core::RunHead& run);

/// Checks the links of a run to the one before it: they lead back in time, and so never round in a
/// circle; and a chain is linked in both directions.
Status check_before(AuditView& view, const AuditPlace& place, const core::RunRecord& run);

/// Checks what a closed run says of the one after it, and what the workflow id knows of it: the
/// next of its chain is there, or has left a link; and the head is not older than the run.
/// `latest`: the latest instant that is known of; what has expired by then may be gone.
Status check_after(AuditView& view, const AuditPlace& place, const core::RunRecord& run,
                   Timestamp latest);

}  // namespace onerun::store
