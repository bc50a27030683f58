#include "store/audit_meta.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/big_endian.hpp"
#include "core/keys.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;

/// Sorts behind every key of the family.
constexpr std::string_view kBehindAll = "\xFF\xFF\xFF\xFF\xFF";

/// Those that the store itself reads when it is opened, and the next number.
constexpr std::array kSingleKeys = {keys::kFormat, keys::kEpoch, keys::kCommit,
                                    keys::kUpgradedAtCommit, keys::kNextNamespace};

std::string text(const core::RunCounts& counts) {
  return std::to_string(counts.open) + " open and " + std::to_string(counts.closed) + " closed";
}

}  // namespace

Status AuditMeta::read() {
  const auto [first, last] = keys::range_of_namespaces();
  Status status = view_.store().scan(
      Family::kMeta, first, last, [&](std::string_view key, std::string_view value) {
        read_namespace({.family = Family::kMeta, .key = key, .value = value});
        return true;
      });
  if (!status.ok()) return status;
  status = view_.store().scan(Family::kMeta, "", kBehindAll,
                              [&](std::string_view key, std::string_view value) {
                                check_key({.family = Family::kMeta, .key = key, .value = value});
                                return true;
                              });
  if (status.ok()) check_next_number();
  return status;
}

void AuditMeta::read_namespace(const AuditPlace& place) {
  const auto number = keys::namespace_from_record_key(place.key);
  if (!number) return;  // said when all keys are looked at
  auto record = core::decode_namespace(place.value);
  if (!record.ok()) {
    unreadable_.insert(*number);
    return view_.note(place, "", std::string(record.status().message()));
  }
  if (!names_.insert(record->name).second) {
    view_.note(place, "", "the second namespace that is called \"" + record->name.text() + "\"");
  }
  if (!ids_.insert(record->id).second) {
    view_.note(place, "", "the second namespace with the id " + to_text(record->id));
  }
  namespaces_.emplace(*number, AuditedNamespace{std::move(*record)});
}

void AuditMeta::check_key(const AuditPlace& place) {
  const auto counts_of = keys::namespace_from_counts_key(place.key);
  if (counts_of && !namespaces_.contains(*counts_of) && !is_unreadable(*counts_of)) {
    view_.note(place, "", "the counts are of a namespace that does not exist");
  }
  const bool is_known = counts_of || keys::namespace_from_record_key(place.key) ||
                        std::ranges::find(kSingleKeys, place.key) != kSingleKeys.end();
  if (!is_known) view_.note(place, "", "the key is none of the family");
}

/// The next namespace does not get the number of one that exists.
void AuditMeta::check_next_number() {
  core::NamespaceNumber latest = namespaces_.empty() ? 0 : namespaces_.rbegin()->first;
  if (!unreadable_.empty()) latest = std::max(latest, *unreadable_.rbegin());
  std::string value;
  const auto found = view_.store().get(Family::kMeta, keys::kNextNamespace, value);
  const AuditPlace place{.family = Family::kMeta, .key = keys::kNextNamespace, .value = value};
  if (!found.ok()) return view_.note(place, "", std::string(found.status().message()));
  core::NamespaceNumber next = 1;
  std::string_view rest = value;
  if (*found && (!core::take_big_endian(rest, next) || !rest.empty())) {
    return view_.note(place, "", "the number of the next namespace can't be read");
  }
  if (next <= latest) {
    view_.note(place, "",
               "the next namespace would be number " + std::to_string(next) +
                   ", and there is number " + std::to_string(latest));
  }
}

AuditedNamespace* AuditMeta::find(core::NamespaceNumber number) {
  const auto found = namespaces_.find(number);
  return found == namespaces_.end() ? nullptr : &found->second;
}

Status AuditMeta::check_counts() {
  for (auto& [number, audited] : namespaces_) {
    if (audited.record.state == NamespaceState::kDeleted) continue;
    const std::string key = keys::namespace_counts(number);
    std::string value;
    const auto found = view_.store().get(Family::kMeta, key, value);
    if (!found.ok()) return found.status();
    const auto counts = *found ? core::decode_counts(value) : core::RunCounts();
    const AuditPlace place{.family = Family::kMeta,
                           .key = key,
                           .value = value,
                           .number = number,
                           .name_space = &audited};
    if (!counts.ok()) {
      view_.note(place, "", std::string(counts.status().message()));
    } else if (*counts != audited.counts) {
      view_.note(place, "",
                 "the counts are " + text(*counts) + ", the contents " + text(audited.counts));
    }
  }
  return {};
}

}  // namespace onerun::store
