// Zone files: the bytes in which a machine's time zone database has a zone (TZif, RFC 9636).
#pragma once

#include <memory>
#include <string_view>

#include "core/time_zone.hpp"
#include "onerun/status.hpp"

namespace onerun::core {

/// Reads a zone: the changes that the file lists, and behind them its rule, which is all that a
/// file made by `zic -b slim` has of the present. Of a file whose rule is empty the last offset
/// that it lists goes on.
///
/// Errors: data_loss, with what is wrong. Also for what can't be applied right: files of version 1,
/// which have no rule, and files that count leap seconds.
Result<std::unique_ptr<const TimeZone>> read_zone_file(std::string_view bytes);

}  // namespace onerun::core
