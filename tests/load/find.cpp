// onerun-find: how soon runs are found among very many that are closed. Looks into a data directory
// that onerun-load has filled (scripts/find.sh): the first page of open runs, of a workflow id, of
// a range of start times and of a status, just after opening and again and again. It measures and
// judges no time; only a wrong answer is a failure.
#include <CLI/CLI.hpp>
#include <onerun/onerun.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "tests/support/command_line.hpp"

namespace onerun {
namespace {

using Steady = std::chrono::steady_clock;

double ms_since(Steady::time_point begun) {
  return std::chrono::duration<double, std::milli>(Steady::now() - begun).count();
}

std::string nanoseconds(Timestamp instant) {
  return std::to_string(instant.time_since_epoch().count()) + "000000";
}

class Measure {
 public:
  Measure(std::string data_dir, std::string name_space, unsigned rounds)
      : data_dir_(std::move(data_dir)), name_space_(std::move(name_space)), rounds_(rounds) {}

  int run() {
    if (!open()) return 1;
    const auto described = name_space().describe_namespace().get();
    if (!described.ok()) return fail(described.status());
    std::printf("%llu open and %llu closed runs\n",
                static_cast<unsigned long long>(described->open_runs),
                static_cast<unsigned long long>(described->closed_runs));
    const auto newest = name_space().list({.page_size = 1}).get();
    const auto middle = find_middle();
    if (!newest.ok() || !middle) return fail(newest.status());

    const Timestamp start = middle->run.start_time;
    page("every run", "");
    page("open runs", "ExecutionStatus = 'Running'");
    page("a workflow id", "WorkflowId = '" + middle->workflow_id.text() + "'");
    page("a run id", "RunId = '" + middle->run.run_id.text() + "'");
    page("a second of starts", "StartTime BETWEEN " + nanoseconds(start) + " AND " +
                                   nanoseconds(start + std::chrono::seconds(1)));
    page("open runs of a second", "ExecutionStatus = 'Running' AND StartTime BETWEEN " +
                                      nanoseconds(start) + " AND " +
                                      nanoseconds(start + std::chrono::seconds(1)));
    page("completed runs", "ExecutionStatus = 'Completed'");
    page("failed runs, none", "ExecutionStatus = 'Failed'");
    page("a tag that none has", "customer = 'acme'");
    count("open runs", "ExecutionStatus = 'Running'");
    count("a second of starts", "StartTime BETWEEN " + nanoseconds(start) + " AND " +
                                    nanoseconds(start + std::chrono::seconds(1)));
    count("every run", "");
    return failed_ ? 1 : 0;
  }

 private:
  Namespace name_space() { return runtime_->namespace_(name_space_); }

  int fail(const Status& status) {
    std::cerr << "onerun-find: " << status << '\n';
    failed_ = true;
    return 1;
  }

  /// Closes what is open, and opens it again: nothing of it is in memory then but the system's
  /// files.
  bool open() {
    runtime_.reset();
    auto opened = Runtime::open({.data_dir = data_dir_});
    if (!opened.ok()) return fail(opened.status()) == 0;
    runtime_.emplace(std::move(*opened));
    return true;
  }

  /// A run that started halfway between the first and the last.
  std::optional<ListedRun> find_middle() {
    const auto newest = name_space().list({.page_size = 1}).get();
    if (!newest.ok() || newest->runs.empty()) return std::nullopt;
    const Timestamp last = newest->runs[0].run.start_time;
    // Halves the time before the last start until there is a run before it.
    for (Duration before = std::chrono::hours(24 * 30); before > Duration(1); before /= 2) {
      const auto page =
          name_space()
              .list({.filter = "StartTime < " + nanoseconds(last - before), .page_size = 1})
              .get();
      if (!page.ok()) return std::nullopt;
      if (!page->runs.empty()) return page->runs[0];
    }
    return newest->runs[0];
  }

  void page(const char* what, const std::string& filter) {
    if (!open()) return;
    std::vector<double> took;
    std::size_t runs = 0;
    bool has_more = false;
    for (unsigned i = 0; i <= rounds_; ++i) {
      const auto begun = Steady::now();
      const auto page = name_space().list({.filter = filter}).get();
      took.push_back(ms_since(begun));
      if (!page.ok()) return static_cast<void>(fail(page.status()));
      runs = page->runs.size();
      has_more = !page->next_page_token.empty();
    }
    const double first = took[0];
    std::ranges::sort(took);
    std::printf("page of %-22s %4zu runs%s  first %8.3f ms  median %8.3f ms  worst %8.3f ms\n",
                what, runs, has_more ? ", more" : "      ", first, took[took.size() / 2],
                took.back());
  }

  void count(const char* what, const std::string& filter) {
    const auto begun = Steady::now();
    const auto counted = name_space().count(filter).get();
    if (!counted.ok()) return static_cast<void>(fail(counted.status()));
    std::printf("count of %-21s %llu in %.3f ms\n", what, static_cast<unsigned long long>(*counted),
                ms_since(begun));
  }

  const std::string data_dir_;
  const NamespaceName name_space_;
  const unsigned rounds_;
  std::optional<Runtime> runtime_;
  bool failed_ = false;
};

}  // namespace
}  // namespace onerun

int main(int argc, char** argv) {
  std::string data_dir;
  std::string name_space = "load";
  unsigned rounds = 100;
  CLI::App app("Measures how soon runs are found.", "onerun-find");
  app.add_option("--data-dir", data_dir, "Data directory that onerun-load has filled")->required();
  app.add_option("--namespace", name_space, "Namespace")->capture_default_str();
  app.add_option("--rounds", rounds, "How often each page is asked for")
      ->check(onerun::test::at_least(1, rounds))
      ->capture_default_str();
  onerun::test::parse_command_line(app, argc, argv);
  return onerun::Measure(data_dir, name_space, rounds).run();
}
