#include "runtime/time_zones.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "core/zone_file.hpp"

namespace onerun::runtime {
namespace {

/// No zone file comes near this size.
constexpr std::size_t kMostBytes = 1024 * 1024;

/// What lies in the database and is no name of a zone: the machine's own choice, a default, and the
/// zones once more, under other rules.
constexpr std::array<std::string_view, 3> kNoZones = {"localtime", "posixrules", "Factory"};
constexpr std::array<std::string_view, 2> kNoFolders = {"posix/", "right/"};

/// True for parts of letters, digits, `_`, `+` and `-`, with a slash between: none leads elsewhere.
bool is_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '/';
  };
  return !name.empty() && std::ranges::all_of(name, is_letter) && !name.starts_with('/') &&
         !name.ends_with('/') && name.find("//") == std::string_view::npos &&
         std::ranges::find(kNoZones, name) == kNoZones.end() &&
         std::ranges::none_of(kNoFolders, [&](auto folder) { return name.starts_with(folder); });
}

/// nullptr if there is no such zone, or it can't be read.
std::unique_ptr<const core::TimeZone> zone_of_database(const std::filesystem::path& database,
                                                       std::string_view name) {
  if (!is_name(name)) return nullptr;
  const std::filesystem::path path = database / name;
  std::error_code error;
  const bool is_file = std::filesystem::is_regular_file(path, error);
  const auto size = is_file ? std::filesystem::file_size(path, error) : kMostBytes + 1;
  if (error || size > kMostBytes) return nullptr;
  std::ifstream in(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  auto zone = core::read_zone_file(bytes);
  return zone.ok() ? std::move(*zone) : nullptr;
}

}  // namespace

std::filesystem::path SystemTimeZones::default_database() {
  const char* const chosen = std::getenv("TZDIR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return chosen != nullptr && *chosen != '\0' ? chosen : "/usr/share/zoneinfo";
}

const core::TimeZone* SystemTimeZones::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto known = zones_.find(name);
  if (known != zones_.end()) return known->second.get();
  auto zone = zone_of_database(database_, name);
  return zone ? zones_.emplace(name, std::move(zone)).first->second.get() : nullptr;
}

}  // namespace onerun::runtime
