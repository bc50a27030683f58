// A runtime to put load on, with its metrics served and its directory cleaned up.
#pragma once

#include <onerun/onerun.hpp>
#include <prometheus/exposer.h>

#include <memory>
#include <optional>
#include <string>

#include "settings.hpp"
#include "temporary_directory.hpp"

namespace onerun::load {

class Session {
 public:
  /// Opens the runtime that the settings ask for. `clock`: null for the machine's.
  /// Errors: those of Runtime::open; unavailable if metrics can't be served there.
  static Result<Session> open(const Settings& settings, std::shared_ptr<const Clock> clock);

  const Namespace& name_space() const { return *name_space_; }

  /// Deletes the namespace, and waits until nothing is left of it.
  /// Errors: those of Namespace::delete_namespace; deadline_exceeded.
  Status delete_namespace();
  Runtime& runtime() { return *runtime_; }

  /// Where metrics are served; empty if they are not.
  const std::string& metrics_address() const { return metrics_address_; }

 private:
  Session() = default;

  std::optional<TemporaryDirectory> directory_;
  std::unique_ptr<prometheus::Exposer> exposer_;
  std::optional<Runtime> runtime_;
  std::optional<Namespace> name_space_;
  std::string metrics_address_;
};

}  // namespace onerun::load
