// Stores for tests: what is written is read, and writes that fail when they are told to.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/memory_store.hpp"
#include "store/store.hpp"

namespace onerun::test {

/// Commits the given changes as the next commit.
inline Status commit(store::Store& store, store::Epoch epoch,
                     const std::function<void(core::WriteSet&)>& fill, bool sync = true) {
  core::WriteSet writes;
  fill(writes);
  const core::WriteSet* pointer = &writes;
  return store.commit(
      {.epoch = epoch, .number = store.last_commit() + 1, .writes = {&pointer, 1}, .sync = sync});
}

/// The value of a key, or "<none>", or the error.
inline std::string get(const store::Store& store, core::Family family, std::string_view key) {
  std::string value;
  const auto found = store.get(family, key, value);
  if (!found.ok()) return found.status().to_string();
  return *found ? value : "<none>";
}

inline std::vector<std::pair<std::string, std::string>> scan(const store::Store& store,
                                                             core::Family family,
                                                             std::string_view first,
                                                             std::string_view last) {
  std::vector<std::pair<std::string, std::string>> found;
  const Status status =
      store.scan(family, first, last, [&](std::string_view key, std::string_view value) {
        found.emplace_back(key, value);
        return true;
      });
  if (!status.ok()) found.emplace_back("error", status.to_string());
  return found;
}

/// A store in memory that fails as it is told to, and counts what it is asked.
class FaultyStore final : public store::Store {
 public:
  /// Asked before each commit and each sync; an error is what they return.
  std::function<Status(const store::Commit&)> before_commit = [](const store::Commit&) {
    return Status();
  };
  std::function<Status()> before_sync = [] { return Status(); };
  /// Asked before each read; may throw.
  std::function<Status(core::Family, std::string_view key)> before_get =
      [](core::Family, std::string_view) { return Status(); };
  std::function<Status()> before_scan = [] { return Status(); };

  std::atomic<int> commits{0};
  std::atomic<int> synced_commits{0};
  std::atomic<int> syncs{0};
  std::atomic<int> closes{0};
  mutable std::atomic<int> reads{0};

  Result<store::Epoch> acquire_epoch() override { return store_.acquire_epoch(); }
  store::CommitNumber last_commit() const override { return store_.last_commit(); }
  Status commit(const store::Commit& commit) override {
    Status status = before_commit(commit);
    if (!status.ok()) return status;
    ++commits;
    if (commit.sync) ++synced_commits;
    return store_.commit(commit);
  }
  Status sync() override {
    ++syncs;
    return before_sync();
  }
  Status close() override {
    ++closes;
    return {};
  }
  void rest() override {}
  store::MemoryUse memory_use() const override { return store_.memory_use(); }
  Result<bool> get(core::Family family, std::string_view key, std::string& value) const override {
    ++reads;
    Status status = before_get(family, key);
    if (!status.ok()) return status;
    return store_.get(family, key, value);
  }
  Status scan(core::Family family, std::string_view first, std::string_view last,
              const Visitor& visit) const override {
    Status status = before_scan();
    if (!status.ok()) return status;
    return store_.scan(family, first, last, visit);
  }

 private:
  store::MemoryStore store_;
};

}  // namespace onerun::test
