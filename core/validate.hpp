// Is this request acceptable whatever the state? Checked before anything is routed or stored.
// Source: specification sections 1.1, 1.3, 6.1 and 7.
#pragma once

#include "core/command.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/options.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

// Each returns ok, or invalid_argument with an InvalidField that names field, value and limit.

Status validate(const NamespaceName& name);
Status validate(const RunRef& run);
Status validate(const StartCommand& command);
Status validate(const CloseCommand& command);
Status validate(const RequestCancelCommand& command);
Status validate(const RemoveCommand& command);
Status validate(const NamespaceConfig& config);
Status validate(const NamespaceUpdate& update);
Status validate(const Options& options);

/// Bytes that the payloads and texts of a command hold, for the bound of requests under way.
std::size_t size_bytes(const StartCommand& command);
std::size_t size_bytes(const Command& command);

}  // namespace onerun::core
