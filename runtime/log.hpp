// The log of a runtime whose host names none.
#pragma once

#include <memory>

#include "onerun/log.hpp"

namespace onerun::runtime {

/// Warnings and errors to standard error, through spdlog.
std::shared_ptr<LogSink> default_log();

}  // namespace onerun::runtime
