#include "core/keys.hpp"

#include <algorithm>

#include "core/big_endian.hpp"
#include "core/uuid.hpp"

namespace onerun::core::keys {
namespace {

constexpr char kUuidKind = 0;
constexpr char kTextKind = 1;
constexpr char kLinkKind = 2;

// Kinds of keys in the event family.
constexpr char kBatchKind = 0;
constexpr char kSignalRequestKind = 1;

constexpr std::string_view kNamespacePrefix = "namespace/";
constexpr std::string_view kCountsPrefix{"counts/\0\0", 9};  // with the partition

// Instants before 1970 sort before later ones when the sign bit is flipped.
constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

std::string numbered(std::string_view prefix, NamespaceNumber name_space) {
  std::string key(prefix);
  append_big_endian(key, name_space);
  return key;
}

std::optional<NamespaceNumber> number_behind(std::string_view prefix, std::string_view key) {
  NamespaceNumber number = 0;
  if (!key.starts_with(prefix)) return std::nullopt;
  key.remove_prefix(prefix.size());
  if (!take_big_endian(key, number) || !key.empty()) return std::nullopt;
  return number;
}

/// A run id with its length, for keys in which something follows it.
void append_sized_run_id(std::string& key, const RunId& run_id) {
  const std::string bytes = encode_run_id(run_id);
  append_big_endian(key, static_cast<std::uint16_t>(bytes.size()));
  key += bytes;
}

std::optional<RunId> take_sized_run_id(std::string_view& bytes) {
  std::uint16_t size = 0;
  if (!take_big_endian(bytes, size) || size > bytes.size()) return std::nullopt;
  auto run_id = run_id_from(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return run_id;
}

void append_link(std::string& key, const Link& link) {
  append_sized_run_id(key, link.run_id);
  key += link.workflow_id.text();
}

std::optional<Link> link_in(std::string_view bytes) {
  auto run_id = take_sized_run_id(bytes);
  if (!run_id) return std::nullopt;
  return Link{std::move(*run_id), WorkflowId(bytes)};
}

/// The first key that does not begin with this prefix and sorts behind it. Requires that not all
/// bytes are 0xFF.
std::string behind(std::string prefix) {
  while (prefix.back() == '\xFF') prefix.pop_back();
  prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

std::string due_prefix(NamespaceNumber name_space, DueStage stage, RunStatus status) {
  std::string key = in_namespace(name_space);
  key += static_cast<char>(stage);
  key += static_cast<char>(status);
  return key;
}

}  // namespace

std::string in_namespace(NamespaceNumber name_space, std::size_t more) {
  std::string key;
  key.reserve(kNamespaceBytes + more);
  append_big_endian(key, kPartition);
  append_big_endian(key, name_space);
  return key;
}

bool take_namespace(std::string_view& key, NamespaceNumber& name_space) {
  Partition partition = 0;
  return take_big_endian(key, partition) && partition == kPartition &&
         take_big_endian(key, name_space);
}

void append_time(std::string& bytes, Timestamp time) {
  append_big_endian(bytes, static_cast<std::uint64_t>(time.time_since_epoch().count()) ^ kSignBit);
}

bool take_time(std::string_view& bytes, Timestamp& time) {
  std::uint64_t bits = 0;
  if (!take_big_endian(bytes, bits)) return false;
  time = Timestamp(Duration(static_cast<std::int64_t>(bits ^ kSignBit)));
  return true;
}

void append_run_id(std::string& bytes, const RunId& run_id) {
  if (run_id.is_uuid()) {
    bytes += kUuidKind;
    bytes.append(reinterpret_cast<const char*>(run_id.uuid().data()), run_id.uuid().size());
  } else {
    bytes += kTextKind;
    bytes += run_id.text();
  }
}

std::string encode_run_id(const RunId& run_id) {
  std::string bytes;
  append_run_id(bytes, run_id);
  return bytes;
}

std::optional<RunId> run_id_from(std::string_view bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const char kind = bytes.front();
  bytes.remove_prefix(1);
  if (kind == kTextKind) {
    RunId run_id(bytes);
    // The text of a UUID is kept as a UUID, never as a text.
    return run_id.is_uuid() ? std::nullopt : std::optional(std::move(run_id));
  }
  Uuid uuid;
  if (kind != kUuidKind || bytes.size() != uuid.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), uuid.begin());
  return has_rfc_variant(uuid) ? std::optional(RunId(uuid)) : std::nullopt;
}

std::string head(NamespaceNumber name_space, const WorkflowId& workflow_id) {
  std::string key = in_namespace(name_space, workflow_id.text().size());
  key += workflow_id.text();
  return key;
}

std::string run(NamespaceNumber name_space, const RunId& run_id) {
  std::string key = in_namespace(name_space, kUuidRunIdBytes);
  append_run_id(key, run_id);
  return key;
}

std::string link(NamespaceNumber name_space, const Link& link) {
  std::string key = in_namespace(name_space) += kLinkKind;
  append_link(key, link);
  return key;
}

bool is_link(std::string_view key) {
  return key.size() > kNamespaceBytes && key[kNamespaceBytes] == kLinkKind;
}

std::optional<Link> link_from(std::string_view key) {
  NamespaceNumber name_space = 0;
  if (!is_link(key) || !take_namespace(key, name_space)) return std::nullopt;
  key.remove_prefix(1);
  return link_in(key);
}

namespace {

std::string event_prefix(NamespaceNumber name_space, const RunId& run_id) {
  std::string key = in_namespace(name_space, 2 + kUuidRunIdBytes + 1 + sizeof(std::uint64_t));
  append_sized_run_id(key, run_id);
  return key;
}

std::pair<std::string, std::string> range_behind(std::string first) {
  std::string last = behind(first);
  return {std::move(first), std::move(last)};
}

}  // namespace

std::string event_batch(NamespaceNumber name_space, const RunId& run_id,
                        std::uint64_t last_event_id) {
  std::string key = event_prefix(name_space, run_id) += kBatchKind;
  append_big_endian(key, last_event_id);
  return key;
}

std::string signal_request(NamespaceNumber name_space, const RunId& run_id,
                           const RequestId& request_id) {
  return (event_prefix(name_space, run_id) += kSignalRequestKind) += request_id.text();
}

std::pair<std::string, std::string> range_of_batches(NamespaceNumber name_space,
                                                     const RunId& run_id) {
  return range_behind(event_prefix(name_space, run_id) += kBatchKind);
}

std::pair<std::string, std::string> range_of_signal_requests(NamespaceNumber name_space,
                                                             const RunId& run_id) {
  return range_behind(event_prefix(name_space, run_id) += kSignalRequestKind);
}

std::pair<std::string, std::string> range_of_events(NamespaceNumber name_space,
                                                    const RunId& run_id) {
  return {range_of_batches(name_space, run_id).first,
          range_of_signal_requests(name_space, run_id).second};
}

std::optional<EventKey> event_key_from(std::string_view key) {
  NamespaceNumber name_space = 0;
  if (!take_namespace(key, name_space)) return std::nullopt;
  auto run_id = take_sized_run_id(key);
  if (!run_id || key.empty()) return std::nullopt;
  const char kind = key.front();
  key.remove_prefix(1);
  EventKey out{.run_id = std::move(*run_id)};
  if (kind == kSignalRequestKind && !key.empty()) {
    out.signal_request_id = RequestId(key);
    return out;
  }
  const bool is_batch = kind == kBatchKind && take_big_endian(key, out.last_event_id) &&
                        key.empty() && out.last_event_id > 0;
  return is_batch ? std::optional(std::move(out)) : std::nullopt;
}

namespace {

/// A number as one byte for how many bytes it has, and those, big-endian: short ones are small, and
/// all sort as the numbers do. Example: 0 is 00, 300 is 02 01 2c.
void append_short_number(std::string& key, std::uint64_t number) {
  const std::string bytes = big_endian(number);
  const std::size_t zeros = std::min(bytes.find_first_not_of('\0'), bytes.size());
  key += static_cast<char>(bytes.size() - zeros);
  key.append(bytes, zeros);
}

bool take_short_number(std::string_view& key, std::uint64_t& number) {
  std::uint8_t size = 0;
  if (!take_big_endian(key, size) || size > sizeof number || size > key.size()) return false;
  if (size > 0 && key.front() == '\0') return false;
  number = 0;
  for (const char byte : key.substr(0, size)) {
    number = number << 8 | static_cast<std::uint8_t>(byte);
  }
  key.remove_prefix(size);
  return true;
}

}  // namespace

std::string due_from_time(NamespaceNumber name_space, DueStage stage, RunStatus status,
                          Timestamp close_time) {
  std::string key = due_prefix(name_space, stage, status);
  append_time(key, close_time);
  return key;
}

std::string timer_from_time(NamespaceNumber name_space, Timestamp due) {
  std::string key = in_namespace(name_space);
  append_time(key, due);
  return key;
}

std::string timer(NamespaceNumber name_space, const Timer& timer) {
  std::string key = timer_from_time(name_space, timer.due);
  append_short_number(key, timer.event_id);
  append_run_id(key, timer.run_id);
  return key;
}

std::optional<Timer> timer_from(std::string_view key) {
  NamespaceNumber name_space = 0;
  Timestamp due;
  std::uint64_t event_id = 0;
  if (!take_namespace(key, name_space) || !take_time(key, due) || !may_be_kept(due) ||
      !take_short_number(key, event_id)) {
    return std::nullopt;
  }
  auto run_id = run_id_from(key);
  if (!run_id) return std::nullopt;
  return Timer{due, std::move(*run_id), event_id};
}

std::string due(NamespaceNumber name_space, const Due& due) {
  std::string key = due_from_time(name_space, due.stage, due.status, due.close_time);
  if (due.stage == DueStage::kRun) {
    append_run_id(key, due.run_id);
  } else {
    append_link(key, {due.run_id, due.workflow_id});
  }
  return key;
}

std::optional<Due> due_from(std::string_view key) {
  NamespaceNumber name_space = 0;
  std::uint8_t stage = 0;
  std::uint8_t status = 0;
  Timestamp close_time;
  if (!take_namespace(key, name_space) || !take_big_endian(key, stage) ||
      !take_big_endian(key, status) || !take_time(key, close_time) || !may_be_kept(close_time)) {
    return std::nullopt;
  }
  const auto run_status = static_cast<RunStatus>(status);
  if (stage > static_cast<std::uint8_t>(DueStage::kLink) ||
      status > static_cast<std::uint8_t>(RunStatus::kPaused) || !is_closed(run_status)) {
    return std::nullopt;
  }
  Due due{static_cast<DueStage>(stage), run_status, close_time, {}};
  if (due.stage == DueStage::kRun) {
    auto run_id = run_id_from(key);
    if (!run_id) return std::nullopt;
    due.run_id = std::move(*run_id);
  } else {
    auto of = link_in(key);
    if (!of) return std::nullopt;
    due.run_id = std::move(of->run_id);
    due.workflow_id = std::move(of->workflow_id);
  }
  return due;
}

std::string namespace_record(NamespaceNumber name_space) {
  return numbered(kNamespacePrefix, name_space);
}

std::string namespace_counts(NamespaceNumber name_space) {
  return numbered(kCountsPrefix, name_space);
}

std::optional<NamespaceNumber> namespace_from_record_key(std::string_view key) {
  return number_behind(kNamespacePrefix, key);
}

std::optional<NamespaceNumber> namespace_from_counts_key(std::string_view key) {
  return number_behind(kCountsPrefix, key);
}

std::pair<std::string, std::string> range_of(NamespaceNumber name_space) {
  return {in_namespace(name_space), in_namespace(name_space + 1)};
}

std::pair<std::string, std::string> range_of(NamespaceNumber name_space, DueStage stage,
                                             RunStatus status) {
  std::string first = due_prefix(name_space, stage, status);
  std::string last = behind(first);
  return {std::move(first), std::move(last)};
}

std::pair<std::string, std::string> range_of_namespaces() {
  std::string first(kNamespacePrefix);
  std::string last = behind(first);
  return {std::move(first), std::move(last)};
}

}  // namespace onerun::core::keys
