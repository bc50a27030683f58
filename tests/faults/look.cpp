#include "tests/faults/look.hpp"

#include <map>

#include "tests/support/less_of_runs.hpp"

namespace onerun::test {

void look_at_list(runtime::Engine& engine, const NamespaceName& name_space, std::size_t page_size,
                  sim::Checker& checker) {
  ListRequest request{.page_size = page_size};
  std::map<RunRef, RunInfo, LessOfRuns> listed;
  std::uint64_t count = 0;
  do {
    const auto page = engine.list(name_space, request).get();
    if (!page.ok()) return checker.complain("list: " + page.status().to_string());
    for (const ListedRun& run : page->runs) {
      listed[{run.workflow_id, run.run.run_id}] = run.run;
      ++count;
    }
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  const auto counted = engine.count(name_space, "").get();
  if (!counted.ok() || *counted != count || count != listed.size()) {
    return checker.complain("list: " + std::to_string(listed.size()) + " runs, " +
                            std::to_string(count) + " entries");
  }
  for (const auto& [run, info] : listed) {
    const auto described = engine.describe(name_space, run).get();
    const bool fits = described.ok() && described->run == info;
    if (!fits) {
      return checker.complain("list: has another run than describe: " + run.run_id.text());
    }
    checker.described(run, described);
  }
  for (const RunRef& run : checker.known_runs()) {
    const auto described = engine.describe(name_space, run).get();
    const bool is_run = described.ok() && described->queue_position == 0;
    if (!is_run || listed.contains(run)) continue;
    return checker.complain("list: lacks " + run.run_id.text());
  }
}

}  // namespace onerun::test
