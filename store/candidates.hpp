// The runs that a query may mean, one after the other in the order of the index: from the index,
// from run ids, or along the links of workflow ids.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/find_query.hpp"
#include "core/page_token.hpp"
#include "core/records.hpp"
#include "store/store.hpp"

namespace onerun::store {

struct Candidate {
  std::string place;                               ///< its bytes (core/run_index.hpp)
  core::IndexedRun indexed;                        ///< what the index has, or would have
  std::shared_ptr<core::RunRecord> run = nullptr;  ///< if it was read on the way
  RunId resume_at = {};                            ///< for PageEnd
};

/// A place to take candidates from.
class Candidates {
 public:
  virtual ~Candidates() = default;

  /// The next ones, at least one; none if there are no more.
  /// Errors: data_loss with family and key; those of the store.
  virtual Result<std::vector<Candidate>> next() = 0;

  /// True if `next` will give nothing more.
  virtual bool is_done() const = 0;
};

/// The candidates of a query behind that place, from where they are found soonest. `after`: null
/// for all of them. Query and store must outlive what is returned.
std::unique_ptr<Candidates> candidates_of(const Store& store, core::NamespaceNumber name_space,
                                          const core::FindQuery& query, const core::PageEnd* after);

/// The runs of one workflow id that are still there, the latest first, along the links from each to
/// the one before it.
class LinkedRuns {
 public:
  /// From the current run on; or from `first`, if it is still a run of the workflow id.
  LinkedRuns(const Store& store, core::NamespaceNumber name_space, WorkflowId workflow_id,
             RunId first);

  /// The next run; empty if there is none.
  Result<std::optional<core::RunRecord>> next();

 private:
  Status begin();
  Result<std::optional<core::RunRecord>> read(const RunId& run_id) const;
  Result<RunId> before_link(const RunId& run_id) const;
  Result<bool> leads_back(const core::RunHead& run);
  Result<bool> leads_to_first(RunId at) const;
  Result<bool> comes_before_first(const RunId& run_id) const;

  const Store& store_;
  const core::NamespaceNumber name_space_;
  const WorkflowId workflow_id_;
  const RunId first_;
  std::optional<Timestamp> first_start_;  ///< once it was given
  RunId next_;
  bool is_first_ = true;
  Timestamp last_start_ = Timestamp::max();
  std::set<RunId> of_last_start_;  ///< so that links which go round have an end
  std::set<RunId> followed_;       ///< links since the last run, so that they have an end, too
  std::size_t links_ = 0;          ///< so many of them
};

}  // namespace onerun::store
