#include "store/stored.hpp"

#include <utility>

#include "store/run_history.hpp"

namespace onerun::store {
namespace {

namespace keys = core::keys;

/// How often a run is read again that changes, or is removed, while it is read: the second time it
/// has closed, the third time it is gone.
constexpr int kMaxAttempts = 4;

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
  const std::string key = keys::run(name_space, run_id);
  std::string value;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    auto run = read<core::RunRecord>(store, Family::kRun, key, value, [&](std::string_view bytes) {
      return core::decode_run(run_id, bytes);
    });
    if (!run.ok()) return run.status();
    if (!*run) return std::optional<StoredRun>();
    const auto is_whole = complete(store, name_space, **run);
    if (!is_whole.ok()) return is_whole.status();
    if (*is_whole) return std::optional(StoredRun{std::move(**run), std::move(value)});
  }
  return core::locate(core::corrupt("events that lie in batches are not there"),
                      name_of(Family::kRun), key);
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
