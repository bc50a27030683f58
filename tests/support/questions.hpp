// Everything that a runtime can be asked about its store, asked once of a whole one and again of
// another: what differs, and is not refused for a reason, fails the test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "onerun/onerun.hpp"
#include "tests/support/lives.hpp"

namespace onerun::test {

template <class T>
bool same(const T& a, const T& b) {
  return a == b;
}

inline bool same(const RunDescription& a, const RunDescription& b) {
  const auto all = [](const RunDescription& of) {
    return std::tie(of.workflow_id, of.run, of.is_current, of.workflow_type, of.input, of.memo,
                    of.search_attributes, of.identity, of.request_ids, of.execution_time,
                    of.execution_duration, of.expires_at, of.previous_run_id, of.cancel_reason,
                    of.execution_timeout, of.run_timeout, of.execution_deadline, of.run_deadline,
                    of.retry_policy, of.cron_schedule, of.continued_failure,
                    of.last_completion_result, of.close, of.pause, of.base_run_id,
                    of.original_start_time, of.reset_run_id, of.queue_position, of.queued_starts,
                    of.history_length, of.history_size_bytes);
  };
  return all(a) == all(b);
}

inline bool same(const NamespaceDescription& a, const NamespaceDescription& b) {
  const auto all = [](const NamespaceDescription& of) {
    return std::tie(of.name, of.id, of.state, of.config_version, of.config, of.open_runs,
                    of.closed_runs);
  };
  return all(a) == all(b);
}

template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::ranges::equal(a, b, [](const T& x, const T& y) { return same(x, y); });
}

class Questions {
 public:
  /// What to expect of a refusal to answer.
  using CheckRefusal = std::function<void(const Status&)>;

  /// Whatever can be asked about these lives; the answers are those of this runtime.
  static Questions about(const Lives& lives, const Runtime& runtime) {
    Questions questions(runtime);
    for (const WorkflowId& id : lives.ids()) questions.add_id(id);
    for (const RunRef& run : lives.apart()) questions.add_run(run);
    for (const char* filter :
         {"", "ExecutionStatus = 'running'", "ExecutionStatus IN ('completed', 'failed')",
          "WorkflowType = 'order' AND CloseTime IS NULL", "`tag` STARTS_WITH 'log'"}) {
      questions.add_filter(filter);
    }
    questions.add("namespaces", [](const Runtime& of) { return of.list_namespaces(); });
    return questions;
  }

  std::size_t size() const { return again_.size(); }

  void ask_again(const Runtime& runtime, const CheckRefusal& check_refusal) const {
    for (const auto& ask : again_) ask(runtime, check_refusal);
  }

 private:
  explicit Questions(const Runtime& whole) : whole_(&whole) {}

  template <class Ask>
  void add(const std::string& question, Ask ask) {
    const auto wanted = ask(*whole_);
    again_.push_back([=](const Runtime& runtime, const CheckRefusal& check_refusal) {
      SCOPED_TRACE(question);
      const auto answer = ask(runtime);
      if (answer.ok()) {
        EXPECT_TRUE(wanted.ok() && same(*answer, *wanted)) << "this is not what was acknowledged";
      } else if (wanted.ok() || answer.code() != wanted.code()) {
        check_refusal(answer.status());
      }
    });
  }

  void add_id(const WorkflowId& id) {
    const RunRef current{id};
    add_run(current);
    add("chain of " + id.text(),
        [=](const Runtime& of) { return orders(of).chain(current).get(); });
    const auto runs = [=](const Runtime& of) { return orders(of).runs(id).get(); };
    add("runs of " + id.text(), runs);
    const auto all = runs(*whole_);
    for (const RunInfo& run : *all) add_run({id, run.run_id});
    const auto described = orders(*whole_).describe(current).get();
    if (described.ok() && is_open(described->run.status)) add_second_start(id);
  }

  void add_run(const RunRef& run) {
    const std::string name = run.workflow_id.text() + ", run " + run.run_id.text();
    add("description of " + name,
        [=](const Runtime& of) { return orders(of).describe(run).get(); });
    add("history of " + name, [=](const Runtime& of) { return orders(of).history(run).get(); });
  }

  /// Of an id whose run is open: nothing that rots may let a second one start.
  void add_second_start(const WorkflowId& id) {
    add("second start of " + id.text(), [=](const Runtime& of) -> Result<RunId> {
      const auto started = orders(of).start({.workflow_id = id}).get();
      if (!started.ok()) return started.status();
      return started->run_id;
    });
  }

  void add_filter(const std::string& filter) {
    add("list of " + filter, [=](const Runtime& of) { return list(of, filter); });
    add("count of " + filter, [=](const Runtime& of) { return orders(of).count(filter).get(); });
  }

  /// Page by page.
  static Result<std::vector<ListedRun>> list(const Runtime& runtime, const std::string& filter) {
    ListRequest request{.filter = filter, .page_size = 30};
    std::vector<ListedRun> runs;
    do {
      const auto page = orders(runtime).list(request).get();
      if (!page.ok()) return page.status();
      runs.insert(runs.end(), page->runs.begin(), page->runs.end());
      request.page_token = page->next_page_token;
    } while (!request.page_token.empty());
    return runs;
  }

  static Namespace orders(const Runtime& runtime) { return runtime.namespace_("orders"); }

  const Runtime* whole_;  ///< only while questions are added
  std::vector<std::function<void(const Runtime&, const CheckRefusal&)>> again_;
};

}  // namespace onerun::test
