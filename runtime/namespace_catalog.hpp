// The namespaces of a runtime: found by name, changed through the commit log. A change is decided
// on what is pending, and becomes visible to requests when it is durable.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "actors/namespace_entry.hpp"
#include "core/records.hpp"
#include "metrics/metrics.hpp"
#include "onerun/future.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/options.hpp"
#include "store/commit_log.hpp"
#include "store/store.hpp"

namespace onerun::runtime {

/// What stands in meta of the namespaces when a store is opened.
struct StoredNamespaces {
  struct Namespace {
    core::NamespaceNumber number;
    core::NamespaceRecord record;
  };
  std::vector<Namespace> namespaces;  ///< in the order of their numbers
  store::CommitLog::Counts counts;
  core::NamespaceNumber next_number = 1;
};

/// Errors: data_loss.
Result<StoredNamespaces> read_namespaces(const store::Store& store);

/// Threads: any, except `load` and the constructor.
class NamespaceCatalog {
 public:
  using EntryPtr = std::shared_ptr<actors::NamespaceEntry>;
  using Answer = Result<NamespaceDescription>;

  /// Told when a namespace begins to be, and when it is deleted, before anyone can ask for it.
  struct Listener {
    std::function<void(const EntryPtr&)> added;
    std::function<void(const EntryPtr&)> deleted;
  };

  NamespaceCatalog(store::CommitLog& log, metrics::Metrics& metrics, const Clock& clock,
                   std::vector<NamespaceName> protected_namespaces, Listener listener);

  void load(StoredNamespaces&& stored);

  /// Errors: not_found with Missing.
  Result<EntryPtr> find(const NamespaceName& name) const;

  NamespaceDescription describe(const actors::NamespaceEntry& entry) const;
  std::vector<NamespaceDescription> list() const;

  /// Calls `visit` for each namespace.
  void for_each(const std::function<void(const actors::NamespaceEntry&)>& visit) const;

  // Changes answer through the promise, once they are durable.

  void register_namespace(NamespaceName name, NamespaceConfig config, Uuid id,
                          std::function<void(Answer)> answer);
  void update(const NamespaceName& name, const NamespaceUpdate& update,
              std::function<void(Answer)> answer);
  void deprecate(const NamespaceName& name, std::function<void(Answer)> answer);
  void remove(const NamespaceName& name, std::function<void(Answer)> answer);

  /// Everything of a deleted namespace is gone from the store.
  void forget(const actors::NamespaceEntry& entry);

 private:
  /// A namespace as it will be when everything in the log is durable.
  struct Pending {
    core::NamespaceNumber number;
    core::NamespaceRecord record;
  };
  using Change = std::function<Result<core::NamespaceRecord>(const core::NamespaceRecord&)>;
  using AnswerTo = std::function<void(Answer)>;
  class Changed;

  void change(const NamespaceName& name, const Change& change, AnswerTo answer);
  void commit(Pending& pending, core::NamespaceRecord next, core::WriteSet writes, AnswerTo answer);
  void refuse(Status status, AnswerTo answer);
  EntryPtr publish(core::NamespaceNumber number, core::NamespaceRecord record);
  EntryPtr add(core::NamespaceNumber number, core::NamespaceRecord record);
  NamespaceName free_deleted_name(const core::NamespaceRecord& record) const;

  store::CommitLog& log_;
  metrics::Metrics& metrics_;
  const Clock& clock_;
  const std::vector<NamespaceName> protected_;
  const Listener listener_;

  std::mutex changes_;  ///< one change is decided and put into the log at a time
  std::map<std::string, Pending> pending_;
  core::NamespaceNumber next_number_ = 1;

  mutable std::shared_mutex mutex_;
  std::map<std::string, EntryPtr> by_name_;
  std::map<core::NamespaceNumber, EntryPtr> by_number_;
};

}  // namespace onerun::runtime
