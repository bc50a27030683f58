// The part of the audit that looks whether a workflow id leads to all the runs it has.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "onerun/time.hpp"
#include "store/audit_view.hpp"

namespace onerun::store {

/// First all closed runs that are kept are counted, and those that their workflow ids lead to, each
/// in a slot by hash of the id. Only where the two differ the runs are looked for one by one.
class AuditReach {
 public:
  explicit AuditReach(AuditView& view) : view_(view), unreached_(kSlots) {}

  /// A run that is there.
  void count(const AuditPlace& place, const core::RunRecord& run, Timestamp latest);

  /// The head of a workflow id: follows its runs.
  Status follow(const AuditPlace& place, const WorkflowId& workflow_id, Timestamp latest);

  /// When all is counted: whether a run may be missed.
  bool misses_any() const;

  /// Looks for a run from its workflow id on. `latest`: what has expired by then may be gone.
  Status check(const AuditPlace& place, const core::RunRecord& run, Timestamp latest);

 private:
  static constexpr std::size_t kSlots = 1 << 16;
  static constexpr std::size_t kMostRemembered = 1 << 20;

  using Id = std::pair<core::NamespaceNumber, std::string>;
  using Runs = std::optional<std::set<RunId>>;  ///< nothing: the way can't be followed to its end

  static std::size_t slot_of(const AuditPlace& place, const WorkflowId& workflow_id);
  /// Visits the runs that the id leads to. Returns whether that was followed to its end.
  Result<bool> walk(const AuditPlace& place, const WorkflowId& workflow_id,
                    const std::function<void(const core::RunHead&)>& visit) const;
  Result<const Runs*> remembered_runs_of(const AuditPlace& place, const WorkflowId& workflow_id);

  AuditView& view_;
  std::vector<std::int64_t> unreached_;  ///< runs that are there without those that are led to
  std::map<Id, Runs> remembered_;        ///< of the ids looked at last
  std::size_t remembered_runs_ = 0;
};

}  // namespace onerun::store
