#include "core/namespace_rules.hpp"

#include <algorithm>

#include "core/check.hpp"
#include "core/keys.hpp"
#include "core/retention.hpp"
#include "core/text.hpp"
#include "onerun/limits.hpp"

namespace onerun::core {
namespace {

constexpr std::string_view kDeletedMark = "-deleted-";

/// What is reclaimed while a change of retention is on its way to the log has expired no later than
/// this after the change was decided.
constexpr Duration kAtWork = std::chrono::seconds(1);

std::string_view name_of(NamespaceState state) {
  switch (state) {
    case NamespaceState::kRegistered: return "registered";
    case NamespaceState::kDeprecated: return "deprecated";
    case NamespaceState::kDeleted: return "deleted";
  }
  return "unknown";
}

/// The text, or as much of its beginning as fits, in whole characters of UTF-8.
std::string cut(const std::string& text, std::size_t most) {
  std::size_t length = std::min(text.size(), most);
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80)
    --length;
  return text.substr(0, length);
}

NamespaceRecord changed(NamespaceRecord record) {
  record.config_version += 1;
  return record;
}

}  // namespace

Status check_state(const NamespaceRecord& record, NamespaceUse use) {
  const bool allowed = use == NamespaceUse::kDescribe ||
                       record.state == NamespaceState::kRegistered ||
                       (use == NamespaceUse::kOther && record.state == NamespaceState::kDeprecated);
  if (allowed) return {};
  return Status(StatusCode::kFailedPrecondition,
                "namespace \"" + printable(record.name.text()) + "\" is " +
                    std::string(name_of(record.state)),
                NamespaceInvalidState{record.name, record.state});
}

Status no_such_namespace(const NamespaceName& name) {
  return Status(StatusCode::kNotFound,
                "namespace \"" + printable(name.text()) + "\" does not exist",
                Missing{Missing::What::kNamespace});
}

Status namespace_exists(const NamespaceName& name) {
  return Status(StatusCode::kAlreadyExists,
                "namespace \"" + printable(name.text()) + "\" exists already");
}

NamespaceName deleted_name(const NamespaceRecord& record, std::size_t id_characters) {
  const std::string suffix =
      std::string(kDeletedMark) + to_text(record.id).substr(0, id_characters);
  return NamespaceName(cut(record.name.text(), limits::kIdBytes - suffix.size()) + suffix);
}

bool has_deleted_name(const NamespaceRecord& record) {
  const std::string mark =
      std::string(kDeletedMark) + to_text(record.id).substr(0, kIdCharactersOfDeletedName);
  const std::string& name = record.name.text();
  const std::size_t at = name.rfind(kDeletedMark);
  return at != name.npos && name.compare(at, mark.size(), mark) == 0;
}

Result<NamespaceRecord> decide_update(const NamespaceRecord& record, const NamespaceUpdate& update,
                                      Timestamp now) {
  Status state = check_state(record, NamespaceUse::kOther);
  if (!state.ok()) return state;
  NamespaceRecord next = changed(record);
  if (update.retention && *update.retention != record.config.retention) {
    const Timestamp reclaimed = now - shortest_retention(record.config.retention) + kAtWork;
    if (keys::may_be_kept(reclaimed)) {
      next.kept_since = std::max(record.kept_since.value_or(reclaimed), reclaimed);
    }
    next.config.retention = *update.retention;
  }
  if (update.start_interval) next.config.start_interval = *update.start_interval;
  if (update.start_rate) next.config.start_rate = *update.start_rate;
  if (update.description) next.config.description = *update.description;
  if (update.owner) next.config.owner = *update.owner;
  for (const auto& [key, value] : update.data) next.config.data[key] = value;
  Status size = check_text_map("data", next.config.data, limits::kNamespaceDataBytes);
  if (!size.ok()) return size;
  return next;
}

Result<NamespaceRecord> decide_deprecate(const NamespaceRecord& record) {
  Status state = check_state(record, NamespaceUse::kOther);
  if (!state.ok()) return state;
  if (record.state == NamespaceState::kDeprecated) return record;
  NamespaceRecord next = changed(record);
  next.state = NamespaceState::kDeprecated;
  return next;
}

Result<NamespaceRecord> decide_delete(const NamespaceRecord& record, NamespaceName deleted_name,
                                      const std::vector<NamespaceName>& protected_namespaces) {
  if (std::ranges::find(protected_namespaces, record.name) != protected_namespaces.end()) {
    return Status(StatusCode::kFailedPrecondition, "namespace \"" + printable(record.name.text()) +
                                                       "\" is protected and can't be deleted");
  }
  Status state = check_state(record, NamespaceUse::kOther);
  if (!state.ok()) return state;
  NamespaceRecord next = changed(record);
  next.name = std::move(deleted_name);
  next.state = NamespaceState::kDeleted;
  return next;
}

NamespaceDescription describe(const NamespaceRecord& record, const RunCounts& counts) {
  NamespaceDescription description;
  description.name = record.name;
  description.id = record.id;
  description.state = record.state;
  description.config_version = record.config_version;
  description.config = record.config;
  description.open_runs = counts.open;
  description.closed_runs = counts.closed;
  return description;
}

}  // namespace onerun::core
