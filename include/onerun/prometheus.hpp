// Bridge to prometheus-cpp: record into the host's registry, or take the runtime's own to expose.
// Needs prometheus-cpp's headers; the rest of onerun does not.
#pragma once

#include <prometheus/registry.h>

#include <memory>

#include "onerun/export.hpp"
#include "onerun/options.hpp"
#include "onerun/runtime.hpp"

namespace onerun {

/// For `Options::metrics`: the runtime records into that registry. The registry is kept alive as
/// long as the runtime. Two runtimes may share a registry; their series add up. Gauges of a runtime
/// are withdrawn when it is shut down. `Runtime::open` answers invalid_argument for nullptr, and
/// already_exists, with the name, for a registry with a metric of onerun's names that is not its.
ONERUN_EXPORT std::shared_ptr<MetricsRegistry> use_registry(
    std::shared_ptr<prometheus::Registry> registry);

/// The registry that a runtime records into. Counters are up to date; gauges and histograms are
/// brought up to date four times a second, and by `shutdown`.
ONERUN_EXPORT std::shared_ptr<prometheus::Registry> registry_of(const Runtime& runtime);

}  // namespace onerun
