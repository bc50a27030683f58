#include "store/upgrade.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/big_endian.hpp"
#include "core/keys.hpp"
#include "core/records.hpp"
#include "core/run_index.hpp"

namespace onerun::store {
namespace {

/// Sorts behind every key of a namespace.
constexpr std::string_view kBehindAll = "\xFF\xFF\xFF\xFF\xFF";
constexpr std::size_t kPage = 1'000;

/// The entry of a run, for it is not certain that it is not there yet.
struct Entry {
  Family family;
  std::string key;
  std::string value;
};

/// Empty for what is not a run that has begun.
Result<std::optional<Entry>> entry_of(std::string_view run_key, std::string_view history) {
  if (core::keys::is_link(run_key)) return std::optional<Entry>();
  std::string_view rest = run_key;
  core::NamespaceNumber name_space = 0;
  const bool has_number = core::take_big_endian(rest, name_space);
  const auto run_id = core::keys::run_id_from(rest);
  if (!has_number || !run_id) return core::corrupt("not a key of a run");
  const auto run = core::decode_run(*run_id, history);
  if (!run.ok()) return run.status();
  const core::RunHead& head = run->head;
  if (head.status == RunStatus::kUnspecified) return std::optional<Entry>();
  return std::optional(Entry{
      core::run_index::family_of(head.status),
      core::run_index::key(name_space, head.status, {head.start_time, head.run_id}),
      is_open(head.status) ? std::string() : core::run_index::encode_close_time(head.close_time)});
}

}  // namespace

Status index_runs(const Store& store, const std::function<Status(const core::WriteSet&)>& write) {
  std::string next;
  bool is_done = false;
  while (!is_done) {
    std::vector<Entry> entries;
    std::size_t seen = 0;
    Status status;
    Status scanned = store.scan(
        Family::kRun, next, kBehindAll, [&](std::string_view key, std::string_view history) {
          auto entry = entry_of(key, history);
          status = entry.ok() ? Status() : core::locate(entry.status(), name_of(Family::kRun), key);
          if (!entry.ok()) return false;
          if (*entry) entries.push_back(std::move(**entry));
          next = core::keys::after(key);
          return ++seen < kPage;
        });
    if (!scanned.ok()) return scanned;
    if (!status.ok()) return status;
    is_done = seen < kPage;
    core::WriteSet writes;
    for (const Entry& entry : entries) {
      std::string value;
      const auto there = store.get(entry.family, entry.key, value);
      if (!there.ok()) return there.status();
      if (!*there) writes.put(entry.family, entry.key, entry.value);
    }
    if (!writes.empty()) status = write(writes);
    if (!status.ok()) return status;
  }
  return {};
}

}  // namespace onerun::store
