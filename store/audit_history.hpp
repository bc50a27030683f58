// The part of the audit that looks at histories which lie in batches.
#pragma once

#include <optional>

#include "core/history/run_record.hpp"
#include "store/audit_view.hpp"

namespace onerun::store {

/// The run at that place, folded from its whole history. Says it if events are missing, or if the
/// head of the run or the request ids of its signals are not those of its events. Empty if the run
/// can't be read, which it says, too.
Result<std::optional<core::RunRecord>> whole_run(AuditView& view, const AuditPlace& place,
                                                 const RunId& run_id);

/// A key of the family event is of a run that is there and has that event in a batch.
Status check_event_key(AuditView& view, const AuditPlace& place);

}  // namespace onerun::store
