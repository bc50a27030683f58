// What a namespace is configured with, and how it is described.
#pragma once

#include <cstdint>
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

/// At most so many runs of one workflow id begin at once, and as many more evenly over each
/// further period: a bucket of `starts` tokens that fills up again in `period`.
/// Source: specification section 2.4.
struct StartRate {
  std::uint32_t starts = 0;                   ///< 0: no such rule
  Duration period = std::chrono::seconds(1);  ///< at least 1 ms for each start

  friend bool operator==(const StartRate&, const StartRate&) = default;
};

/// A namespace to be registered.
struct NamespaceConfig {
  Retention retention = {};

  /// A start that follows a closed run, or terminates the open one, is refused with TooSoon unless
  /// more than this has passed since that run began. Zero: no such rule.
  /// Source: specification section 2.4.
  Duration start_interval = Duration::zero();

  /// A start or a reset that would begin, or enqueue, more runs of its workflow id than that is
  /// refused with TooSoon. Runs that follow in a chain do not count.
  StartRate start_rate = {};

  std::string description = {};
  std::string owner = {};
  TextMap data = {};  ///< free for the owner's use

  friend bool operator==(const NamespaceConfig&, const NamespaceConfig&) = default;
};

/// A change to a namespace: what is absent stays as it is.
struct NamespaceUpdate {
  std::optional<Retention> retention = {};
  std::optional<Duration> start_interval = {};
  std::optional<StartRate> start_rate = {};
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
