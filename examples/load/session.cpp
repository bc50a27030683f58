#include "session.hpp"

#include <onerun/prometheus.hpp>
#include <prometheus/registry.h>

#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include "text.hpp"

namespace onerun::load {
namespace {

/// For what a deleted namespace held to be removed.
constexpr Duration kPatience = std::chrono::minutes(5);

Result<std::unique_ptr<prometheus::Exposer>> serve(
    const std::string& address, const std::shared_ptr<prometheus::Registry>& registry) {
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(address);
    exposer->RegisterCollectable(registry);
    return exposer;
  } catch (const std::exception&) {
    return Status(StatusCode::kUnavailable, "can't serve metrics at " + address +
                                                ": the address is in use or not of this machine");
  }
}

/// Where it listens. For port 0 the system has chosen one.
std::string address_of(const prometheus::Exposer& exposer, const std::string& asked) {
  const std::string host = asked.substr(0, asked.rfind(':'));
  return "http://" + host + ":" + std::to_string(exposer.GetListeningPorts().front()) + "/metrics";
}

/// The retention asked for holds, also in a namespace that is there already.
Result<Namespace> prepare_namespace(Runtime& runtime, const Settings& settings) {
  const Retention retention{.closed = settings.retention};
  auto name_space =
      runtime.ensure_namespace(NamespaceName(settings.name_space), {.retention = retention});
  if (!name_space.ok()) return name_space;
  const auto updated = name_space->update_namespace({.retention = retention}).get();
  if (!updated.ok()) return updated.status();
  return name_space;
}

}  // namespace

Result<Session> Session::open(const Settings& settings, std::shared_ptr<const Clock> clock) {
  Session session;
  constexpr std::uint64_t kOwnRequests = 1024;  // for the namespace, and the end of a replay
  const bool is_bounded = settings.max_in_flight > 0;
  Options options{
      .store = settings.store,
      .data_dir = settings.data_dir,
      .durability = settings.durability,
      .max_in_flight = is_bounded ? settings.max_in_flight : settings.outstanding + kOwnRequests,
      .max_idle_actors = settings.max_idle_actors,
      .clock = std::move(clock)};
  if (settings.store == StoreKind::kRocksDb && settings.data_dir.empty()) {
    auto directory = TemporaryDirectory::make();
    if (!directory.ok()) return directory.status();
    options.data_dir = directory->path();
    session.directory_.emplace(std::move(*directory));
  }
  if (!settings.metrics.empty()) {
    const auto registry = std::make_shared<prometheus::Registry>();
    auto exposer = serve(settings.metrics, registry);
    if (!exposer.ok()) return exposer.status();
    session.exposer_ = std::move(*exposer);
    session.metrics_address_ = address_of(*session.exposer_, settings.metrics);
    options.metrics = use_registry(registry);
  }
  auto runtime = Runtime::open(std::move(options));
  if (!runtime.ok()) return runtime.status();
  session.runtime_.emplace(std::move(*runtime));
  auto name_space = prepare_namespace(*session.runtime_, settings);
  if (!name_space.ok()) return name_space.status();
  session.name_space_.emplace(std::move(*name_space));
  return session;
}

Status Session::delete_namespace() {
  const auto deleted = name_space_->delete_namespace().get();
  if (!deleted.ok()) return deleted.status();
  // It has another name until everything that it held is removed.
  const Namespace remains = runtime_->namespace_(deleted->name);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    const auto left = remains.describe_namespace().get();
    if (left.code() == StatusCode::kNotFound) return {};
    if (!left.ok()) return left.status();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return Status(StatusCode::kDeadlineExceeded,
                "namespace " + deleted->name.text() + " is not gone within " + to_text(kPatience));
}

}  // namespace onerun::load
