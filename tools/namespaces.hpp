// The namespaces of a store, by their names.
#pragma once

#include <string>

#include "core/records.hpp"
#include "onerun/status.hpp"
#include "store/store.hpp"

namespace onerun::tools {

struct FoundNamespace {
  core::NamespaceNumber number;
  core::NamespaceRecord record;
};

/// Errors: not_found if there is no such namespace; data_loss; those of the store.
Result<FoundNamespace> find_namespace(const store::Store& store, const std::string& name);

}  // namespace onerun::tools
