#include "tools/history.hpp"

#include <nlohmann/json.hpp>

#include <limits>

#include "core/addressing.hpp"
#include "core/text.hpp"
#include "core/validate.hpp"
#include "onerun/json.hpp"
#include "store/run_history.hpp"
#include "tools/json_text.hpp"
#include "tools/namespaces.hpp"

namespace onerun::tools {
namespace {

using Json = nlohmann::ordered_json;

/// The run, or the current one if the reference names none.
Result<store::StoredRun> find_run(const store::Store& store, core::NamespaceNumber name_space,
                                  RunRef run) {
  if (run.run_id.empty()) {
    const auto id = store::read_state(store, name_space, run.workflow_id);
    if (!id.ok()) return id.status();
    if (!id->current) return core::no_such_run(run);
    run.run_id = id->current->run_id;
  }
  auto stored = store::read_run(store, name_space, run.run_id);
  if (!stored.ok()) return stored.status();
  const bool is_it = *stored && (*stored)->run.started.workflow_id == run.workflow_id;
  if (!is_it) return core::no_such_run(run);
  return std::move(**stored);
}

}  // namespace

Status validate(const HistorySettings& settings) {
  Status name = core::validate(NamespaceName(settings.name_space));
  const RunRef run{WorkflowId(settings.workflow_id), RunId(std::string_view(settings.run_id))};
  return name.ok() ? core::validate(run) : name;
}

Status print_history(const store::Store& store, const HistorySettings& settings,
                     std::ostream& out) {
  const auto name_space = find_namespace(store, settings.name_space);
  if (!name_space.ok()) return name_space.status();
  const auto run =
      find_run(store, name_space->number,
               {WorkflowId(settings.workflow_id), RunId(std::string_view(settings.run_id))});
  if (!run.ok()) return run.status();
  const RunId& run_id = run->run.head.run_id;
  const auto found = store::read_history(store, name_space->number, *run, 1,
                                         std::numeric_limits<std::size_t>::max());
  if (!found.ok()) return found.status();
  if (!*found) return core::no_such_run({WorkflowId(settings.workflow_id), run_id});
  const HistoryPage& page = **found;
  if (settings.json) {
    out << dump(to_json(page), 2) << '\n';
    return {};
  }
  for (const HistoryEvent& event : page.events) {
    const Json json = to_json(event, run_id);
    out << event.event_id << ' ' << core::to_rfc3339(event.time) << ' ' << event.type() << ' '
        << dump(json.back(), -1) << '\n';
  }
  return {};
}

}  // namespace onerun::tools
