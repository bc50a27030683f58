#include "store/audit_view.hpp"

#include <utility>

#include "core/keys.hpp"
#include "core/text.hpp"
#include "store/stored.hpp"

namespace onerun::store {

namespace keys = core::keys;

void AuditView::note(const AuditPlace& place, const std::string& workflow_id, std::string what) {
  ++problems_;
  report_({.name_space =
               place.name_space == nullptr ? std::string() : place.name_space->record.name.text(),
           .workflow_id = workflow_id,
           .family = place.family,
           .key = core::to_hex(place.key),
           .what = std::move(what)});
}

Result<std::optional<core::RunRecord>> AuditView::run(const AuditPlace& place,
                                                      const RunId& run_id) const {
  auto stored = read_run(store_, place.number, run_id);
  if (stored.code() == StatusCode::kDataLoss) return std::optional<core::RunRecord>();
  if (!stored.ok()) return stored.status();
  if (!*stored) return std::optional<core::RunRecord>();
  return std::optional(std::move((*stored)->run));
}

Result<std::optional<core::WorkflowState>> AuditView::head(const AuditPlace& place,
                                                           const WorkflowId& workflow_id) const {
  std::string value;
  const auto found = store_.get(Family::kHead, keys::head(place.number, workflow_id), value);
  if (!found.ok()) return found.status();
  if (!*found) return std::optional(core::WorkflowState());
  auto state = core::decode_head(value);
  return state.ok() ? std::optional(std::move(*state)) : std::optional<core::WorkflowState>();
}

Result<bool> AuditView::has(Family family, const std::string& key, std::string_view value) const {
  std::string there;
  const auto found = store_.get(family, key, there);
  if (!found.ok()) return found.status();
  return *found && there == value;
}

}  // namespace onerun::store
