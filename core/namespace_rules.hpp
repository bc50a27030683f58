// The life of a namespace, and what its state allows. Source: specification section 6.1.
#pragma once

#include <vector>

#include "core/records.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// What a namespace's state is asked about.
enum class NamespaceUse : std::uint8_t {
  kStart,     ///< needs a registered one
  kOther,     ///< works in a deprecated one too
  kDescribe,  ///< works always
};

/// Returns ok or failed_precondition with NamespaceInvalidState.
Status check_state(const NamespaceRecord& record, NamespaceUse use);

/// not_found: there is no namespace of that name.
Status no_such_namespace(const NamespaceName& name);

/// already_exists: there is a namespace of that name.
Status namespace_exists(const NamespaceName& name);

/// The name that a namespace gets when it is deleted: `<name>-deleted-<characters of its id>`. The
/// least characters, as long as that name is free.
inline constexpr std::size_t kIdCharactersOfDeletedName = 5;
NamespaceName deleted_name(const NamespaceRecord& record,
                           std::size_t id_characters = kIdCharactersOfDeletedName);

/// True if the namespace is called as only a deleted one is by intention.
bool has_deleted_name(const NamespaceRecord& record);

// Each returns the namespace as it is afterwards, or why not. The state is only ever raised.

Result<NamespaceRecord> decide_update(const NamespaceRecord& record, const NamespaceUpdate& update,
                                      Timestamp now);
Result<NamespaceRecord> decide_deprecate(const NamespaceRecord& record);
Result<NamespaceRecord> decide_delete(const NamespaceRecord& record, NamespaceName deleted_name,
                                      const std::vector<NamespaceName>& protected_namespaces);

NamespaceDescription describe(const NamespaceRecord& record, const RunCounts& counts);

}  // namespace onerun::core
