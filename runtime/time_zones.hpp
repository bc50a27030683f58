// The time zones of the machine.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/time_zone.hpp"

namespace onerun::runtime {

/// The zones of the operating system's database (/usr/share/zoneinfo), by their names in it, in
/// their exact case. The database is read once in a process. Changes of a zone's offset are known
/// as far as the files list them: to 2037 with Debian's; the last one holds from then on.
class SystemTimeZones final : public core::TimeZones {
 public:
  const core::TimeZone* find(std::string_view name) const override;

 private:
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::unique_ptr<const core::TimeZone>, std::less<>> zones_;
};

}  // namespace onerun::runtime
