#include "core/format2.hpp"

#include <utility>

#include "core/big_endian.hpp"

namespace onerun::core::format2 {

std::optional<NamespaceNumber> namespace_from_counts_key(std::string_view key) {
  constexpr std::string_view kPrefix = "counts/";
  NamespaceNumber number = 0;
  if (!key.starts_with(kPrefix)) return std::nullopt;
  key.remove_prefix(kPrefix.size());
  if (!take_big_endian(key, number) || !key.empty()) return std::nullopt;
  return number;
}

std::string run_key(NamespaceNumber name_space, const RunId& run_id) {
  std::string key = big_endian(name_space);
  keys::append_run_id(key, run_id);
  return key;
}

std::optional<keys::Timer> timer_from(std::string_view rest) {
  Timestamp due;
  if (!keys::take_time(rest, due) || !keys::may_be_kept(due)) return std::nullopt;
  auto run_id = keys::run_id_from(rest);
  if (!run_id) return std::nullopt;
  return keys::Timer{due, std::move(*run_id)};
}

std::string in_partition(std::string_view key) { return big_endian(keys::kPartition).append(key); }

}  // namespace onerun::core::format2
