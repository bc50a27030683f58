// What a namespace is configured with, and how it is described.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "onerun/errors.hpp"
#include "onerun/ids.hpp"
#include "onerun/limits.hpp"
#include "onerun/run.hpp"
#include "onerun/time.hpp"

namespace onerun {

/// How long closed runs are kept. Always computed from the namespace's current policy, so that a
/// change reaches runs that are already closed. Open runs never expire.
/// Source: design section 8, difference 3.
struct Retention {
  /// Of a run whose status is not in `by_status`. At least limits::kMinRetention.
  Duration closed = limits::kDefaultRetention;

  /// Of runs that closed with a given status. Keys must be closed statuses.
  std::map<RunStatus, Duration> by_status = {};

  /// How long a workflow id stays used (reuse policies, request-id dedup) after its last run has
  /// closed, when that is longer than the run's own retention. The run's record is gone by then.
  std::optional<Duration> ids = {};

  friend bool operator==(const Retention&, const Retention&) = default;
};

/// A namespace to be registered.
struct NamespaceConfig {
  Retention retention = {};
  std::string description = {};
  std::string owner = {};
  TextMap data = {};  ///< free for the owner's use

  friend bool operator==(const NamespaceConfig&, const NamespaceConfig&) = default;
};

/// A change to a namespace: what is absent stays as it is.
struct NamespaceUpdate {
  std::optional<Retention> retention = {};
  std::optional<std::string> description = {};
  std::optional<std::string> owner = {};
  TextMap data = {};  ///< merged key by key
};

/// A namespace as it is.
struct NamespaceDescription {
  NamespaceName name;
  Uuid id{};
  NamespaceState state = NamespaceState::kRegistered;
  std::uint64_t config_version = 1;  ///< grows by one with each change
  NamespaceConfig config;
  std::uint64_t open_runs = 0;
  std::uint64_t closed_runs = 0;  ///< retained, or due and not reclaimed yet
};

}  // namespace onerun
