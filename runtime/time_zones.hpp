// The time zones of the machine.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/time_zone.hpp"

namespace onerun::runtime {

/// The zones of the operating system's database, by their names in it, in their exact case. A zone
/// is read when it is first asked for, and known from then on; one that is not there is looked for
/// each time.
class SystemTimeZones final : public core::TimeZones {
 public:
  /// Where the C library looks, too: the environment's TZDIR if that is set, else
  /// /usr/share/zoneinfo.
  static std::filesystem::path default_database();

  explicit SystemTimeZones(std::filesystem::path database = default_database())
      : database_(std::move(database)) {}

  const core::TimeZone* find(std::string_view name) const override;

 private:
  const std::filesystem::path database_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::unique_ptr<const core::TimeZone>, std::less<>> zones_;
};

}  // namespace onerun::runtime
