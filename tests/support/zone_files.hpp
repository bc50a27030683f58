// Zone files for tests, as `zic -b slim` makes them: few changes, and a rule at the end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace onerun::test {

/// What a zone file is made of. One type has index 0, the next one 1, and so on.
struct ZoneFile {
  std::vector<std::pair<std::int64_t, std::uint8_t>> changes = {};  ///< an instant, and a type
  std::vector<std::int32_t> types = {0};                            ///< seconds ahead of UTC
  std::string rule = {};
  char version = '2';
  std::uint32_t leap_seconds = 0;

  std::string bytes() const {
    std::string out = header(0, 1, 0) + std::string(6, '\0');  // of version 1, with one type
    if (version < '2') return out;
    out += header(leap_seconds, types.size(), changes.size());
    for (const auto& [instant, type] : changes) out += big_endian(instant, 8);
    for (const auto& [instant, type] : changes) out += static_cast<char>(type);
    for (const std::int32_t ahead : types) out += big_endian(ahead, 4) + std::string(2, '\0');
    out += std::string(12 * leap_seconds, '\0');
    return out + "\n" + rule + "\n";
  }

 private:
  static std::string big_endian(std::int64_t number, unsigned size) {
    std::string out;
    while (size-- > 0) out += static_cast<char>(number >> (8 * size));
    return out;
  }
  std::string header(std::size_t leaps, std::size_t kinds, std::size_t turns) const {
    std::string out = "TZif" + std::string(1, version) + std::string(15, '\0');
    for (const std::size_t count :
         {std::size_t{0}, std::size_t{0}, leaps, turns, kinds, std::size_t{0}}) {
      out += big_endian(static_cast<std::int64_t>(count), 4);
    }
    return out;
  }
};

inline const std::string kBerlinRule = "CET-1CEST,M3.5.0,M10.5.0/3";

/// Europe/Berlin as a slim file has it: its last listed change is that into the summer of 1996.
inline ZoneFile slim_berlin() {
  return {.changes = {{828'234'000, 1}}, .types = {3600, 7200}, .rule = kBerlinRule};
}

inline void write_zone(const std::filesystem::path& database, std::string_view name,
                       const ZoneFile& zone) {
  const std::filesystem::path path = database / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << zone.bytes();
}

}  // namespace onerun::test
