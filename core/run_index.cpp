#include "core/run_index.hpp"

#include <cstdint>

#include "core/big_endian.hpp"
#include "core/fault.hpp"
#include "core/keys.hpp"

namespace onerun::core::run_index {
namespace {

/// With all bits inverted, what sorts last sorts first.
void invert(std::string& bytes, std::size_t from = 0) {
  for (std::size_t i = from; i < bytes.size(); ++i) bytes[i] = static_cast<char>(~bytes[i]);
}

void append_place(std::string& out, const Place& place) {
  const std::size_t begin = out.size();
  keys::append_time(out, place.start_time);
  keys::append_run_id(out, place.run_id);
  invert(out, begin);
}

}  // namespace

std::string encode_place(const Place& place) {
  std::string bytes;
  append_place(bytes, place);
  return bytes;
}

std::optional<Place> place_from(std::string_view bytes) {
  std::string upright(bytes);
  invert(upright);
  std::string_view rest = upright;
  Timestamp start;
  if (!keys::take_time(rest, start)) return std::nullopt;
  auto run_id = keys::run_id_from(rest);
  if (!run_id) return std::nullopt;
  return Place{start, std::move(*run_id)};
}

std::string prefix_of(NamespaceNumber name_space, RunStatus status) {
  constexpr std::size_t kUsualPlace = 1 + sizeof(std::uint64_t) + keys::kUuidRunIdBytes;
  std::string prefix = keys::in_namespace(name_space, 1 + kUsualPlace);
  if (is_closed(status)) prefix += static_cast<char>(status);
  return prefix;
}

std::string key(NamespaceNumber name_space, RunStatus status, const Place& place) {
  std::string key = prefix_of(name_space, status);
  append_place(key, place);
  return key;
}

std::string place_from_time(Timestamp latest_start) {
  std::string place;
  keys::append_time(place, latest_start);
  invert(place);
  return place;
}

std::string behind(NamespaceNumber name_space, RunStatus status, Timestamp earliest_start) {
  std::string key = prefix_of(name_space, status);
  if (earliest_start != Timestamp::min()) {
    return key += place_from_time(earliest_start - Duration(1));
  }
  return is_open(status) ? keys::range_of(name_space).second
                         : (key.back() = static_cast<char>(key.back() + 1), key);
}

std::optional<Entry> entry_from(Family family, std::string_view key) {
  Entry entry{.name_space = 0, .status = RunStatus::kRunning, .place = {}};
  std::uint8_t status = 0;
  if (!keys::take_namespace(key, entry.name_space)) return std::nullopt;
  if (family == Family::kClosed) {
    if (!take_big_endian(key, status) || status > static_cast<std::uint8_t>(RunStatus::kPaused)) {
      return std::nullopt;
    }
    entry.status = static_cast<RunStatus>(status);
    if (!is_closed(entry.status)) return std::nullopt;
  }
  auto place = place_from(key);
  if (!place) return std::nullopt;
  entry.place = std::move(*place);
  return entry;
}

std::string encode_close_time(Timestamp close_time) {
  return big_endian(static_cast<std::uint64_t>(close_time.time_since_epoch().count()));
}

std::optional<Timestamp> close_time_from(std::string_view value) {
  std::uint64_t bits = 0;
  if (!take_big_endian(value, bits) || !value.empty()) return std::nullopt;
  return Timestamp(Duration(static_cast<std::int64_t>(bits)));
}

// Each key is put once and erased once: a run starts once, closes once and is removed once, and one
// that takes its id when it is gone begins anew.

void opened(WriteSet& writes, NamespaceNumber name_space, const Place& run) {
  if (ONERUN_FAULT(kLoseIndexEntry)) return;
  writes.put(Family::kOpen, key(name_space, RunStatus::kRunning, run), {});
}

void closed(WriteSet& writes, NamespaceNumber name_space, const Place& run, RunStatus status,
            Timestamp close_time) {
  removed(writes, name_space, run, RunStatus::kRunning);
  writes.put(Family::kClosed, key(name_space, status, run), encode_close_time(close_time));
}

void removed(WriteSet& writes, NamespaceNumber name_space, const Place& run, RunStatus status) {
  if (ONERUN_FAULT(kKeepIndexEntry)) return;
  writes.erase_once(family_of(status), key(name_space, status, run));
}

}  // namespace onerun::core::run_index
