// The part of the audit that looks at family meta: the namespaces, and what else stands there.
#pragma once

#include <map>
#include <set>
#include <string>

#include "store/audit_view.hpp"

namespace onerun::store {

class AuditMeta {
 public:
  explicit AuditMeta(AuditView& view) : view_(view) {}

  /// Reads the whole family. Errors: those of the store.
  Status read();

  /// Compares the counts with what was counted meanwhile.
  Status check_counts();

  /// Null if there is none of that number.
  AuditedNamespace* find(core::NamespaceNumber number);

  /// True if there is a record of that number that can't be read: what belongs to it is not looked
  /// at.
  bool is_unreadable(core::NamespaceNumber number) const { return unreadable_.contains(number); }

  std::map<core::NamespaceNumber, AuditedNamespace>& namespaces() { return namespaces_; }

 private:
  void read_namespace(const AuditPlace& place);
  void check_key(const AuditPlace& place);
  void check_next_number();

  AuditView& view_;
  std::map<core::NamespaceNumber, AuditedNamespace> namespaces_;
  std::set<core::NamespaceNumber> unreadable_;
  std::set<NamespaceName> names_;
  std::set<Uuid> ids_;
};

}  // namespace onerun::store
