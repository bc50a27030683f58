#include "runtime/time_zones.hpp"

#include <date/tz.h>

#include <stdexcept>

namespace onerun::runtime {
namespace {

using std::chrono::sys_seconds;

class DatabaseZone final : public core::TimeZone {
 public:
  explicit DatabaseZone(const date::time_zone& zone) : zone_(zone) {}

  core::ZoneOffset offset_at(sys_seconds instant) const override {
    const date::sys_info info = zone_.get_info(instant);
    return {.ahead = info.offset, .until = info.end};
  }

 private:
  const date::time_zone& zone_;
};

/// nullptr if there is no such zone, or it can't be read.
std::unique_ptr<const core::TimeZone> zone_of_database(std::string_view name) {
  if (name == "localtime") return nullptr;  // the machine's own choice, and no name of a zone
  try {
    auto zone = std::make_unique<DatabaseZone>(*date::locate_zone(name));
    // The file is read when it is first asked: here, where it may fail.
    static_cast<void>(zone->offset_at(sys_seconds()));
    return zone;
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

}  // namespace

const core::TimeZone* SystemTimeZones::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto known = zones_.find(name);
  if (known != zones_.end()) return known->second.get();
  auto zone = zone_of_database(name);
  return zone ? zones_.emplace(name, std::move(zone)).first->second.get() : nullptr;
}

}  // namespace onerun::runtime
