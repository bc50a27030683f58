#include "onerun/prometheus.hpp"

#include "runtime/engine.hpp"
#include "runtime/runtime_access.hpp"

namespace onerun {

std::shared_ptr<MetricsRegistry> use_registry(std::shared_ptr<prometheus::Registry> registry) {
  return std::make_shared<MetricsRegistry>(std::move(registry));
}

std::shared_ptr<prometheus::Registry> registry_of(const Runtime& runtime) {
  return RuntimeAccess::engine(runtime)->registry();
}

}  // namespace onerun
