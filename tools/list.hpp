// The doctor's list: the runs of a store that a filter matches, as `Namespace::list` gives them.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "onerun/status.hpp"
#include "store/store.hpp"

namespace onerun::tools {

struct ListSettings {
  std::string name_space;
  std::string query;
  std::uint64_t limit = 100;  ///< runs; 0: all
  bool count = false;         ///< say only how many there are
  bool json = false;
};

/// Whether the settings can be meant, whatever is in a store.
/// Errors: invalid_argument, that of a namespace's name or of a filter.
Status validate(const ListSettings& settings);

/// Prints them. What has expired by the time of this machine is left out.
/// Errors: not_found if there is no such namespace; those of a filter and of the store.
Status list(const store::Store& store, const ListSettings& settings, std::ostream& out);

}  // namespace onerun::tools
