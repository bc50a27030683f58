#include "store/memory_store.hpp"

#include <mutex>

#include "store/commit_check.hpp"

namespace onerun::store {

Result<Epoch> MemoryStore::acquire_epoch() {
  const std::unique_lock lock(mutex_);
  return ++epoch_;
}

CommitNumber MemoryStore::last_commit() const {
  const std::shared_lock lock(mutex_);
  return last_commit_;
}

Status MemoryStore::commit(const Commit& commit) {
  const std::unique_lock lock(mutex_);
  Status status = check_commit(commit, epoch_, last_commit_);
  if (!status.ok()) return status;
  for (const core::WriteSet* writes : commit.writes) {
    writes->for_each([this](const core::Write& write) { apply(write); });
  }
  last_commit_ = commit.number;
  return {};
}

void MemoryStore::apply(const core::Write& write) {
  Table& table = tables_[write.family];
  switch (write.kind) {
    case core::WriteKind::kPut:
      table.insert_or_assign(std::string(write.key), std::string(write.value));
      break;
    case core::WriteKind::kAppend: table[std::string(write.key)].append(write.value); break;
    case core::WriteKind::kErase:
    case core::WriteKind::kEraseOnce:
      if (const auto found = table.find(write.key); found != table.end()) table.erase(found);
      break;
    case core::WriteKind::kEraseRange:
      table.erase(table.lower_bound(write.key), table.lower_bound(write.value));
      break;
  }
}

Result<bool> MemoryStore::get(Family family, std::string_view key, std::string& value) const {
  const std::shared_lock lock(mutex_);
  const Table& table = tables_[family];
  const auto found = table.find(key);
  if (found == table.end()) return false;
  value = found->second;
  return true;
}

Status MemoryStore::scan(Family family, std::string_view first, std::string_view last,
                         const Visitor& visit) const {
  const std::shared_lock lock(mutex_);
  const Table& table = tables_[family];
  for (auto at = table.lower_bound(first); at != table.end() && at->first < last; ++at) {
    if (!visit(at->first, at->second)) break;
  }
  return {};
}

}  // namespace onerun::store
