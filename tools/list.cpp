#include "tools/list.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/find_query.hpp"
#include "core/page_token.hpp"
#include "core/text.hpp"
#include "core/validate.hpp"
#include "onerun/find.hpp"
#include "onerun/json.hpp"
#include "onerun/limits.hpp"
#include "store/find.hpp"
#include "tools/json_text.hpp"
#include "tools/namespaces.hpp"

namespace onerun::tools {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const ListedRun& run) {
  Json json = {{"workflow_id", run.workflow_id.text()},
               {"run_id", run.run.run_id.text()},
               {"first_execution_run_id", run.run.first_execution_run_id.text()},
               {"workflow_type", run.workflow_type},
               {"status", to_string(run.run.status)},
               {"start_time", core::to_rfc3339(run.run.start_time)},
               {"execution_time", core::to_rfc3339(run.execution_time)}};
  if (run.run.close_time) json["close_time"] = core::to_rfc3339(*run.run.close_time);
  if (!run.task_queue.empty()) json["task_queue"] = run.task_queue;
  json["memo"] = Json::object();
  for (const auto& [name, payload] : run.memo) json["memo"][name] = readable_json(payload);
  json["search_attributes"] = Json::object();
  for (const auto& [name, value] : run.search_attributes) {
    json["search_attributes"][name] = readable_json(value);
  }
  return json;
}

void print(std::ostream& out, const ListedRun& run) {
  out << core::to_rfc3339(run.run.start_time) << ' ' << to_string(run.run.status) << ' '
      << dump(run.workflow_id.text()) << ' '
      << core::printable(run.run.run_id.text(), std::string::npos) << '\n';
}

}  // namespace

Status validate(const ListSettings& settings) {
  Status name = core::validate(NamespaceName(settings.name_space));
  return name.ok() ? core::FindQuery::parse(settings.query).status() : name;
}

Status list(const store::Store& store, const ListSettings& settings, std::ostream& out) {
  const auto query = core::FindQuery::parse(settings.query);
  if (!query.ok()) return query.status();
  const auto found = find_namespace(store, settings.name_space);
  if (!found.ok()) return found.status();
  const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  const store::FindScope scope{found->number, found->record.config.retention, now};

  if (settings.count) {
    const auto count = store::count_runs(store, scope, *query, [] { return Status(); });
    if (!count.ok()) return count.status();
    out << (settings.json ? dump(Json{{"ok", true}, {"count", *count}}, 2) : std::to_string(*count))
        << '\n';
    return {};
  }
  Json runs = Json::array();
  std::optional<core::PageEnd> after;
  std::uint64_t listed = 0;
  bool has_more = true;
  while (has_more && (settings.limit == 0 || listed < settings.limit)) {
    const std::uint64_t wanted =
        settings.limit == 0 ? limits::kRunsPerPage : settings.limit - listed;
    const auto page = store::list_runs(store, scope, *query, after ? &*after : nullptr,
                                       std::min<std::uint64_t>(wanted, limits::kRunsPerPage));
    if (!page.ok()) return page.status();
    listed += page->runs.size();
    for (const ListedRun& run : page->runs) {
      settings.json ? runs.push_back(to_json(run)) : print(out, run);
    }
    has_more = !page->next_page_token.empty();
    if (!has_more) break;
    auto end = core::decode_page_token(found->number, query->text(), page->next_page_token);
    if (!end.ok()) return end.status();
    after = std::move(*end);
  }
  if (settings.json) {
    out << dump(Json{{"ok", true}, {"runs", std::move(runs)}, {"has_more", has_more}}, 2) << '\n';
  } else {
    out << listed << " runs" << (has_more ? ", and there may be more" : "") << '\n';
  }
  return {};
}

}  // namespace onerun::tools
