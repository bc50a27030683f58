// What an engine has while its runtime is open.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "actors/logging.hpp"
#include "actors/store_loader.hpp"
#include "runtime/engine.hpp"

namespace onerun::runtime {

/// Tells metrics and log what the commit log does.
class Engine::Observer final : public store::CommitObserver {
 public:
  explicit Observer(Engine& engine) : engine_(engine) {}

  void committed(std::size_t groups, std::size_t bytes, std::chrono::nanoseconds took) override {
    engine_.metrics_.committed(groups, bytes, took);
  }

  void fenced(const Status& reason) override {
    engine_.fenced_.store(true);
    // The end of a shutdown's patience is no fault.
    if (engine_.is_ending_.load()) return;
    engine_.metrics_.fenced();
    actors::log_line(*engine_.log_, LogLevel::kError, "fenced: " + reason.to_string());
    engine_.waiters_.close(store::fenced_status(reason));
    engine_.watchers_.close(store::fenced_status(reason));
  }

 private:
  Engine& engine_;
};

/// What there is only while the runtime is open, in the order in which it is built up.
struct Engine::Parts {
  Parts(Engine& engine, std::unique_ptr<store::Store> opened, store::Epoch epoch,
        StoredNamespaces stored);

  std::unique_ptr<store::Store> store;
  Observer observer;
  store::CommitLog log;
  actors::RunReader reader;
  actors::StoreLoader loader;
  actors::RunIdClaims claims;
  actors::Services services;
  std::optional<actors::ActorRuntime> actors;
  NamespaceCatalog catalog;
  std::optional<store::CommitThread> commit_thread;
};

}  // namespace onerun::runtime
