// The doctor's history: the events of a run, as `Namespace::history` gives them.
#pragma once

#include <ostream>
#include <string>

#include "onerun/status.hpp"
#include "store/store.hpp"

namespace onerun::tools {

struct HistorySettings {
  std::string name_space;
  std::string workflow_id;
  std::string run_id;  ///< empty: the current run
  bool json = false;
};

/// Whether the settings can be meant, whatever is in a store.
/// Errors: invalid_argument with the name of the field.
Status validate(const HistorySettings& settings);

/// Prints every event on a line of its own; with `json` all of them in the form of json.hpp. A run
/// that has expired and is still stored is printed, too.
/// Errors: not_found if there is no such namespace, workflow id or run; data_loss; those of the
/// store.
Status print_history(const store::Store& store, const HistorySettings& settings, std::ostream& out);

}  // namespace onerun::tools
