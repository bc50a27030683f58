// Reads values out of a Prometheus registry.
#pragma once

#include <prometheus/registry.h>

#include <map>
#include <optional>
#include <string>

namespace onerun::test {

using Labels = std::map<std::string, std::string>;

/// The series of that name with exactly those labels, or nothing.
inline std::optional<prometheus::ClientMetric> series(const prometheus::Registry& registry,
                                                      const std::string& name,
                                                      const Labels& labels = {}) {
  for (const prometheus::MetricFamily& family : registry.Collect()) {
    if (family.name != name) continue;
    for (const prometheus::ClientMetric& metric : family.metric) {
      Labels found;
      for (const auto& label : metric.label) found[label.name] = label.value;
      if (found == labels) return metric;
    }
  }
  return std::nullopt;
}

/// The value of a counter or gauge; -1 if there is no such series.
inline double value(const prometheus::Registry& registry, const std::string& name,
                    const Labels& labels = {}) {
  const auto found = series(registry, name, labels);
  return found ? found->counter.value + found->gauge.value : -1;
}

}  // namespace onerun::test
