#include "runtime/namespace_catalog.hpp"

#include <set>
#include <utility>

#include "core/big_endian.hpp"
#include "core/fault.hpp"
#include "core/keys.hpp"
#include "core/namespace_rules.hpp"

namespace onerun::runtime {
namespace {

namespace keys = core::keys;
using core::Family;

Status bad_meta(std::string_view key, std::string_view reason) {
  return core::locate(core::corrupt(reason), name_of(Family::kMeta), key);
}

/// The number that the next namespace gets: behind all that are there.
Status read_next_number(const store::Store& store, StoredNamespaces& stored) {
  std::string bytes;
  const auto found = store.get(Family::kMeta, keys::kNextNamespace, bytes);
  if (!found.ok()) return found.status();
  std::string_view rest = bytes;
  if (*found && (!core::take_big_endian(rest, stored.next_number) || !rest.empty())) {
    return bad_meta(keys::kNextNamespace, "not a number");
  }
  const auto& all = stored.namespaces;
  if (!all.empty() && stored.next_number <= all.back().number) {
    return bad_meta(keys::kNextNamespace, "there is a namespace of that number, or of a later one");
  }
  return {};
}

Status read_counts(const store::Store& store, core::NamespaceNumber number,
                   store::CommitLog::Counts& counts) {
  const std::string key = keys::namespace_counts(number);
  std::string bytes;
  const auto found = store.get(Family::kMeta, key, bytes);
  if (!found.ok()) return found.status();
  if (!*found) return {};
  const auto read = core::decode_counts(bytes);
  if (!read.ok()) return core::locate(read.status(), name_of(Family::kMeta), key);
  counts[number] = *read;
  return {};
}

}  // namespace

Result<StoredNamespaces> read_namespaces(const store::Store& store) {
  StoredNamespaces stored;
  std::set<NamespaceName> names;
  Status bad;
  const auto [first, last] = keys::range_of_namespaces();
  Status status =
      store.scan(Family::kMeta, first, last, [&](std::string_view key, std::string_view value) {
        const auto number = keys::namespace_from_record_key(key);
        auto record = core::decode_namespace(value);
        if (!number || !record.ok()) {
          bad = number ? core::locate(record.status(), name_of(Family::kMeta), key)
                       : bad_meta(key, "not the key of a namespace");
          return false;
        }
        if (!names.insert(record->name).second) {
          bad = bad_meta(key, "the second namespace of that name");
          return false;
        }
        stored.namespaces.push_back({*number, std::move(*record)});
        return true;
      });
  if (status.ok()) status = bad;
  if (status.ok()) status = read_next_number(store, stored);
  for (const auto& name_space : stored.namespaces) {
    if (status.ok()) status = read_counts(store, name_space.number, stored.counts);
  }
  if (!status.ok()) return status;
  return stored;
}

/// A change of a namespace that is on its way to the store.
class NamespaceCatalog::Changed final : public store::Completion {
 public:
  Changed(NamespaceCatalog& catalog, core::NamespaceNumber number, core::NamespaceRecord record,
          AnswerTo answer)
      : catalog_(catalog),
        number_(number),
        record_(std::move(record)),
        answer_(std::move(answer)) {}

  void complete(const Status& status) noexcept override {
    if (!status.ok()) return answer_(status);
    const EntryPtr entry = catalog_.publish(number_, std::move(record_));
    answer_(catalog_.describe(*entry));
  }

 private:
  NamespaceCatalog& catalog_;
  const core::NamespaceNumber number_;
  core::NamespaceRecord record_;
  const AnswerTo answer_;
};

NamespaceCatalog::NamespaceCatalog(store::CommitLog& log, metrics::Metrics& metrics,
                                   const Clock& clock,
                                   std::vector<NamespaceName> protected_namespaces,
                                   Listener listener)
    : log_(log),
      metrics_(metrics),
      clock_(clock),
      protected_(std::move(protected_namespaces)),
      listener_(std::move(listener)) {}

void NamespaceCatalog::load(StoredNamespaces&& stored) {
  next_number_ = stored.next_number;
  for (auto& [number, record] : stored.namespaces) {
    pending_.insert_or_assign(record.name.text(), Pending{number, record});
    add(number, std::move(record));
  }
}

Result<NamespaceCatalog::EntryPtr> NamespaceCatalog::find(const NamespaceName& name) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_name_.find(name.text());
  if (found == by_name_.end()) return core::no_such_namespace(name);
  return found->second;
}

NamespaceDescription NamespaceCatalog::describe(const actors::NamespaceEntry& entry) const {
  return core::describe(*entry.record(), log_.counts(entry.number()));
}

std::vector<NamespaceDescription> NamespaceCatalog::list() const {
  std::vector<NamespaceDescription> all;
  const std::shared_lock lock(mutex_);
  for (const auto& [name, entry] : by_name_) all.push_back(describe(*entry));
  return all;
}

void NamespaceCatalog::for_each(
    const std::function<void(const actors::NamespaceEntry&)>& visit) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [name, entry] : by_name_) visit(*entry);
}

