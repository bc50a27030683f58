// Is this request acceptable whatever the state? Checked before anything is routed or stored.
// Source: specification sections 1.1, 1.3, 6.1 and 7.
#pragma once

#include "core/command.hpp"
#include "core/time_zone.hpp"
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
Status validate(const ContinueCommand& command);
Status validate(const TimeOutCommand& command);
Status validate(const SignalCommand& command);
Status validate(const PauseCommand& command);
Status validate(const ResetCommand& command);
Status validate(const NamespaceConfig& config);
Status validate(const NamespaceUpdate& update);
Status validate(const Options& options);

/// What a command says of time zones, too; ok for a command without a schedule.
Status validate_schedule(const StartCommand& command, const TimeZones& zones);
Status validate_schedule(const Command& command, const TimeZones& zones);

}  // namespace onerun::core
