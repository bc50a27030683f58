// The keys of the store. Numbers are big-endian, so that bytes sort as the numbers do.
// docs/format.md is the contract, with worked examples.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/workflow_state.hpp"
#include "onerun/ids.hpp"
#include "onerun/policy.hpp"
#include "onerun/time.hpp"

namespace onerun::core::keys {

/// A part of a store that has an owner, an epoch and a log of its own. Its number leads all keys of
/// what it has. Today a store is one partition.
using Partition = std::uint16_t;
inline constexpr Partition kPartition = 0;

/// How many bytes lead every key of a namespace, in all families but meta: its partition and its
/// number.
inline constexpr std::size_t kNamespaceBytes = sizeof(Partition) + sizeof(NamespaceNumber);

/// The bytes that lead the keys of a namespace, with room for `more`.
std::string in_namespace(NamespaceNumber name_space, std::size_t more = 0);

/// Takes partition and namespace off the front of a key. Returns false if they are not there, or
/// the partition is another.
bool take_namespace(std::string_view& key, NamespaceNumber& name_space);

/// What an entry of the due family waits for.
enum class DueStage : std::uint8_t {
  kRun = 0,   ///< the end of the run's retention
  kId = 1,    ///< the run is gone; the end of its workflow id's retention
  kLink = 2,  ///< it stood between others; the end of the retention of all before it
};

/// An entry of the due family.
struct Due {
  DueStage stage;
  RunStatus status;
  Timestamp close_time;
  RunId run_id;
  /// Of the later stages, empty for kRun: once a run is gone, another workflow id may have its id.
  WorkflowId workflow_id = {};

  friend bool operator==(const Due&, const Due&) = default;
};

std::string head(NamespaceNumber name_space, const WorkflowId& workflow_id);
std::string run(NamespaceNumber name_space, const RunId& run_id);
std::string due(NamespaceNumber name_space, const Due& due);

/// Of the run family, behind all runs: the link that a run of a workflow id has left.
struct Link {
  RunId run_id;
  WorkflowId workflow_id;

  friend bool operator==(const Link&, const Link&) = default;
};
std::string link(NamespaceNumber name_space, const Link& link);
bool is_link(std::string_view key);

/// Reads the key of a link. `nullopt` if it is none.
std::optional<Link> link_from(std::string_view key);

/// Of the event family: a batch of events of a run, by the event id of its last one. Batches of a
/// run sort as its events do.
std::string event_batch(NamespaceNumber name_space, const RunId& run_id,
                        std::uint64_t last_event_id);

/// Of the event family, behind the batches of the run: the request id of a signal in a batch.
std::string signal_request(NamespaceNumber name_space, const RunId& run_id,
                           const RequestId& request_id);

/// First key and key behind the last of what a run has in the event family: batches, request ids of
/// signals, and both.
std::pair<std::string, std::string> range_of_batches(NamespaceNumber name_space,
                                                     const RunId& run_id);
std::pair<std::string, std::string> range_of_signal_requests(NamespaceNumber name_space,
                                                             const RunId& run_id);
std::pair<std::string, std::string> range_of_events(NamespaceNumber name_space,
                                                    const RunId& run_id);

/// A key of the event family: of a batch, or of the request id of a signal.
struct EventKey {
  RunId run_id;
  std::uint64_t last_event_id = 0;   ///< of a batch; else 0
  RequestId signal_request_id = {};  ///< of a signal; else empty

  friend bool operator==(const EventKey&, const EventKey&) = default;
};

/// Reads a key of the event family. `nullopt` if it is none.
std::optional<EventKey> event_key_from(std::string_view key);

/// A timer of a run.
struct Timer {
  Timestamp due;
  RunId run_id;
  /// The event that set it. 0: it is the deadline of an open run, or of a start that waits.
  std::uint64_t event_id = 0;

  friend bool operator==(const Timer&, const Timer&) = default;
};

/// Of the timer family.
std::string timer(NamespaceNumber name_space, const Timer& timer);

// The keys of meta. Those of a partition end with its number.
inline constexpr std::string_view kFormat = "format";
inline constexpr std::string_view kNextNamespace = "next_namespace";
inline constexpr std::string_view kEpoch{"epoch/\0\0", 8};
inline constexpr std::string_view kCommit{"commit/\0\0", 9};
inline constexpr std::string_view kUpgradedAtCommit{"upgraded_at_commit/\0\0", 21};
std::string namespace_record(NamespaceNumber name_space);
std::string namespace_counts(NamespaceNumber name_space);

/// First key and key behind the last of everything that a namespace has in a family other than
/// meta.
std::pair<std::string, std::string> range_of(NamespaceNumber name_space);

/// First key and key behind the last of the due entries of a stage and a status.
std::pair<std::string, std::string> range_of(NamespaceNumber name_space, DueStage stage,
                                             RunStatus status);

/// The first key that a due entry of that time or later may have.
std::string due_from_time(NamespaceNumber name_space, DueStage stage, RunStatus status,
                          Timestamp close_time);

/// First key and key behind the last of the namespace records.
std::pair<std::string, std::string> range_of_namespaces();

/// The key that follows a key directly.
inline std::string after(std::string_view key) { return std::string(key) + '\0'; }

/// The first key that a timer of that time or later may have.
std::string timer_from_time(NamespaceNumber name_space, Timestamp due);

/// Reads a key of the timer family. `nullopt` if it is none.
std::optional<Timer> timer_from(std::string_view key);

/// Reads a key of the due family. `nullopt` if it is none.
std::optional<Due> due_from(std::string_view key);

/// Reads the number of a namespace out of the key of its record, or of its counts. `nullopt` if it
/// is none.
std::optional<NamespaceNumber> namespace_from_record_key(std::string_view key);
std::optional<NamespaceNumber> namespace_from_counts_key(std::string_view key);

/// A run id as bytes: a kind, then 16 bytes or the caller's text.
std::string encode_run_id(const RunId& run_id);
void append_run_id(std::string& bytes, const RunId& run_id);

/// How many bytes that is, if it is a UUID.
inline constexpr std::size_t kUuidRunIdBytes = 1 + sizeof(Uuid);

/// True for an instant that may stand in the store: any duration within the limits can be added to
/// it and taken from it. The runtime's clock gives no others.
constexpr bool may_be_kept(Timestamp time) {
  constexpr Timestamp kLatest(Duration(std::numeric_limits<Duration::rep>::max() / 2));
  return time <= kLatest && time.time_since_epoch() >= -kLatest.time_since_epoch();
}

/// An instant as eight bytes that sort as instants do.
void append_time(std::string& bytes, Timestamp time);
/// Takes it off the front. Returns false if the bytes are too few.
bool take_time(std::string_view& bytes, Timestamp& time);

/// Reads what `encode_run_id` gives. `nullopt` if it is none.
std::optional<RunId> run_id_from(std::string_view bytes);

}  // namespace onerun::core::keys
