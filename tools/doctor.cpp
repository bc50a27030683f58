// onerun-doctor: reads a data directory that nobody has open, changes nothing, and says what in it
// can't be, which runs it has, or what has happened to one of them. Exit status: 0 if all is well,
// 1 if something is not or can't be read, 2 for wrong usage.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <limits>
#include <string>

#include "core/text.hpp"
#include "onerun/version.hpp"
#include "store/audit.hpp"
#include "store/rocksdb_store.hpp"
#include "tools/history.hpp"
#include "tools/list.hpp"

namespace onerun {
namespace {

constexpr int kProblems = 1;
constexpr int kUsageError = 2;

struct Settings {
  std::string directory;
  bool json = false;
};

/// A text as a terminal and JSON can take it.
std::string printable(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Whatever bytes are in its texts.
void print_json(const nlohmann::ordered_json& json) {
  std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void print(const store::AuditProblem& problem) {
  std::cout << "namespace " << printable(problem.name_space) << ", workflow id "
            << printable(problem.workflow_id) << ", family " << name_of(problem.family) << ", key "
            << problem.key << ": " << core::printable(problem.what, std::string::npos) << '\n';
}

nlohmann::ordered_json to_json(const store::AuditProblem& problem) {
  return {{"namespace", problem.name_space},
          {"workflow_id", problem.workflow_id},
          {"family", name_of(problem.family)},
          {"key", problem.key},
          {"what", problem.what}};
}

/// `problems`: that were found before.
int report_failure(const Settings& settings, const Status& status,
                   const nlohmann::ordered_json& problems = {}) {
  if (settings.json) {
    nlohmann::ordered_json json = {{"ok", false}, {"error", status.message()}};
    if (!problems.is_null()) json["problems"] = problems;
    print_json(json);
  } else {
    std::cerr << "onerun-doctor: " << status.message() << '\n';
  }
  return kProblems;
}

int list(const Settings& settings, tools::ListSettings what) {
  if (const Status usage = tools::validate(what); !usage.ok()) {
    report_failure(settings, usage);
    return kUsageError;
  }
  const auto store = store::open_rocksdb_store_to_read({.data_dir = settings.directory});
  if (!store.ok()) return report_failure(settings, store.status());
  what.json = settings.json;
  const Status listed = tools::list(**store, what, std::cout);
  return listed.ok() ? 0 : report_failure(settings, listed);
}

int print_history(const Settings& settings, tools::HistorySettings what) {
  if (const Status usage = tools::validate(what); !usage.ok()) {
    report_failure(settings, usage);
    return kUsageError;
  }
  const auto store = store::open_rocksdb_store_to_read({.data_dir = settings.directory});
  if (!store.ok()) return report_failure(settings, store.status());
  what.json = settings.json;
  const Status printed = tools::print_history(**store, what, std::cout);
  return printed.ok() ? 0 : report_failure(settings, printed);
}

int examine(const Settings& settings) {
  const auto store = store::open_rocksdb_store_to_read({.data_dir = settings.directory});
  if (!store.ok()) return report_failure(settings, store.status());
  auto problems = nlohmann::ordered_json::array();
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  const auto report = store::audit(**store, now, [&](const store::AuditProblem& problem) {
    if (settings.json) {
      problems.push_back(to_json(problem));
    } else {
      print(problem);
    }
  });
  if (!report.ok()) return report_failure(settings, report.status(), problems);
  if (settings.json) {
    const nlohmann::ordered_json json = {{"ok", report->problems == 0},
                                         {"commits", (*store)->last_commit()},
                                         {"namespaces", report->namespaces},
                                         {"workflow_ids", report->workflow_ids},
                                         {"open_runs", report->open_runs},
                                         {"closed_runs", report->closed_runs},
                                         {"problems", problems}};
    print_json(json);
  } else {
    std::cout << report->namespaces << " namespaces, " << report->workflow_ids << " workflow ids, "
              << report->open_runs << " open and " << report->closed_runs << " closed runs, "
              << (*store)->last_commit() << " commits: " << report->problems << " problems\n";
  }
  return report->problems == 0 ? 0 : kProblems;
}

}  // namespace
}  // namespace onerun

int main(int argc, char** argv) {
  onerun::Settings settings;
  CLI::App app("Looks whether a data directory is as it should be. Reads only.", "onerun-doctor");
  app.set_version_flag("--version", std::string("onerun-doctor ") + ONERUN_VERSION);
  app.add_option("--db", settings.directory, "Data directory, which no runtime has open")
      ->required()
      ->check([](const std::string& path) {  // empty, it would be the current directory
        return path.empty() ? std::string("is empty") : std::string();
      });
  app.add_flag("--json", settings.json, "Print JSON");
  onerun::tools::ListSettings what;
  CLI::App* list = app.add_subcommand("list", "List the runs of a namespace, the latest first");
  list->fallthrough();
  list->add_option("--namespace", what.name_space, "Namespace")->required();
  list->add_option("--query", what.query, "Which runs, as docs/filter.md says; default: all");
  list->add_option("--limit", what.limit, "At most so many; 0: all")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{std::numeric_limits<std::int64_t>::max()}))
      ->capture_default_str();
  list->add_flag("--count", what.count, "Say only how many there are");
  onerun::tools::HistorySettings whose;
  CLI::App* history = app.add_subcommand("history", "Print the events of a run");
  history->fallthrough();
  history->add_option("namespace", whose.name_space, "Namespace")->required();
  history->add_option("workflow_id", whose.workflow_id, "Workflow id")->required();
  history->add_option("run_id", whose.run_id, "Run; default: the current one");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? 0 : onerun::kUsageError;
  }
  if (*history) return onerun::print_history(settings, whose);
  return *list ? onerun::list(settings, what) : onerun::examine(settings);
}
