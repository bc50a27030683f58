#include "core/keys.hpp"

#include "core/big_endian.hpp"
#include "core/uuid.hpp"

namespace onerun::core::keys {
namespace {

constexpr char kUuidKind = 0;
constexpr char kTextKind = 1;

constexpr std::string_view kNamespacePrefix = "namespace/";
constexpr std::string_view kCountsPrefix = "counts/";

// Instants before 1970 sort before later ones when the sign bit is flipped.
constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

std::string in_namespace(NamespaceNumber name_space) {
  std::string key;
  append_big_endian(key, name_space);
  return key;
}

std::string numbered(std::string_view prefix, NamespaceNumber name_space) {
  std::string key(prefix);
  append_big_endian(key, name_space);
  return key;
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

std::string encode_run_id(const RunId& run_id) {
  std::string bytes;
  if (run_id.is_uuid()) {
    bytes += kUuidKind;
    bytes.append(reinterpret_cast<const char*>(run_id.uuid().data()), run_id.uuid().size());
  } else {
    bytes += kTextKind;
    bytes += run_id.text();
  }
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
  return in_namespace(name_space) += workflow_id.text();
}

std::string run(NamespaceNumber name_space, const RunId& run_id) {
  return in_namespace(name_space) += encode_run_id(run_id);
}

std::string due_from_time(NamespaceNumber name_space, DueStage stage, RunStatus status,
                          Timestamp close_time) {
  std::string key = due_prefix(name_space, stage, status);
  append_big_endian(key,
                    static_cast<std::uint64_t>(close_time.time_since_epoch().count()) ^ kSignBit);
  return key;
}

std::string due(NamespaceNumber name_space, const Due& due) {
  return due_from_time(name_space, due.stage, due.status, due.close_time) +=
         encode_run_id(due.run_id);
}

std::optional<Due> due_from(std::string_view key) {
  NamespaceNumber name_space = 0;
  std::uint8_t stage = 0;
  std::uint8_t status = 0;
  std::uint64_t close_time = 0;
  if (!take_big_endian(key, name_space) || !take_big_endian(key, stage) ||
      !take_big_endian(key, status) || !take_big_endian(key, close_time)) {
    return std::nullopt;
  }
  auto run_id = run_id_from(key);
  const auto run_status = static_cast<RunStatus>(status);
  if (!run_id || stage > 1 || status > static_cast<std::uint8_t>(RunStatus::kPaused) ||
      !is_closed(run_status)) {
    return std::nullopt;
  }
  return Due{static_cast<DueStage>(stage), run_status,
             Timestamp(Duration(static_cast<std::int64_t>(close_time ^ kSignBit))),
             std::move(*run_id)};
}

std::string namespace_record(NamespaceNumber name_space) {
  return numbered(kNamespacePrefix, name_space);
}

std::string namespace_counts(NamespaceNumber name_space) {
  return numbered(kCountsPrefix, name_space);
}

std::optional<NamespaceNumber> namespace_from_record_key(std::string_view key) {
  NamespaceNumber number = 0;
  if (!key.starts_with(kNamespacePrefix)) return std::nullopt;
  key.remove_prefix(kNamespacePrefix.size());
  if (!take_big_endian(key, number) || !key.empty()) return std::nullopt;
  return number;
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