void NamespaceCatalog::register_namespace(NamespaceName name, NamespaceConfig config, Uuid id,
                                          AnswerTo answer) {
  const std::lock_guard lock(changes_);
  if (pending_.contains(name.text())) {
    return refuse(core::namespace_exists(name), std::move(answer));
  }
  core::NamespaceRecord record{.name = std::move(name), .id = id, .config = std::move(config)};
  core::WriteSet writes;
  writes.put(Family::kMeta, keys::kNextNamespace, core::big_endian(next_number_ + 1));
  const auto made = pending_.try_emplace(record.name.text()).first;
  made->second.number = next_number_;
  try {
    commit(made->second, std::move(record), std::move(writes), std::move(answer));
  } catch (...) {
    pending_.erase(made);
    throw;
  }
  ++next_number_;
}

void NamespaceCatalog::update(const NamespaceName& name, const NamespaceUpdate& update,
                              AnswerTo answer) {
  const Timestamp now = clock_.now();  // without the lock: the clock is the host's
  change(
      name,
      [&](const core::NamespaceRecord& record) { return core::decide_update(record, update, now); },
      std::move(answer));
}

void NamespaceCatalog::deprecate(const NamespaceName& name, AnswerTo answer) {
  change(name, core::decide_deprecate, std::move(answer));
}

void NamespaceCatalog::remove(const NamespaceName& name, AnswerTo answer) {
  change(
      name,
      [&](const core::NamespaceRecord& record) {
        return core::decide_delete(record, free_deleted_name(record), protected_);
      },
      std::move(answer));
}

/// More characters of the id make the name if another deleted namespace has that one.
NamespaceName NamespaceCatalog::free_deleted_name(const core::NamespaceRecord& record) const {
  std::size_t characters = core::kIdCharactersOfDeletedName;
  NamespaceName name = core::deleted_name(record, characters);
  while (pending_.contains(name.text()) && characters < 36) {
    name = core::deleted_name(record, ++characters);
  }
  return name;
}

void NamespaceCatalog::change(const NamespaceName& name, const Change& change, AnswerTo answer) {
  const std::lock_guard lock(changes_);
  const auto found = pending_.find(name.text());
  if (found == pending_.end()) return refuse(core::no_such_namespace(name), std::move(answer));
  auto next = change(found->second.record);
  if (!next.ok()) return refuse(next.status(), std::move(answer));

  std::string next_name = next->name.text();
  commit(found->second, std::move(*next), {}, std::move(answer));
  if (next_name == found->first) return;
  auto renamed = pending_.extract(found);
  renamed.key() = std::move(next_name);
  pending_.insert(std::move(renamed));
}

/// Throws if there is no memory for it, and has changed nothing then.
void NamespaceCatalog::commit(Pending& pending, core::NamespaceRecord next, core::WriteSet writes,
                              AnswerTo answer) {
  if (next.state != NamespaceState::kDeleted || !ONERUN_FAULT(kUndeleteNamespace)) {
    writes.put(Family::kMeta, keys::namespace_record(pending.number), core::encode_namespace(next));
  }
  core::NamespaceRecord committed = next;
  log_.append({.writes = std::move(writes),
               .name_space = pending.number,
               .completion = std::make_unique<Changed>(*this, pending.number, std::move(next),
                                                       std::move(answer))});
  pending.record = std::move(committed);
}

/// A refusal may rest on a change that is not durable yet: it waits behind it.
void NamespaceCatalog::refuse(Status status, AnswerTo answer) {
  class Refused final : public store::Completion {
   public:
    Refused(Status status, AnswerTo answer)
        : status_(std::move(status)), answer_(std::move(answer)) {}
    void complete(const Status& log_status) noexcept override {
      answer_(log_status.ok() ? status_ : log_status);
    }

   private:
    const Status status_;
    const AnswerTo answer_;
  };
  log_.append({.completion = std::make_unique<Refused>(std::move(status), std::move(answer))});
}

NamespaceCatalog::EntryPtr NamespaceCatalog::publish(core::NamespaceNumber number,
                                                     core::NamespaceRecord record) {
  std::unique_lock lock(mutex_);
  const auto found = by_number_.find(number);
  if (found == by_number_.end()) {
    lock.unlock();
    return add(number, std::move(record));
  }
  EntryPtr entry = found->second;
  const auto before = entry->record();
  const bool is_deleted =
      record.state == NamespaceState::kDeleted && before->state != NamespaceState::kDeleted;
  by_name_.erase(before->name.text());
  by_name_[record.name.text()] = entry;
  entry->publish(std::move(record));
  lock.unlock();
  if (is_deleted) listener_.deleted(entry);
  return entry;
}

NamespaceCatalog::EntryPtr NamespaceCatalog::add(core::NamespaceNumber number,
                                                 core::NamespaceRecord record) {
  const std::string name = record.name.text();
  auto entry = std::make_shared<actors::NamespaceEntry>(number, std::move(record),
                                                        metrics_.add_namespace(name));
  listener_.added(entry);
  const std::unique_lock lock(mutex_);
  by_name_[name] = entry;
  by_number_[number] = entry;
  return entry;
}

void NamespaceCatalog::forget(const actors::NamespaceEntry& entry) {
  const std::string name = entry.record()->name.text();
  log_.forget_counts(entry.number());
  {
    const std::lock_guard lock(changes_);
    pending_.erase(name);
  }
  const std::unique_lock lock(mutex_);
  by_name_.erase(name);
  by_number_.erase(entry.number());
}

}  // namespace onerun::runtime
