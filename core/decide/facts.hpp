// What a decision rests on besides the state in memory and the command.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/history/run_record.hpp"
#include "core/time_zone.hpp"
#include "core/workflow_state.hpp"
#include "onerun/ids.hpp"
#include "onerun/namespace_config.hpp"
#include "onerun/time.hpp"

namespace onerun::core {

/// What a decision must know that is not in memory. Each member names a question about the workflow
/// id; an empty one does not ask. `needs` says which a command has, a FactLoader answers them.
struct Needs {
  RunId other_run = {};       ///< the state of this run, which is not the current one
  RunId current_exists = {};  ///< whether this run, the closed current one, is still stored
  RunId current_run = {};     ///< the record of this run, the open current one
  RunId queued_start = {};    ///< the record of this start that waits
  RunId signals_of = {};      ///< request ids of the signals of this run
  RunId reset_base = {};      ///< the history of this run, and of those that continue it
  RunId reset_current = {};   ///< request ids of the signals of this run, the current one
  RunId brought_run_id = {};  ///< whether a run of the namespace has this id

  friend bool operator==(const Needs&, const Needs&) = default;

  bool empty() const {
    return other_run.empty() && current_exists.empty() && current_run.empty() &&
           queued_start.empty() && signals_of.empty() && reset_base.empty() &&
           reset_current.empty() && brought_run_id.empty();
  }
};

/// What a reset goes out from.
struct ResetSource {
  std::string history;  ///< of the run that is copied
  /// Histories of the runs that followed it by continue-as-new, in order, as far as they are there.
  /// One more than limits::kResetRuns, or more than limits::kResetBytes, if there are so many.
  std::vector<std::string> later = {};
  std::size_t later_bytes = 0;
  /// Request ids of the signals of the current run, if another run is copied.
  std::vector<RequestId> current_signals = {};
};

/// The answers to Needs. What was not asked for is empty.
struct Known {
  std::optional<RunHead> other_run = {};  ///< none: the workflow id has no such run
  bool current_is_gone = false;           ///< the record of the current run was removed
  std::optional<RunRecord> current_run = {};
  std::optional<RunRecord> queued_start = {};
  std::optional<std::set<RequestId>> signal_request_ids = {};
  std::optional<ResetSource> reset = {};  ///< none: the run is gone
  bool run_id_in_use = false;
};

/// What a decision is given. Borrows the configuration and the zones.
struct Facts {
  Timestamp now;                     ///< of the request
  const NamespaceConfig& config;     ///< of the namespace, as it is now
  const TimeZones* zones = nullptr;  ///< null: UTC is the only zone
  RunId fresh_run_id = {};           ///< for a run that begins, if the caller brought no id
  Known known = {};
};

}  // namespace onerun::core
