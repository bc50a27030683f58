// What every part of the audit has: the store, the namespaces in it, and a way to say what is
// wrong.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/records.hpp"
#include "store/audit.hpp"

namespace onerun::store {

/// A namespace, and what was counted in it.
struct AuditedNamespace {
  core::NamespaceRecord record;
  core::RunCounts counts = {};
};

/// A key that is being looked at.
struct AuditPlace {
  Family family;
  std::string_view key;
  std::string_view value;
  core::NamespaceNumber number = 0;
  AuditedNamespace* name_space = nullptr;  ///< null: it belongs to none
};

/// False for what may be gone: it has expired by `latest`, or had by an earlier retention.
inline bool is_kept(const AuditPlace& place, Timestamp close_time, Duration retention,
                    Timestamp latest) {
  const std::optional<Timestamp>& since = place.name_space->record.kept_since;
  return latest < close_time + retention && (!since || close_time >= *since);
}

class AuditView {
 public:
  AuditView(const Store& store, const std::function<void(const AuditProblem&)>& report)
      : store_(store), report_(report) {}

  const Store& store() const { return store_; }
  std::uint64_t problems() const { return problems_; }

  void note(const AuditPlace& place, const std::string& workflow_id, std::string what);

  /// Notes a problem, and goes on.
  Status problem(const AuditPlace& place, const std::string& workflow_id, std::string what) {
    note(place, workflow_id, std::move(what));
    return {};
  }

  // What is at another place of the namespace. What can't be decoded counts as not there, or as not
  // known: that is said when it is looked at itself. Errors: those of the store.

  Result<std::optional<core::RunRecord>> run(const AuditPlace& place, const RunId& run_id) const;

  /// An empty state if there is none; nothing if it is not known.
  Result<std::optional<core::WorkflowState>> head(const AuditPlace& place,
                                                  const WorkflowId& workflow_id) const;

  /// Returns whether the key is there with that value.
  Result<bool> has(Family family, const std::string& key, std::string_view value) const;

 private:
  const Store& store_;
  const std::function<void(const AuditProblem&)>& report_;
  std::uint64_t problems_ = 0;
};

}  // namespace onerun::store
