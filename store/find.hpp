// Lists and counts the runs that a query means. Reads what is durable, a stretch at a time: nothing
// is held up by it, and whoever was answered finds its own change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "core/find_query.hpp"
#include "core/page_token.hpp"
#include "onerun/find.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/status.hpp"
#include "onerun/time.hpp"
#include "store/store.hpp"

namespace onerun::store {

/// Where to look, and when: what has expired by then is not there.
struct FindScope {
  core::NamespaceNumber name_space;
  const Retention& retention;
  Timestamp now;
};

/// A page of runs behind `after`, or the first one if that is null. It ends early at the limits of
/// limits::kRunsLookedAtPerPage and those that follow it; then it has a token although it is not
/// full. Errors: data_loss with family and key; those of the store.
Result<ListPage> list_runs(const Store& store, const FindScope& scope, const core::FindQuery& query,
                           const core::PageEnd* after, std::size_t page_size);

/// How many runs there are. `go_on` is asked every few hundred runs; its error ends the count.
/// Errors: as for `list_runs`.
Result<std::uint64_t> count_runs(const Store& store, const FindScope& scope,
                                 const core::FindQuery& query,
                                 const std::function<Status()>& go_on);

}  // namespace onerun::store
