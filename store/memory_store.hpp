// A store in this process's memory: for tests, and for what need not survive.
#pragma once

#include <map>
#include <shared_mutex>
#include <string>

#include "store/store.hpp"

namespace onerun::store {

class MemoryStore final : public Store {
 public:
  Result<Epoch> acquire_epoch() override;
  CommitNumber last_commit() const override;
  Status commit(const Commit& commit) override;
  Status sync() override { return {}; }
  Status close() override { return {}; }
  void rest() override {}
  Result<bool> get(Family family, std::string_view key, std::string& value) const override;
  Status scan(Family family, std::string_view first, std::string_view last,
              const Visitor& visit) const override;
  /// Nothing: all its memory is contents.
  MemoryUse memory_use() const override { return {}; }

 private:
  using Table = std::map<std::string, std::string, std::less<>>;

  void apply(const core::Write& write);

  mutable std::shared_mutex mutex_;
  core::PerFamily<Table> tables_;
  Epoch epoch_ = 0;
  CommitNumber last_commit_ = 0;
};

}  // namespace onerun::store
