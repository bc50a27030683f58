#include "store/stored.hpp"

#include <utility>

namespace onerun::store {
namespace {

namespace keys = core::keys;

/// The value of a key, decoded by `decode(bytes)`; empty if there is none.
template <class Record, class Decode>
Result<std::optional<Record>> read(const Store& store, Family family, const std::string& key,
                                   std::string& bytes, const Decode& decode) {
  const auto found = store.get(family, key, bytes);
  if (!found.ok()) return found.status();
  if (!*found) return std::optional<Record>();
  Result<Record> record = decode(bytes);
  if (!record.ok()) return core::locate(record.status(), name_of(family), key);
  return std::optional<Record>(std::move(*record));
}

}  // namespace

Result<std::optional<StoredRun>> read_run(const Store& store, core::NamespaceNumber name_space,
                                          const RunId& run_id) {
  std::string history;
  auto run = read<core::RunRecord>(
      store, Family::kRun, keys::run(name_space, run_id), history,
      [&](std::string_view bytes) { return core::decode_run(run_id, bytes); });
  if (!run.ok()) return run.status();
  if (!*run) return std::optional<StoredRun>();
  return std::optional(StoredRun{std::move(**run), std::move(history)});
}

Result<core::WorkflowState> read_state(const Store& store, core::NamespaceNumber name_space,
                                       const WorkflowId& workflow_id) {
  std::string bytes;
  auto state = read<core::WorkflowState>(store, Family::kHead, keys::head(name_space, workflow_id),
                                         bytes, core::decode_head);
  if (!state.ok()) return state.status();
  return *state ? std::move(**state) : core::WorkflowState();
}

Result<std::optional<core::Link>> read_link(const Store& store, core::NamespaceNumber name_space,
                                            const keys::Link& link) {
  std::string bytes;
  return read<core::Link>(store, Family::kRun, keys::link(name_space, link), bytes,
                          core::decode_link);
}

}  // namespace onerun::store
