#include "store/find.hpp"

#include <optional>
#include <utility>

#include "core/retention.hpp"
#include "core/sizes.hpp"
#include "onerun/limits.hpp"
#include "store/candidates.hpp"
#include "store/stored.hpp"

namespace onerun::store {
namespace {

using core::Verdict;
using Run = std::optional<core::RunRecord>;

bool has_expired(const FindScope& scope, const core::IndexedRun& run) {
  return is_closed(run.status) &&
         scope.now >= *run.close_time + core::retention_of(scope.retention, run.status);
}

/// Looks at candidates, and reads what the index does not say.
class Looker {
 public:
  Looker(const Store& store, const FindScope& scope, const core::FindQuery& query)
      : store_(store), scope_(scope), query_(query) {}

  std::size_t runs() const { return runs_; }
  std::size_t bytes() const { return bytes_; }

  /// What can be said of it without reading it.
  Verdict judge(const Candidate& candidate) {
    ++runs_;
    if (has_expired(scope_, candidate.indexed)) return Verdict::kDoesNotMatch;
    return query_.judge(candidate.indexed);
  }

  /// The run, if it is there and the query means it.
  Result<Run> read(Candidate& candidate) {
    auto run = candidate.run != nullptr ? Result<Run>(std::move(*candidate.run))
                                        : read_from_store(candidate);
    if (!run.ok() || !*run) return run;
    const core::RunHead& head = (*run)->head;
    // Another run may have taken the id of the one that was there.
    const bool is_it = head.start_time == candidate.indexed.place.start_time &&
                       head.status != RunStatus::kUnspecified;
    if (is_it && !is_expired(scope_.retention, head, scope_.now) && query_.matches(**run)) {
      return run;
    }
    return Run();
  }

 private:
  Result<Run> read_from_store(const Candidate& candidate) {
    auto stored = read_run(store_, scope_.name_space, candidate.indexed.place.run_id);
    if (!stored.ok()) return stored.status();
    if (!*stored) return Run();
    bytes_ += (*stored)->value.size();
    return Run(std::move((*stored)->run));
  }

  const Store& store_;
  const FindScope& scope_;
  const core::FindQuery& query_;
  std::size_t runs_ = 0;
  std::size_t bytes_ = 0;
};

ListedRun listed(core::RunRecord run) {
  return {.workflow_id = std::move(run.started.workflow_id),
          .run = info_of(run.head),
          .workflow_type = std::move(run.started.workflow_type),
          .execution_time = run.head.execution_time(),
          .task_queue = std::move(run.started.task_queue),
          .memo = std::move(run.started.memo),
          .search_attributes = std::move(run.started.search_attributes)};
}

std::size_t size_of(const ListedRun& run) {
  return run.workflow_id.text().size() + run.workflow_type.size() + run.task_queue.size() +
         core::size_of(run.memo) + core::size_of(run.search_attributes);
}

}  // namespace

Result<ListPage> list_runs(const Store& store, const FindScope& scope, const core::FindQuery& query,
                           const core::PageEnd* after, std::size_t page_size) {
  const auto candidates = candidates_of(store, scope.name_space, query, after);
  Looker looker(store, scope, query);
  ListPage page;
  std::size_t page_bytes = 0;
  const auto is_full = [&] {
    return page.runs.size() >= page_size || page_bytes >= limits::kPageBytes ||
           looker.runs() >= limits::kRunsLookedAtPerPage ||
           looker.bytes() >= limits::kBytesReadPerPage;
  };
  while (true) {
    auto some = candidates->next();
    if (!some.ok()) return some.status();
    if (some->empty()) return page;
    for (Candidate& candidate : *some) {
      if (looker.judge(candidate) != Verdict::kDoesNotMatch) {
        auto run = looker.read(candidate);
        if (!run.ok()) return run.status();
        if (*run) {
          page.runs.push_back(listed(std::move(**run)));
          page_bytes += size_of(page.runs.back());
        }
      }
      if (!is_full()) continue;
      const bool is_last = candidates->is_done() && &candidate == &some->back();
      if (!is_last) {
        page.next_page_token =
            core::encode_page_token(scope.name_space, query.text(),
                                    {std::move(candidate.place), std::move(candidate.resume_at)});
      }
      return page;
    }
  }
}

Result<std::uint64_t> count_runs(const Store& store, const FindScope& scope,
                                 const core::FindQuery& query,
                                 const std::function<Status()>& go_on) {
  constexpr std::uint64_t kRunsBetweenAsking = 256;
  const auto candidates = candidates_of(store, scope.name_space, query, nullptr);
  Looker looker(store, scope, query);
  std::uint64_t found = 0;
  while (true) {
    auto some = candidates->next();
    if (!some.ok()) return some.status();
    if (some->empty()) return found;
    for (Candidate& candidate : *some) {
      const Verdict verdict = looker.judge(candidate);
      if (verdict == Verdict::kMatches) ++found;
      if (verdict == Verdict::kAskTheRun) {
        const auto run = looker.read(candidate);
        if (!run.ok()) return run.status();
        if (*run) ++found;
      }
      if (looker.runs() % kRunsBetweenAsking != 0) continue;
      Status asked = go_on();
      if (!asked.ok()) return asked;
    }
  }
}

}  // namespace onerun::store
