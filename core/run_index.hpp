// The index of runs: the families open and closed, which have an entry for each run, the run that
// started last first. docs/format.md has the bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/workflow_state.hpp"
#include "core/write_set.hpp"
#include "onerun/ids.hpp"
#include "onerun/policy.hpp"
#include "onerun/time.hpp"

namespace onerun::core::run_index {

/// Where a run stands: a later start comes first; of one millisecond, a greater run id, which is
/// the later one of two UUIDv7. As bytes, places have that order, too.
struct Place {
  Timestamp start_time;
  RunId run_id;

  friend bool operator==(const Place&, const Place&) = default;
};

std::string encode_place(const Place& place);

/// Reads what `encode_place` gives. `nullopt` if it is none.
std::optional<Place> place_from(std::string_view bytes);

/// The family that has the runs of a status.
constexpr Family family_of(RunStatus status) {
  return is_open(status) ? Family::kOpen : Family::kClosed;
}

/// What the keys of all runs of a status begin with; then comes the place. Open runs are together,
/// whatever their status.
std::string prefix_of(NamespaceNumber name_space, RunStatus status);

std::string key(NamespaceNumber name_space, RunStatus status, const Place& place);

/// The least place of a run that started then or before.
std::string place_from_time(Timestamp latest_start);

/// The key behind all entries of runs of a status that started at `earliest_start` or later.
std::string behind(NamespaceNumber name_space, RunStatus status, Timestamp earliest_start);

/// A key, read. `status`: kRunning for any open run.
struct Entry {
  NamespaceNumber name_space;
  RunStatus status;
  Place place;
};

/// Reads a key of one of the two families. `nullopt` if it is none.
std::optional<Entry> entry_from(Family family, std::string_view key);

/// The value of an entry of a closed run: when it closed.
std::string encode_close_time(Timestamp close_time);
std::optional<Timestamp> close_time_from(std::string_view value);

// How the index changes with a run.

void opened(WriteSet& writes, NamespaceNumber name_space, const Place& run);
void closed(WriteSet& writes, NamespaceNumber name_space, const Place& run, RunStatus status,
            Timestamp close_time);
void removed(WriteSet& writes, NamespaceNumber name_space, const Place& run, RunStatus status);

}  // namespace onerun::core::run_index
