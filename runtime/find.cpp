// Finding runs: lists in pages, and counts.
#include "store/find.hpp"

#include <optional>

#include "actors/admission.hpp"
#include "core/check.hpp"
#include "core/find_query.hpp"
#include "onerun/limits.hpp"
#include "runtime/engine_read.hpp"

namespace onerun::runtime {

using metrics::Operation;

Future<Result<ListPage>> Engine::list(const NamespaceName& name, const ListRequest& request) {
  using Answer = Result<ListPage>;
  return without_exceptions<Future<Answer>>([&] {
    const auto query = core::FindQuery::parse(request.filter);
    Status valid = query.status();
    if (valid.ok()) {
      valid = core::check_range("page_size", request.page_size, 1, limits::kRunsPerPage);
    }
    return read<Answer>(
        name, Operation::kList, valid,
        [&](const actors::NamespaceEntry& entry, Timestamp now) -> Answer {
          const auto record = entry.record();
          const store::FindScope scope{entry.number(), record->config.retention, now};
          if (request.page_token.empty()) {
            return store::list_runs(stored(), scope, *query, nullptr, request.page_size);
          }
          const auto after =
              core::decode_page_token(entry.number(), request.filter, request.page_token);
          if (!after.ok()) return after.status();
          return store::list_runs(stored(), scope, *query, &*after, request.page_size);
        });
  });
}

Future<Result<std::uint64_t>> Engine::count(const NamespaceName& name, const std::string& filter) {
  using Answer = Result<std::uint64_t>;
  return without_exceptions<Future<Answer>>([&] {
    const auto query = core::FindQuery::parse(filter);
    return read<Answer>(name, Operation::kCount, query.status(),
                        [&](const actors::NamespaceEntry& entry, Timestamp now) -> Answer {
                          const auto record = entry.record();
                          // A count can take long: a shutdown does not wait for it.
                          const auto go_on = [this] {
                            return admission_.closed() ? actors::shut_down() : Status();
                          };
                          return store::count_runs(stored(),
                                                   {entry.number(), record->config.retention, now},
                                                   *query, go_on);
                        });
  });
}

}  // namespace onerun::runtime
