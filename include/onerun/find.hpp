// Finding runs: what is asked of `Namespace::list`, and what it gives. docs/filter.md has the
// language of filters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "onerun/ids.hpp"
#include "onerun/payload.hpp"
#include "onerun/run.hpp"
#include "onerun/search_attributes.hpp"
#include "onerun/time.hpp"

namespace onerun {

/// Which runs, and how many of them at once.
struct ListRequest {
  std::string filter = {};      ///< empty or blank: every run
  std::size_t page_size = 100;  ///< 1 to limits::kRunsPerPage
  std::string page_token = {};  ///< `next_page_token` of the page before; empty: the first page
};

/// A run among others: what it can be told apart by. `describe` has the rest.
struct ListedRun {
  WorkflowId workflow_id = {};
  RunInfo run = {};
  std::string workflow_type = {};
  Timestamp execution_time = {};  ///< when it could first do something
  std::string task_queue = {};
  PayloadMap memo = {};
  SearchAttributes search_attributes = {};

  friend bool operator==(const ListedRun&, const ListedRun&) = default;
};

/// Runs in order: the one that started last comes first; of one millisecond, run ids that callers
/// brought as texts before UUIDs, and of UUIDs the greater, which began later.
struct ListPage {
  std::vector<ListedRun> runs = {};

  /// Asks for what comes behind this page; empty if nothing does. What it gives may be empty, too,
  /// and have a token. Good for the same filter in the same namespace, also after a restart and
  /// with another page size; nothing is kept for it.
  std::string next_page_token = {};
};

}  // namespace onerun
